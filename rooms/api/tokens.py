"""JSON Web Tokens for programs: by user name and password, as JSON or as an OAuth2 password grant."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer, TokenRefreshSerializer
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from rooms.api.base import FormParser, JSONParser
from rooms.api.rate_limits import RateLimitedView
from rooms.api.schema import ApiSchema
from rooms.errors import CodeRequired, InvalidField
from rooms.models import User
from rooms.people.directory_backend import DIRECTORY_BACKEND
from rooms.people.guess_throttle import code_throttle, sign_in_throttle
from rooms.people.jwt import CachedJwtAuthentication, new_refresh_token
from rooms.selectors.company import may_use_password
from rooms.selectors.two_step import check_two_step
from rooms.serializers.base import TextField
from rooms.serializers.tokens import NewTokenSchema
from rooms.services.sign_ins import code_failed_record, sign_in_record
from rooms.services.two_step import code_use


class Credentials(TokenObtainPairSerializer):
    """A user name and a password, without trimming spaces, and a code of an account with two-step sign-in."""

    default_error_messages = {"no_active_account": _("The username or password is wrong.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"] = TextField(write_only=True, max_length=150)
        self.fields["password"] = TextField(write_only=True, style={"input_type": "password"})
        self.fields["code"] = TextField(
            write_only=True,
            required=False,
            max_length=64,
            help_text="With two-step sign-in: a code from the authenticator app, or a recovery code. Each counts once.",
        )

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        """Return the tokens, and record that somebody has signed in.

        Raises:
            AuthenticationFailed: the user name, the password or the code is wrong, or people sign in with company
                accounts only.
            CodeRequired: a code is needed, too.
            TwoStepRequired: the account must set up two-step sign-in.
        """
        self._code = attrs.get("code", "")
        answer: dict[str, str] = super().validate(attrs)
        assert isinstance(self.user, User)
        sign_in_record(user=self.user)
        return answer

    def get_token(self, user: User) -> RefreshToken:  # type: ignore[override]
        """Return a refresh token for the user whose password was right, if the code is."""
        if vars(user).get("backend") != DIRECTORY_BACKEND and not may_use_password(user):
            raise AuthenticationFailed(gettext("Sign in with your company account."))
        check_two_step(user)
        if user.two_step_since is not None:
            self._check_code(user)
        return new_refresh_token(user)

    def _check_code(self, user: User) -> None:
        if not self._code.strip():
            raise CodeRequired(_("This account has two-step sign-in: send a code, too."))
        throttle = code_throttle(self.context["request"], user)
        if not throttle.acquire():
            raise Throttled(throttle.wait)
        try:
            code_use(user=user, code=self._code)
            throttle.succeed()
        except InvalidField as error:
            throttle.fail()
            code_failed_record(user=user)
            raise AuthenticationFailed(str(error.sentence)) from error
        finally:
            throttle.cancel()  # has no effect after `succeed` or `fail`


class Refresh(TokenRefreshSerializer):
    """A refresh token."""

    refresh = TextField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        """Return a new access token. Raises AuthenticationFailed or TwoStepRequired if it would not be accepted.

        The library itself checks only that the account is active.
        """
        try:
            answer = super().validate(attrs)
        except User.DoesNotExist as error:
            raise InvalidToken(gettext("This account no longer exists.")) from error
        jwt = CachedJwtAuthentication()
        jwt.get_user(jwt.get_validated_token(answer["access"].encode()))
        return answer


def account_of(request: Request) -> object:
    """The user name whose password is tried, or "" if the body has none."""
    return request.data.get("username", "") if isinstance(request.data, dict) else ""


class TokenView(RateLimitedView, TokenObtainPairView):
    """Exchange a user name and a password for tokens."""

    serializer_class = Credentials
    parser_classes = [JSONParser, FormParser]
    metadata_class = None
    schema = ApiSchema()

    @extend_schema(
        summary="Create a token pair",
        operation_id="token_create",
        request={"application/json": Credentials, "application/x-www-form-urlencoded": Credentials},
        responses=NewTokenSchema,
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a token pair; for a form, also under the names that OAuth2 uses."""
        is_form = (request.content_type or "").startswith(FormParser.media_type)
        if is_form and isinstance(request.data, dict) and request.data.get("grant_type", "password") != "password":
            raise InvalidField(_("%(field)s must be password."), {"field": "grant_type"})
        throttle = sign_in_throttle(request._request, str(account_of(request)))
        if not throttle.acquire():
            raise Throttled(throttle.wait)
        try:
            response = super().post(request, *args, **kwargs)
            throttle.succeed()
        except APIException:
            throttle.fail()
            raise
        finally:
            throttle.cancel()  # has no effect after `succeed` or `fail`
        if is_form and response.data is not None:
            response.data |= {"access_token": response.data["access"], "token_type": "bearer"}
        response["Cache-Control"] = "no-store"
        return response


class TokenRefreshingView(RateLimitedView, TokenRefreshView):
    """Exchange a refresh token for a new access token."""

    serializer_class = Refresh
    parser_classes = [JSONParser]
    metadata_class = None
    schema = ApiSchema()

    @extend_schema(summary="Refresh an access token", operation_id="token_refresh", request=Refresh, responses=Refresh)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Create a new access token."""
        response = super().post(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response
