"""Token buckets: those of one process, and those that all processes share through Redis.

Which actions are limited, and how much, is decided by the apps.
"""
