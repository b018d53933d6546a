"""The URLs of the REST API and its documentation, under `/api/`."""

from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from rooms.api.schema import SchemaView

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(template_name="api_docs.html", url_name="api:schema"),
        name="docs",
    ),
    path("", include("notifications.api.urls")),
    path("", include("rooms.api.urls")),  # the last one: it handles every other URL
]
