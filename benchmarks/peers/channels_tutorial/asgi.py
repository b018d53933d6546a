"""The tutorial's ASGI application; a path says whether messages are saved."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django_asgi_app = get_asgi_application()

from chat import consumers  # noqa: E402

websocket_urlpatterns = [
    re_path(r"ws/chat/(?P<room_name>[\w.-]+)/$", consumers.ChatConsumer.as_asgi()),
    re_path(r"ws/saving/(?P<room_name>[\w.-]+)/$", consumers.SavingChatConsumer.as_asgi()),
]
application = ProtocolTypeRouter(
    {
        "http": django_asgi_app,
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
