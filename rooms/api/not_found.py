"""The answer for unknown addresses of the API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from rooms.api.base import ApiView


@extend_schema(exclude=True)
class UnknownAddressView(ApiView):
    """Answers every other address under `/api/` with a problem body."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Raises NotFound for every method."""
        raise NotFound(_("Not found. See /api/docs/, and note that every path ends with a slash"))
