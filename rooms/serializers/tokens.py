"""JSON Web Tokens as clients get them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class NewTokenForm(serializers.Serializer[Any]):
    """A token pair. The last two are there when a form was sent, as OAuth2's password grant wants them."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    access_token = serializers.CharField(required=False)
    token_type = serializers.CharField(required=False)
