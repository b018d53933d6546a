"""What makes Parlor an app that can be installed: the service worker, the manifest, and the offline page."""

from __future__ import annotations

import json
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

SOURCE = "static/js/service_worker.js"
ICON, BADGE = "icons/icon-192.png", "icons/badge-96.png"
OFFLINE_FILES = ("css/pages/card.css", "js/offline.js", "favicon.svg")  # that the offline page needs
PAPER, BRAND = "#fcfaf6", "#0f6b67"  # --paper of the light theme, and the colour of the logo


@never_cache  # browsers look for a new version whenever a page is opened
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the addresses and texts that it needs. It may request nothing but this site."""
    response = HttpResponse(_worker(get_language()), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    response["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
    return response


@cache
def _worker(language: str) -> str:
    addresses = {
        "offline": reverse("offline"),
        "renew": reverse("device_renew"),
        "static": settings.STATIC_URL,
        "files": [static(name) for name in OFFLINE_FILES],
        "icon": static(ICON),
        "badge": static(BADGE),
    }
    source = (settings.BASE_DIR / SOURCE).read_text()
    texts = {"news": gettext("Something is new.")}
    return f"const addresses = {json.dumps(addresses)};\nconst texts = {json.dumps(texts)};\n{source}"


@cache_control(max_age=3600)
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """The name, icons and colours of the installed app."""
    icons = [
        {"src": static(f"icons/{name}-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in (("icon", 192, "any"), ("icon", 512, "any"), ("maskable", 512, "maskable"))
    ]
    content = {
        "id": "/",
        "name": "Parlor",
        "short_name": "Parlor",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": BRAND,
        "icons": icons,
    }
    return JsonResponse(content, content_type="application/manifest+json")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that the service worker shows when the server can't be reached. It is the same for everybody."""
    return render(request, "offline.html")
