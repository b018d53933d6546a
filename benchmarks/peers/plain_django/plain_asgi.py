"""The ASGI application of a new Django project, with the Channels tutorial's consumer for its sockets."""

import sys
from pathlib import Path

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import re_path

http = get_asgi_application()

sys.path.append(str(Path(__file__).resolve().parent.parent / "channels_tutorial" / "chat"))
from consumers import ChatConsumer  # noqa: E402

sockets = URLRouter([re_path(r"ws/chat/(?P<room_name>[\w.-]+)/$", ChatConsumer.as_asgi())])
application = ProtocolTypeRouter({"http": http, "websocket": sockets})
