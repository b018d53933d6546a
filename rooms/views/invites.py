"""The page that an invite link opens, and joining from it: with an account, with a new one, or after signing in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from chatproject.sentences import Sentence
from rooms.errors import NotFound, RateLimited, ServiceError
from rooms.models import InviteLink, Room, User
from rooms.people.invite_guesses import find_invite_link
from rooms.selectors.invite_links import problem_with
from rooms.selectors.members import get_membership, member_counts
from rooms.services.invite_links import invite_link_join, invite_link_sign_up
from rooms.views.accounts import SignIn, SignUpView
from rooms.views.rate_limits import too_many
from rooms.views.request import SignedInRequest

UNKNOWN = _("This isn't the address of an invite link.")


def unlisted(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Keep a page whose address is a secret out of caches, search engines and the logs of other sites."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow"
        # Not no-referrer: browsers would send forms without the origin that the CSRF check needs.
        response["Referrer-Policy"] = "same-origin"
        return response

    return never_cache(answer)


@unlisted
@sensitive_variables("token")
@require_safe
def invite(request: HttpRequest, token: str) -> HttpResponse:
    """What the link invites to. Opening it changes nothing: programs that preview links open it, too."""
    if not request.user.is_authenticated and not User.objects.exists():
        return redirect("setup")
    try:
        link = find_invite_link(request, token)
    except NotFound:
        return _refusal(request, UNKNOWN, status=404)
    except RateLimited as error:
        return too_many(request, error.retry_after)
    if link.room is not None and get_membership(request.user, link.room) is not None:
        return redirect(link.room)
    problem = problem_with(link, request.user)
    if problem is not None:
        return _refusal(request, problem, status=410)
    return render(request, "rooms/invite.html", _context(link, token))


def _context(link: InviteLink, token: str) -> dict[str, Any]:
    members = member_counts(link.room)["members"] if link.room is not None else None
    return {"token": token, "link": link, "room": link.room, "member_count": members}


def _refusal(request: HttpRequest, problem: Sentence, status: int) -> HttpResponse:
    context = {"problem": problem, "mistyped": status == 404}
    return render(request, "rooms/invite_refused.html", context, status=status)


@unlisted
@sensitive_variables("token")
@require_POST
@login_required
def join(request: SignedInRequest, token: str) -> HttpResponse:
    """Join the link's room."""
    try:
        link = find_invite_link(request, token)
        return redirect(invite_link_join(user=request.user, token=token).room if link.room is not None else "home")
    except RateLimited as error:
        return too_many(request, error.retry_after)
    except ServiceError:
        return redirect("invite", token)  # which says why


class WithLinkMixin:
    """A form for people without an account or who have not signed in. Anybody else is sent to the link's page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the link, and send those who can't join to its page, which says why."""
        self.token: str = kwargs["token"]
        try:
            self.link = find_invite_link(request, self.token)
        except NotFound:
            return redirect("invite", self.token)
        except RateLimited as error:
            return too_many(request, error.retry_after)
        if request.user.is_authenticated or problem_with(self.link, request.user) is not None:
            return redirect("invite", self.token)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc,no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the link invites to."""
        return super().get_context_data(**kwargs) | _context(self.link, self.token)  # type: ignore[misc,no-any-return]


class InviteSignUp(WithLinkMixin, SignUpView):
    """Create an account and join. It works even if sign-up is closed."""

    template_name = "rooms/invite_signup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Offer to sign in with a company account if nobody has a password."""
        if not settings.PASSWORD_SIGN_IN:
            return redirect("invite_login", kwargs["token"])
        return super().dispatch(request, *args, **kwargs)

    def create_account(self, username: str, password: str, display_name: str) -> tuple[User, Room | None]:
        """Create the account with the link. Raises ServiceError."""
        return invite_link_sign_up(token=self.token, username=username, password=password, display_name=display_name)


class InviteSignIn(WithLinkMixin, SignIn):
    """Sign in and join."""

    template_name = "rooms/invite_login.html"

    def get_success_url(self) -> str:
        """Return the link's page, for people who sign in only after another step; without a room, the first page."""
        return reverse("invite", args=[self.token]) if self.link.room is not None else super().get_success_url()

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, join, and open the room. If the link doesn't work for this person, its page says why."""
        response = super().form_valid(form)
        if self.link.room is None or not self.request.user.is_authenticated:
            return response
        user = form.get_user()
        assert isinstance(user, User)
        try:
            response["Location"] = invite_link_join(user=user, token=self.token).room.get_absolute_url()
        except ServiceError as error:
            messages.error(self.request, error.detail)
            response["Location"] = self.request.path.removesuffix("login/")
        return response


sign_up = unlisted(InviteSignUp.as_view())
sign_in = unlisted(InviteSignIn.as_view())
