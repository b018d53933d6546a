"""Token buckets: local ones of one process, and ones that all processes share through Redis.

Apps decide which actions are limited and by how much.
"""
