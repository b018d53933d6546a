"""The API's bodies: what a client may send, and, for the schema, the forms that `rooms.wire` answers with.

A field that is not listed is ignored, so nobody can set an author, a seq, a version or a time.
"""
