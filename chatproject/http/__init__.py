"""Around every HTTP request: middleware, health checks, metrics, proxies, the theme and the error page.

What a request is about lives in the apps, `rooms` and `notifications`.
"""
