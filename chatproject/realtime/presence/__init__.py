"""Who is connected and who is present, over all server processes, and who is typing.

`registry.py` records this process's sockets in the database; `presence.py` tells readers about the people in a room.
"""
