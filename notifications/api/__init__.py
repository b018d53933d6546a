"""The REST API of topics and tasks: views that parse the request, call services or selectors, and return wire forms."""
