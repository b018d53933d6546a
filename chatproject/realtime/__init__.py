"""Real-time delivery over WebSockets, for any app.

The packages depend on each other in one direction only: `sockets` uses `presence` and `rate_limits`, which use
`background` and `delivery`. None of them imports `rooms` or `notifications`.
"""
