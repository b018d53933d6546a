"""Delivery of announcements: published after a commit, received by each process's hub, sent to each connection.

Start with `publish.py`, then `hub.py` and `stream.py`. `source.py` defines what an app must provide.
"""
