"""The REST API: views that parse, call a service or selector, and answer with the wire forms of `rooms.wire`."""
