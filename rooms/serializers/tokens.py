"""Response bodies with JSON Web Tokens."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class NewTokenSchema(serializers.Serializer[Any]):
    """A token pair. The last two fields are there if a form was sent, for OAuth2's password grant."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    access_token = serializers.CharField(required=False)
    token_type = serializers.CharField(required=False)
