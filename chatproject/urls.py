"""All URLs: pages, the API, the admin and the probes."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from chatproject.http import health
from chatproject.http.metrics import metrics
from rooms.api.schema import SchemaView
from rooms.views import accounts

handler500 = "chatproject.http.server_error.server_error"
urlpatterns = [
    path("ping", health.ping, name="ping"),
    path("health", health.health, name="health"),
    path("ready", health.ready, name="ready"),
    path("metrics", metrics, name="metrics"),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(template_name="api_docs.html"), name="api_docs"),
    path("api/", include("notifications.api.urls")),
    path("api/", include("rooms.api.urls")),  # last of the API: it handles every other URL there
    # The admin's own pages for these know neither the rate limits nor the sockets of a session.
    path("admin/login/", accounts.admin_sign_in),
    path("admin/logout/", accounts.SignOut.as_view()),
    path("admin/password_change/", accounts.PasswordChange.as_view()),
    path("admin/", admin.site.urls),
    path("", include("rooms.urls")),
]
