"""WebSockets: the handshake, the consumer that handles frames, and the supervisor of all sockets of a process.

Start with `consumer.py`.
"""
