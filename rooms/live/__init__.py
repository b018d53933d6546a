"""Rooms over WebSockets: the consumer, queues that commit many writes at once, and live unread counts.

The actions that a client can call are in `rooms/actions`.
"""
