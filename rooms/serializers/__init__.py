"""The API's request bodies, and, for the OpenAPI schema, the forms of the responses that `rooms.wire` builds.

Unknown fields are ignored, so clients can't set an author, a seq, a version or a time.
"""
