"""The two servers that `manage.py serve` runs, and what they share: the listening socket and how they end."""

running = ""  # the kind of server that this process runs
