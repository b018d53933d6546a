"""WebSocket URLs. A socket opened with the name of a room or topic subscribes to it at once."""

from typing import Any

from django.urls import re_path

from notifications.consumer import SocketConsumer


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    """Reject a socket at any other URL before accepting it. ASGI only offers an HTTP 403 for this."""
    await receive()
    await send({"type": "websocket.close"})


socket: Any = SocketConsumer.as_asgi()
websocket_urlpatterns = [
    re_path(r"^ws/?$", socket),
    re_path(r"^ws/rooms/(?P<room_name>[^/]+)/?$", socket),
    re_path(r"^ws/notifications/(?P<topic>[^/]+)/?$", socket),
    re_path(r"", not_found),  # type: ignore[arg-type]  # an ASGI application, not a view
]
