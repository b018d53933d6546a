"""The REST API: views that parse, call a service or selector, and answer in the forms of `rooms.wire`."""
