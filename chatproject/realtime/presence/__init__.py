"""Who is connected and who is online, across all server processes, and who is typing.

`registry.py` records this process's sockets in the database. `presence.py` tells readers who is online in a room.
"""
