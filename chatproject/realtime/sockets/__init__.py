"""WebSockets: the handshake, the consumer that handles frames, and what happens to all sockets of a process.

Start with `consumer.py`.
"""
