"""The ASGI application: Django for HTTP, Channels for WebSockets."""

import asyncio
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
django.setup(set_prefix=False)  # loads the apps, which the imports below need

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from chatproject.http.handler import ThreadedHandler  # noqa: E402
from chatproject.http.proxies import ForwardedHeaders  # noqa: E402
from chatproject.realtime.delivery.publish import publisher  # noqa: E402
from chatproject.realtime.sockets.supervisor import get_supervisor  # noqa: E402
from chatproject.routing import websocket_urlpatterns  # noqa: E402

protocols = ProtocolTypeRouter({"http": ThreadedHandler(), "websocket": URLRouter(websocket_urlpatterns)})

if settings.TRACES:
    from chatproject.tracing import tracer

    tracer()  # now, rather than in the first request


async def serve(scope: Any, receive: Any, send: Any) -> None:
    """Serve one request or socket. Announcements are sent from the event loop that this runs in."""
    publisher.bind(asyncio.get_running_loop())
    get_supervisor()  # registers this process in the connection table
    await protocols(scope, receive, send)


application = ForwardedHeaders(serve, settings.TRUSTED_PROXIES)
