"""All URLs: pages, the API, the admin and the probes."""

from django.urls import include, path

from chatproject.http import health
from chatproject.http.metrics import metrics
from chatproject.lazy_urls import lazy_include
from rooms.views import accounts

handler500 = "chatproject.http.server_error.server_error"
urlpatterns = [
    path("ping", health.ping, name="ping"),
    path("health", health.health, name="health"),
    path("ready", health.ready, name="ready"),
    path("metrics", metrics, name="metrics"),
    lazy_include("api/", "chatproject.api_urls", namespace="api"),
    # The admin's own pages for these know neither the rate limits nor the sockets of a session.
    path("admin/login/", accounts.admin_sign_in),
    path("admin/logout/", accounts.SignOut.as_view()),
    path("admin/password_change/", accounts.PasswordChange.as_view()),
    lazy_include("admin/", "chatproject.admin_urls", namespace="admin"),
    path("", include("rooms.urls")),
    path("", include("notifications.urls")),
]
