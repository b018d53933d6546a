"""The page to create and revoke personal access tokens."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from rooms.errors import NotFound, ServiceError
from rooms.models import PersonalAccessToken
from rooms.people.proofs import proved_two_factors
from rooms.selectors.tokens import get_token_of, tokens_of
from rooms.services.tokens import token_create, token_revoke
from rooms.views.forms import TokenForm
from rooms.views.request import SignedInRequest


@never_cache
@sensitive_variables("secret")
@login_required
def tokens(request: SignedInRequest) -> HttpResponse:
    """The user's tokens, and the form for a new one. Its secret is shown only once, and not stored."""
    form = TokenForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _render(request, form, status=400 if form.errors else 200)
    days = form.cleaned_data["days"]
    try:
        token, secret = token_create(
            user=request.user,
            name=form.cleaned_data["name"],
            expires_at=timezone.now() + timedelta(days=int(days)) if days else None,
            two_step=proved_two_factors(request.session, request.user),
        )
    except ServiceError as error:
        form.add_error(None, error.detail)
        return _render(request, form, status=error.status)
    return _render(request, TokenForm(), made=token, secret=secret)


@require_POST
@login_required
def revoke_token(request: SignedInRequest, pk: int) -> HttpResponse:
    """Revoke one of the user's tokens."""
    try:
        token = get_token_of(request.user, pk)
    except NotFound as error:
        raise Http404 from error
    token_revoke(token=token)
    messages.success(
        request, _("Token “%(name)s” revoked. Programs that used it are signed out.") % {"name": token.name}
    )
    return redirect("tokens")


def _render(
    request: SignedInRequest,
    form: TokenForm,
    *,
    status: int = 200,
    made: PersonalAccessToken | None = None,
    secret: str = "",
) -> HttpResponse:
    mine = tokens_of(request.user)
    context = {"form": form, "tokens": mine, "now": timezone.now(), "made": made, "secret": secret}
    return render(request, "accounts/tokens.html", context, status=status)
