"""The API's request bodies, and, for the OpenAPI schema, the responses that `rooms.wire` builds (`...Schema`).

Unknown fields are ignored, so clients can't set an author, a seq, a version or a time.
"""
