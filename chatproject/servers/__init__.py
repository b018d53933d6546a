"""The two ASGI servers that `manage.py serve` can run, and what they share: the listening socket and the shutdown."""

running = ""  # the kind of server that this process runs
