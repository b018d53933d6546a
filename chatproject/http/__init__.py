"""What surrounds every HTTP request: middleware, health checks, metrics, proxies, the theme and the error page.

Views and API endpoints are in the apps, `rooms` and `notifications`.
"""
