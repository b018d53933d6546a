"""The forms of the pages. Services check the same rules again; forms only report them earlier."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import (
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
    UsernameField,
)
from django.utils import timezone
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rooms.errors import ServiceError
from rooms.models import InviteLink, Membership, Preferences, Report, Room, Section, User, validate_room_name
from rooms.people.directory_backend import DIRECTORY_BACKEND
from rooms.people.time_zones import zone_or_utc, zones_to_choose
from rooms.selectors.company import may_use_password
from rooms.services.invite_links import invite_link_create
from rooms.services.profile import MAX_DISPLAY_NAME
from rooms.services.reports import MAX_NOTE_LENGTH
from rooms.services.sections import MAX_NAME_LENGTH as MAX_SECTION_NAME
from rooms.services.statuses import MAX_STATUS_LENGTH
from rooms.services.text_rules import NO_TEXT, is_visible
from rooms.services.two_step import MAX_PASSKEY_NAME

KINDS = [
    (Room.Kind.OPEN.value, _("Public: everybody on this server can find and join it")),
    (Room.Kind.PRIVATE.value, _("Private: people can join by invitation only")),
]
PINNING = [
    (Room.Pinning.MODERATORS.value, _("Owners and moderators")),
    (Room.Pinning.MEMBERS.value, _("All members")),
]

ROOM_MENTIONS = [
    (Room.RoomMentions.MODERATORS.value, _("Owners and moderators")),
    (Room.RoomMentions.MEMBERS.value, _("All members")),
]

SLOW_MODE = [  # in seconds
    (0, pgettext_lazy("slow mode", "Off")),
    (5, _("5 seconds")),
    (10, _("10 seconds")),
    (30, _("30 seconds")),
    (60, _("1 minute")),
    (300, _("5 minutes")),
    (900, _("15 minutes")),
    (3600, _("1 hour")),
    (21600, _("6 hours")),
]
MUTE_LENGTHS = [  # in minutes
    (60, _("for 1 hour")),
    (24 * 60, _("for 1 day")),
    (7 * 24 * 60, _("for 7 days")),
    ("", _("until unmuted")),
]

LEVELS = [
    (Membership.Level.EVERYTHING.value, _("Everything: all new messages")),
    (Membership.Level.MENTIONS.value, _("Mentions: mentions of you and replies to you")),
    (Membership.Level.NOTHING.value, _("Nothing")),
]
EMAIL = [
    (Preferences.Email.MISSED.value, _("When I miss something")),
    (Preferences.Email.DAILY.value, _("Once a day")),
    (Preferences.Email.OFF.value, _("Never")),
]

PASSWORD_HELP = _("Use at least 8 characters. Avoid common words, digits only, and your name.")

LIFETIMES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("1 year")), ("", _("Never"))]
LINK_LIFETIMES = [  # in hours
    ("1", _("1 hour")),
    ("24", _("1 day")),
    ("168", _("7 days")),
    ("720", _("30 days")),
    ("", _("Never")),
]
LINK_USES = [("", _("No limit")), *((str(number), str(number)) for number in (1, 5, 10, 25, 50, 100))]


def zone_choices() -> list[tuple[str, str]]:
    """Return the choices of a time zone."""
    return [("", gettext("Don't show my local time")), *((one, one.replace("_", " ")) for one in zones_to_choose())]


def add_service_error(form: forms.BaseForm, error: ServiceError, otherwise: str | None = None) -> None:
    """Add a service's error to a form: to the field that it is about, or else to `otherwise`."""
    if error.field in form.fields:
        form.add_error(error.field, error.sentence)
    else:
        form.add_error(otherwise, error.detail)


class SignInForm(AuthenticationForm):
    """User name and password, with one error message for all causes."""

    error_messages = {
        "invalid_login": _("The username or password is wrong."),
        "inactive": _("The username or password is wrong."),
    }

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse a password of Parlor if people sign in with company accounts only. Raises ValidationError."""
        super().confirm_login_allowed(user)
        if getattr(user, "backend", "") != DIRECTORY_BACKEND and not may_use_password(user):
            raise forms.ValidationError(_("Sign in with your company account."), code="company")

    def get_invalid_login_error(self) -> forms.ValidationError:
        """Return why nobody was found, or why somebody whom the company's directory knows can't come in."""
        refusal = getattr(self.request, "company_refusal", None)
        return forms.ValidationError(refusal, code="company") if refusal else super().get_invalid_login_error()


class PasswordHelpMixin(forms.BaseForm):
    """Describes the rules for passwords in one sentence instead of Django's list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name.endswith("password1"):
                field.help_text = PASSWORD_HELP
            elif name.endswith("password2"):
                field.help_text = ""


class SignUpForm(PasswordHelpMixin, BaseUserCreationForm[User]):
    """A new account. The form only validates; a service saves it."""

    class Meta:
        model = User
        fields = ["username", "display_name"]
        field_classes = {"username": UsernameField}
        help_texts = {
            "username": _("How you sign in and how others mention you. Letters, digits and @ . + - _"),
            "display_name": _("Shown to others. Optional."),
        }


class SetUpForm(PasswordHelpMixin, BaseUserCreationForm[User]):
    """The first admin, with the set-up code if the installation has one."""

    code = forms.CharField(label=_("Set-up code"), help_text=_("The server printed it when it started."), strip=True)
    field_order = ["code", "username", "password1", "password2"]

    class Meta:
        model = User
        fields = ["username"]
        field_classes = {"username": UsernameField}
        help_texts = {"username": _("Letters, digits and @ . + - _")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.SETUP_CODE:
            del self.fields["code"]


class NewPasswordForm(PasswordHelpMixin, SetPasswordForm):  # type: ignore[type-arg]
    """A new password, for users with a reset link."""


class ChangePasswordForm(PasswordHelpMixin, PasswordChangeForm):
    """A new password, given the old one."""


class ResetForm(PasswordResetForm):
    """Asks for the address to which a link to reset the password is sent."""

    email = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class RoomPropertiesForm(forms.Form):
    """What new and existing rooms have."""

    title = forms.CharField(
        label=_("Title"), max_length=120, required=False, help_text=_("For example “Tea and biscuits”.")
    )
    description = forms.CharField(
        label=_("Description"), max_length=500, required=False, help_text=_("What the room is for.")
    )
    kind = forms.ChoiceField(label=_("Visibility"), choices=KINDS, widget=forms.RadioSelect, initial=Room.Kind.OPEN)


class RoomSettingsForm(RoomPropertiesForm):
    """The settings of a room that can be changed later."""

    pinning = forms.ChoiceField(label=_("Who can pin messages"), choices=PINNING, widget=forms.RadioSelect)
    room_mentions = forms.ChoiceField(
        label=_("Who can mention everyone with @room and @here"), choices=ROOM_MENTIONS, widget=forms.RadioSelect
    )
    slow_seconds = forms.TypedChoiceField(
        label=_("Slow mode"),
        choices=SLOW_MODE,
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("How long members wait after each message. Owners and moderators don’t."),
    )
    link_previews = forms.BooleanField(
        label=_("Link previews"), required=False, help_text=_("Show a preview of the pages that new messages link to.")
    )
    public_log = forms.BooleanField(
        label=_("Public audit log"),
        required=False,
        help_text=_("Members can see what owners and moderators did, such as deleting messages and banning people."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seconds = self.initial.get("slow_seconds") or 0
        if seconds not in dict(SLOW_MODE):  # set by a program
            text = ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
            self.fields["slow_seconds"].choices = [*SLOW_MODE, (seconds, text)]  # type: ignore[attr-defined]
        if not settings.LINK_PREVIEWS:
            del self.fields["link_previews"]


class ReportForm(forms.Form):
    """What is wrong with a message or a person."""

    reason = forms.ChoiceField(label=_("What is wrong?"), choices=Report.Reason.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("More about it (optional)"),
        required=False,
        max_length=MAX_NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RoomForm(RoomPropertiesForm):
    """A new room."""

    name = forms.CharField(
        label=_("URL name"),
        max_length=64,
        required=False,
        validators=[validate_room_name],
        help_text=_(
            "Part of the room's address; can't be changed later. Lowercase letters, digits, dots, dashes and "
            "underscores. Leave empty for a random name."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ["title", "name", "description", "kind"]

    def clean(self) -> dict[str, Any]:
        """Require a title or a name. Raises ValidationError."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not given["title"].strip() and not given["name"]:
            raise forms.ValidationError(_("Enter a title or a URL name."))
        return given


class PasswordForm(forms.Form):
    """Asks for the user's password before a change."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class EmailAddressForm(PasswordForm):
    """Another e-mail address for the user's account."""

    email = forms.EmailField(label=_("New email address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    field_order = ["email", "password"]


class ProfileForm(forms.Form):
    """The user's display name, time zone and language, and what their pages show."""

    display_name = forms.CharField(
        label=_("Display name"),
        max_length=MAX_DISPLAY_NAME,
        required=False,
        help_text=_("Shown to others. If empty, your username is shown."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zone_choices,
        required=False,
        help_text=_("Others see your local time in your profile card."),
    )
    language = forms.ChoiceField(
        choices=lambda: [("", _("Same as the browser")), *settings.LANGUAGES],
        required=False,
        label=_("Language"),
        help_text=_("Of your pages, e-mails and notifications."),
    )
    show_link_previews = forms.BooleanField(
        label=_("Link previews"),
        required=False,
        help_text=_("Show previews of links in your messages and those of others."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.LINK_PREVIEWS:
            del self.fields["show_link_previews"]


class StatusForm(forms.Form):
    """What the user is doing. The field names of emoji and text are those of the service."""

    KEEP = "keep"
    ENDS = [
        ("", _("When I clear it")),
        ("30", _("In 30 minutes")),
        ("60", _("In 1 hour")),
        ("240", _("In 4 hours")),
        ("today", _("At the end of today")),
        ("week", _("At the end of this week")),
    ]

    emoji = forms.CharField(
        label=_("Emoji (optional)"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    text = forms.CharField(
        label=_("Status"),
        required=False,
        max_length=MAX_STATUS_LENGTH,
        help_text=_("For example “In a meeting”."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    ends = forms.ChoiceField(label=_("Ends"), choices=ENDS, required=False)

    def __init__(self, *args: Any, has_end: bool, **kwargs: Any) -> None:
        """Offer to keep the present end of the status if it has one."""
        super().__init__(*args, **kwargs)
        if has_end:
            self.fields["ends"].choices = [(self.KEEP, _("As it is now")), *self.ENDS]  # type: ignore[attr-defined]
            self.initial["ends"] = self.KEEP


class ScheduledForm(forms.Form):
    """A scheduled message. Its field names are those of the service."""

    content = forms.CharField(label=_("Message"), strip=False, widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}))
    send_at = forms.DateTimeField(
        label=_("Date and time"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": _("Use a date and time like 2026-05-01 09:00.")},
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, zone: str | None, **kwargs: Any) -> None:
        """Show and read the time as a clock in this time zone does; None or "" is UTC."""
        super().__init__(*args, **kwargs)
        self.zone = zone_or_utc(zone)
        if "send_at" in self.initial:
            self.initial["send_at"] = self.initial["send_at"].astimezone(self.zone).replace(tzinfo=None)
        self.fields["send_at"].help_text = _("In the time zone %(zone)s.") % {"zone": self.zone.key.replace("_", " ")}

    def clean_content(self) -> str:
        """Require something that can be seen. Raises ValidationError."""
        content: str = self.cleaned_data["content"]
        if not is_visible(content):
            raise forms.ValidationError(NO_TEXT)
        return content

    def clean_send_at(self) -> datetime:
        """Return the time with its time zone."""
        given: datetime = self.cleaned_data["send_at"]
        return given.replace(tzinfo=self.zone)


class LevelForm(forms.Form):
    """What a member wants of a room."""

    level = forms.ChoiceField(label=_("Notify me about"), choices=LEVELS, widget=forms.RadioSelect)
    favourite = forms.BooleanField(
        required=False, help_text=_("Shows the room first in your list."), label=_("Favourite")
    )
    muted = forms.BooleanField(
        label=_("Mute in list"),
        required=False,
        help_text=_("Dims the room, moves it to the end of your list, and counts only mentions as unread."),
    )

    section = forms.TypedChoiceField(
        label=_("Section"), required=False, coerce=int, empty_value=None, help_text=_("Unless it is a favourite.")
    )

    def __init__(self, *args: Any, default: str, sections: list[Section], **kwargs: Any) -> None:
        """Offer these sections, if there are any."""
        super().__init__(*args, **kwargs)
        self.fields["section"].choices = [("", _("None")), *((one.pk, one.name) for one in sections)]  # type: ignore[attr-defined]
        if not sections:
            del self.fields["section"]
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            (value, _("%(level)s (default)") % {"level": label} if value == default else label)
            for value, label in LEVELS
        ]


class SectionForm(forms.Form):
    """A section of the user's list of rooms. Its field names are those of the service."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_SECTION_NAME,
        help_text=_("For example “Work”. Only you see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )


class SectionRoomsForm(SectionForm):
    """A section with its rooms."""

    rooms = forms.MultipleChoiceField(label=_("Rooms"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, rooms: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer these rooms, by name and title."""
        super().__init__(*args, **kwargs)
        self.fields["rooms"].choices = rooms  # type: ignore[attr-defined]


def quiet_zone_choices() -> list[tuple[str, str]]:
    """Return the choices of the time zone of quiet hours."""
    return [("", gettext("Choose…")), *zone_choices()[1:]]


class PreferencesForm(forms.Form):
    """How and when the user is notified."""

    quiet_from = forms.TimeField(
        label=_("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("Until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=quiet_zone_choices, required=False)
    email = forms.ChoiceField(label=_("Email me"), choices=EMAIL, widget=forms.RadioSelect)
    hide_content = forms.BooleanField(
        label=_("Hide message text"),
        required=False,
        help_text=_("Notifications and emails then say who wrote to you where, but not what."),
    )

    def __init__(self, *args: Any, has_email: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_email:
            del self.fields["email"]


CODE_INPUT = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "dir": "ltr"}


class CodeForm(forms.Form):
    """A code of the authenticator app or a recovery code, or what a script got from a passkey."""

    code = forms.CharField(
        label=_("Code"),
        max_length=64,
        required=False,
        help_text=_("From your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(attrs=CODE_INPUT | {"autofocus": True}),
    )
    credential = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Require one of the two. Raises ValidationError."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if "code" in given and not given["code"] and not given.get("credential"):
            self.add_error("code", _("Enter a code."))
        return given


class ConfirmPasswordForm(forms.Form):
    """The password of the user, again."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Check it. Raises ValidationError."""
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("The password is wrong."))
        return password


class AppForm(forms.Form):
    """The first code from an authenticator app."""

    code = forms.CharField(
        label=_("Code from the app"), max_length=64, widget=forms.TextInput(attrs=CODE_INPUT | {"inputmode": "numeric"})
    )


class PasskeyNameForm(forms.Form):
    """The name of a passkey."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_PASSKEY_NAME,
        help_text=_("So that you recognize it in the list."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )


class PasskeyForm(PasskeyNameForm):
    """A new passkey: a script fills in what the browser created."""

    credential = forms.CharField(widget=forms.HiddenInput)


class TokenForm(forms.Form):
    """A new personal access token."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What the token is for, for example “weather bot”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.ChoiceField(label=_("Expires"), choices=LIFETIMES, initial="365", required=False)


class EmailInvitationForm(forms.Form):
    """Addresses of people to invite."""

    emails = forms.CharField(
        label=_("Email addresses"),
        max_length=100_000,
        widget=forms.Textarea(
            attrs={"rows": 3, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text=_("Separated by commas, spaces or new lines. Each person gets a link of their own, for 7 days."),
    )


class InviteLinkForm(forms.Form):
    """A new invite link."""

    hours = forms.ChoiceField(label=_("Expires after"), choices=LINK_LIFETIMES, initial="168", required=False)
    max_uses = forms.ChoiceField(
        label=_("Number of people"), choices=LINK_USES, required=False, help_text=_("How many can join with it.")
    )

    def created_by(self, user: User, room: Room | None) -> InviteLink:
        """Create the link of a valid form. Raises ServiceError."""
        hours, max_uses = self.cleaned_data["hours"], self.cleaned_data["max_uses"]
        return invite_link_create(
            by=user,
            room=room,
            max_uses=int(max_uses) if max_uses else None,
            expires_at=timezone.now() + timedelta(hours=int(hours)) if hours else None,
        )
