"""The REST API of topics and tasks: views that parse, call a service or selector, and answer in the wire forms."""
