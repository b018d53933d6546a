"""Rooms at WebSockets: the consumer, queues that commit many writes at once, and unread counts as they change.

The actions a client can call are in `rooms/actions`.
"""
