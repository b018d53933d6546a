"""The account pages: set-up of the first admin, sign-up, sign-in, sign-out, and passwords."""

from __future__ import annotations

import hmac
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.forms import (
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    SetPasswordForm,
)
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from chatproject.installation.public_address import mail_is_sent
from rooms import signals
from rooms.errors import RateLimited, ServiceError
from rooms.models import Room, User
from rooms.people.guess_throttle import WINDOW, GuessThrottle, sign_in_throttle
from rooms.people.known_devices import remember_device
from rooms.people.proofs import note_proof
from rooms.people.sign_in import complete_sign_in
from rooms.rate_limits import Budget, charge_request
from rooms.selectors.two_step import any_passkeys
from rooms.services.accounts import account_create, first_admin_create, session_sockets_close, user_sockets_recheck
from rooms.services.email_addresses import mailbox
from rooms.services.password_resets import password_reset_request
from rooms.services.profile import profile_update
from rooms.services.sign_ins import password_changed_record
from rooms.views.forms import ChangePasswordForm, NewPasswordForm, ResetForm, SetUpForm, SignInForm, SignUpForm
from rooms.views.rate_limits import too_many


def signed_in(request: HttpRequest, user: User, to: Room | None = None) -> HttpResponse:
    """Sign in the user who has just created their account, and remember the browser and its language as theirs."""
    if (language := get_language()) != settings.LANGUAGE_CODE:
        user = profile_update(user=user, language=language)  # mails and pushes have no browser to ask
    note_proof(request, user, method="password")
    login(request, user)
    response = redirect(to or "home")
    remember_device(request, response, user)
    return response


def admin_sign_in(request: HttpRequest) -> HttpResponseBase:
    """The admin's login view: redirects to our own sign-in page. Signed-in users who are not admins get a 404."""
    if request.user.is_authenticated:
        raise Http404
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


class ForVisitorsMixin:
    """A page for visitors who are not signed in. While no account exists, it redirects to the set-up page."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Redirect signed-in users, and everybody while no account exists."""
        if request.user.is_authenticated:
            return redirect("home")
        if not User.objects.exists():
            return redirect("setup")
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc,no-any-return]


class SetUp(FormView[SetUpForm]):
    """The set-up page of an empty installation: creates the first admin, with the set-up code if there is one."""

    form_class = SetUpForm
    template_name = "accounts/setup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Redirect once an account exists."""
        if User.objects.exists():
            return redirect("home")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        """Create the admin and sign them in. Attempts to guess the code are limited."""
        throttle = GuessThrottle(self.request, "set-up code")
        if not throttle.acquire():
            return too_many(self.request, WINDOW)
        code = form.cleaned_data.get("code", "")
        if not hmac.compare_digest(code.strip().encode(), settings.SETUP_CODE.encode()):
            throttle.fail()
            form.add_error("code", _("Wrong code. Enter the one that the server printed."))
            return self.form_invalid(form)
        throttle.succeed()
        try:
            admin = first_admin_create(username=form.cleaned_data["username"], password=form.cleaned_data["password1"])
        except ServiceError as error:
            form.add_error(None, error.detail)
            return self.form_invalid(form)
        return signed_in(self.request, admin)


class SignUpView(FormView[BaseUserCreationForm[User]]):
    """A form for a new account."""

    form_class = SignUpForm
    template_name = "accounts/signup.html"

    def form_valid(self, form: BaseUserCreationForm[User]) -> HttpResponse:
        """Create the account and sign the user in."""
        try:
            charge_request(Budget.SIGN_UPS, self.request, AnonymousUser())
        except RateLimited as error:
            return too_many(self.request, error.retry_after)
        try:
            user, room = self.create_account(
                form.cleaned_data["username"], form.cleaned_data["password1"], form.cleaned_data["display_name"]
            )
        except ServiceError as error:
            form.add_error(None, error.detail)
            return self.form_invalid(form)
        return signed_in(self.request, user, room)

    def create_account(self, username: str, password: str, display_name: str) -> tuple[User, Room | None]:
        """Create the account. Returns it and the room to open, if any. Raises ServiceError."""
        return account_create(username=username, password=password, display_name=display_name), None


class SignUp(ForVisitorsMixin, SignUpView):
    """The sign-up page, if the installation allows sign-up."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show a page that says so if sign-up is closed."""
        if not settings.SIGNUP_OPEN and User.objects.exists():
            return render(request, "accounts/signup_closed.html", status=403)
        return super().dispatch(request, *args, **kwargs)


class SignIn(views.LoginView):
    """Sign-in. Unknown users and wrong passwords get the same answer in the same time; attempts are limited."""

    authentication_form = SignInForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Redirect to the set-up page while no account exists."""
        if not request.user.is_authenticated and not User.objects.exists():
            return redirect("setup")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Limit wrong attempts."""
        self.throttle = sign_in_throttle(request, request.POST.get("username", ""))
        if not self.throttle.acquire():
            return too_many(request, WINDOW)
        try:
            return super().post(request, *args, **kwargs)
        finally:
            self.throttle.cancel()  # has no effect after `succeed` or `fail`

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, and remember this browser as the user's."""
        self.throttle.succeed()
        user = form.get_user()
        assert isinstance(user, User)
        return complete_sign_in(self.request, user, method="password", redirect_url=self.get_success_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Count the failed attempt."""
        self.throttle.fail()
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what else the page offers: sign-up, passkeys and company accounts."""
        company = {
            "company": settings.OIDC.name if settings.OIDC is not None else "",
            "company_next": self.get_success_url(),
            "passwords": settings.PASSWORD_SIGN_IN or settings.LDAP is not None,
        }
        offered = {"signup_open": settings.SIGNUP_OPEN, "passkeys": any_passkeys()}
        return super().get_context_data(**kwargs) | offered | company


class SignOut(views.LogoutView):
    """Sign out, and close the sockets of this session."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session first, so that no socket can reconnect."""
        session_key = request.session.session_key
        response = super().post(request, *args, **kwargs)
        if session_key:
            session_sockets_close(session_key=session_key)
        # Clears what the scripts have stored. Over plain http, where browsers ignore this, the scripts clear it.
        response["Clear-Site-Data"] = '"storage"'
        return response


class PasswordChange(views.PasswordChangeView):
    """The page to change the password. Ends every other session, and has the user's sockets authenticate again."""

    form_class = ChangePasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("home")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Limit attempts, so that nobody can guess the old password in a browser that was left signed in."""
        self.throttle = GuessThrottle(request, f"change:{request.user.pk}")
        if not self.throttle.acquire():
            return too_many(request, WINDOW)
        try:
            return super().post(request, *args, **kwargs)
        finally:
            self.throttle.cancel()

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        """Count the failed attempt if the old password was wrong."""
        if "old_password" in form.errors:
            self.throttle.fail()
        return super().form_invalid(form)

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """End all other sessions, and remember this browser again."""
        self.throttle.succeed()
        with transaction.atomic():
            response = super().form_valid(form)
            password_changed_record(user=form.user)
        remember_device(self.request, response, form.user)
        user_sockets_recheck(user=form.user)
        signals.other_sign_ins_ended.send(User, user=form.user, request=self.request)
        messages.success(self.request, _("Password changed. Your other devices need to sign in again."))
        return response


class PasswordReset(ForVisitorsMixin, FormView[ResetForm]):
    """The page to request a reset link by e-mail, or, if no e-mail can be sent, to read whom to ask for one."""

    form_class = ResetForm
    template_name = "accounts/password_reset.html"
    success_url = reverse_lazy("password_reset_done")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, or the page that refers to an admin."""
        if not mail_is_sent():
            return render(request, "accounts/password_reset_by_admin.html")
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Limit requests, so that nobody can flood a mailbox."""
        if not mail_is_sent():
            return render(request, "accounts/password_reset_by_admin.html")
        throttle = GuessThrottle(request, "reset:" + mailbox(request.POST.get("email", "")))
        if not throttle.acquire():
            return too_many(request, WINDOW)
        throttle.fail()  # every request counts
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: ResetForm) -> HttpResponse:
        """Answer in the same way and time for every address; the e-mail is sent in the background."""
        password_reset_request(email=form.cleaned_data["email"])
        return super().form_valid(form)


class PasswordResetSent(TemplateView):
    """The confirmation page, the same whether or not the account exists."""

    template_name = "accounts/password_reset_sent.html"


class PasswordResetConfirm(views.PasswordResetConfirmView):
    """The page behind the reset link: sets a new password and ends all of the user's sessions and sockets."""

    form_class = NewPasswordForm
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        """End all sessions and sockets that used the old password."""
        with transaction.atomic():
            response = super().form_valid(form)
            password_changed_record(user=form.user)
        remember_device(self.request, response, form.user)
        user_sockets_recheck(user=form.user)
        messages.success(self.request, _("Password changed. Sign in with your new password."))
        return response
