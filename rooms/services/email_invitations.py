"""Invite people by e-mail, and send the invitations.

Neither an answer nor its timing tells whether an address belongs to an account: a request only writes rows. A periodic
task of every process looks up the accounts. Those that have the address get an ordinary invitation; to other addresses
it sends a mail with a link for one person, which is not stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from chatproject.installation.public_address import mail_is_sent, public_url
from chatproject.mail import new_mail, site_name
from chatproject.realtime.background.periodic import PeriodicTask
from rooms.errors import Conflict, InvalidField, NotFound, ServiceError
from rooms.models import AuditAction, EmailInvitation, EmailInvitationMail, InviteLink, Room, User
from rooms.people.languages import language_of
from rooms.selectors.email_invitations import NO_EMAIL_INVITATION, accounts_with_address, mailbox_of
from rooms.selectors.invite_links import LinkState, check_may_see_links, invite_token, link_states
from rooms.services.account_mails import SEND_DELAY_SECONDS, SWEEP_SECONDS, mails_send
from rooms.services.audit import audit_record
from rooms.services.email_addresses import check_email
from rooms.services.invitations import invitation_create, invitations_end
from rooms.services.invite_links import check_may_invite
from rooms.services.locking import lock_room

LINK_DAYS = 7
LINK_VALID = timedelta(days=LINK_DAYS)
GIVE_UP_AFTER = timedelta(days=1)
RESEND_AFTER = timedelta(minutes=10)
FORGET_AFTER = timedelta(days=30)  # after the mail: addresses of people who are not here are not kept
MAX_ADDRESSES = 100  # at once
MAX_PENDING = 1000  # of a room, or to the server
MAX_NAMED = 5  # wrong addresses in an error
# "Bob Hill <bob@example.org>", as programs for mail copy addresses. The name may have a comma between quotes.
NAMED_ADDRESS = re.compile(r'(?:"[^"\n]*"|[^,;<>"\n])*<([^<>\n]*)>')
SEPARATORS = re.compile(r"[\s,;،؛、，；]+")
NO_MAIL = _("This server does not send email. Create an invite link instead.")


class Invited(NamedTuple):
    """The invitations that were made, and the addresses that had a pending one already."""

    invitations: list[EmailInvitation]
    already: list[str]


def split_addresses(text: str) -> list[str]:
    """Return the addresses in a text, separated by commas, semicolons or whitespace, with or without names."""
    return [part for part in SEPARATORS.split(NAMED_ADDRESS.sub(r" \1 ", text)) if part]


def check_addresses(emails: Sequence[str]) -> list[str]:
    """Return addresses as they are stored, each once. Raises InvalidField with those that are none."""
    if not emails:
        raise InvalidField(_("Enter at least one email address."), field="emails")
    found: dict[str, str] = {}
    wrong: list[str] = []
    for email in emails:
        try:
            checked = check_email(email)
            found.setdefault(mailbox_of(checked), checked)
        except (InvalidField, UnicodeError):
            wrong.append(email)
    if wrong:
        named = ", ".join(f"“{email[:80]}”" for email in wrong[:MAX_NAMED])
        sentence = ngettext_lazy(
            "%(count)d of these is not an email address: %(addresses)s.",
            "%(count)d of these are not email addresses: %(addresses)s.",
            "count",
        )
        more = ", …" if len(wrong) > MAX_NAMED else ""
        raise InvalidField(sentence, {"count": len(wrong), "addresses": named + more}, field="emails")
    if len(found) > MAX_ADDRESSES:
        sentence = _("Enter at most %(maximum)d addresses at once; these are %(count)d.")
        raise InvalidField(sentence, {"maximum": MAX_ADDRESSES, "count": len(found)}, field="emails")
    return list(found.values())


@transaction.atomic
def email_invitations_create(*, by: User, room: Room | None, emails: Sequence[str]) -> Invited:
    """Invite people to a room or, for None, to create an account.

    Who was invited before, and has accepted or whose invitation doesn't work any more, is invited again.

    Raises:
        NotFound: `by` may not do that.
        InvalidField: an address is none, or there are too many.
        Conflict: the server sends no mail, the room is closed or a direct room, or has MAX_PENDING invitations.
    """
    if not mail_is_sent():
        raise Conflict(NO_MAIL)
    room = check_may_invite(by, room)
    wanted = {mailbox_of(email): email for email in check_addresses(emails)}
    rows = EmailInvitation.objects.filter(room=room, mailbox__in=wanted)
    known = {row.mailbox: row for row in rows.select_related("link__room", "link__created_by")}
    states = link_states([row.link for row in known.values()])
    already = {
        mailbox for mailbox, row in known.items() if not row.accepted_at and states[row.link_id] == LinkState.WORKS
    }
    new = [mailbox for mailbox in wanted if mailbox not in already]
    if EmailInvitation.objects.filter(room=room, accepted_at=None).count() + len(new) > MAX_PENDING:
        sentence = _("At most %(maximum)d invitations by email can be pending. Revoke those that you don't need.")
        raise Conflict(sentence, {"maximum": MAX_PENDING})
    EmailInvitation.objects.filter(pk__in=[known[mailbox].pk for mailbox in new if mailbox in known]).delete()
    expires_at = timezone.now() + LINK_VALID
    links = InviteLink.objects.bulk_create(
        InviteLink(room=room, created_by=by, max_uses=1, expires_at=expires_at, personal=True) for _new in new
    )
    try:
        invitations = EmailInvitation.objects.bulk_create(
            EmailInvitation(room=room, email=wanted[mailbox], mailbox=mailbox, by=by, link=link)
            for mailbox, link in zip(new, links, strict=True)
        )
    except IntegrityError as error:  # no room is locked for invitations to the server
        raise Conflict(_("Somebody else has just invited one of these people. Try again.")) from error
    EmailInvitationMail.objects.bulk_create(EmailInvitationMail(invitation=one) for one in invitations)
    if invitations:  # without the addresses, which are not kept
        audit_record(AuditAction.EMAIL_INVITATIONS_CREATED, by=by, room=room, after={"count": len(invitations)})
    transaction.on_commit(email_invitations_task.run_soon, robust=True)
    return Invited(invitations, [wanted[mailbox] for mailbox in wanted if mailbox in already])


@transaction.atomic
def email_invitation_resend(*, by: User, invitation: EmailInvitation) -> EmailInvitation:
    """Send the mail of an invitation again. Its link works for LINK_DAYS days from now.

    Raises:
        NotFound: `by` may not invite people here, or it was revoked.
        Conflict: it was accepted, or sent less than RESEND_AFTER ago; the room is closed; or no mail is sent.
    """
    if not mail_is_sent():
        raise Conflict(NO_MAIL)
    check_may_invite(by, invitation.room)
    rows = EmailInvitation.objects.select_for_update(no_key=True, of=("self",)).select_related("link")
    locked = rows.filter(pk=invitation.pk).first()
    if locked is None:
        raise NotFound(NO_EMAIL_INVITATION)
    if locked.accepted_at is not None:
        raise Conflict(_("This invitation was accepted."))
    now = timezone.now()
    if locked.sent_at > now - RESEND_AFTER:
        sentence = ngettext_lazy(
            "This invitation was sent less than %(count)d minute ago.",
            "This invitation was sent less than %(count)d minutes ago.",
            "count",
        )
        raise Conflict(sentence, {"count": RESEND_AFTER // timedelta(minutes=1)})
    locked.by, locked.sent_at = by, now
    locked.save(update_fields=["by", "sent_at"])
    locked.link.created_by, locked.link.expires_at = by, now + LINK_VALID
    locked.link.save(update_fields=["created_by", "expires_at"])
    EmailInvitationMail.objects.filter(invitation=locked).delete()
    EmailInvitationMail.objects.create(invitation=locked)
    audit_record(AuditAction.EMAIL_INVITATION_RESENT, by=by, room=invitation.room, target=invitation.pk)
    transaction.on_commit(email_invitations_task.run_soon, robust=True)
    return locked


@transaction.atomic
def email_invitation_revoke(*, by: User, invitation: EmailInvitation) -> None:
    """Revoke an invitation, or forget one that was accepted. Its link, and a mail that waits, are no longer of use.

    Raises NotFound when `by` may not see it.
    """
    check_may_see_links(by, invitation.room)
    InviteLink.objects.filter(pk=invitation.link_id, revoked_at=None).update(revoked_at=timezone.now())
    if _delete(invitation):
        audit_record(AuditAction.EMAIL_INVITATION_REVOKED, by=by, room=invitation.room, target=invitation.pk)


def email_invitations_send() -> None:
    """Send due invitations, and forget addresses."""
    mails_send(EmailInvitationMail, _mails, give_up_after=GIVE_UP_AFTER)
    for invitation in EmailInvitation.objects.filter(sent_at__lt=timezone.now() - FORGET_AFTER).select_related("room"):
        _delete(invitation)


email_invitations_task = PeriodicTask(email_invitations_send, interval=SWEEP_SECONDS, delay=SEND_DELAY_SECONDS)


@transaction.atomic
def _delete(invitation: EmailInvitation) -> bool:
    """Delete an invitation. Returns False if that was done before."""
    if invitation.room is not None:
        invitations_end(list(invitation.invitations.select_related("room")), lock_room(invitation.room))
    return bool(EmailInvitation.objects.filter(pk=invitation.pk).delete()[0])


def _mails(mail: EmailInvitationMail) -> Iterator[EmailMessage]:
    found = EmailInvitation.objects.select_related("room", "by", "link__room", "link__created_by")
    invitation = found.filter(pk=mail.invitation_id).first()
    inviter = invitation.by if invitation is not None else None
    if invitation is None or inviter is None or link_states([invitation.link])[invitation.link_id] != LinkState.WORKS:
        return
    accounts = accounts_with_address(invitation.email)
    if invitation.room is None or not accounts:
        yield _mail(invitation, inviter, accounts, key=f"invitation:{mail.pk}")
        return
    for user in accounts:
        with suppress(ServiceError):  # they are a member or don't want it: the inviter must not learn that
            invitation_create(by=inviter, room=invitation.room, user=user, by_email=invitation)


def _mail(invitation: EmailInvitation, inviter: User, accounts: Sequence[User], *, key: str) -> EmailMessage:
    """Return the mail to an address, in the inviter's language. People with accounts are told that they can sign in."""
    path = reverse("login") if accounts else reverse("invite", args=[invite_token(invitation.link)])
    context = {
        "inviter": inviter,
        "room": invitation.room,
        "accounts": accounts,
        "usernames": ", ".join(f"@{user.username}" for user in accounts),
        "site": site_name(),
        "link": public_url() + path,
        "days": LINK_DAYS,
    }
    with translation.override(language_of(inviter)):
        subject = render_to_string("mails/invitation_subject.txt", context)
        text = render_to_string("mails/invitation.txt", context)
        html = render_to_string("mails/invitation.html", context | {"subject": subject})
    return new_mail(to=invitation.email, subject=subject, text=text, html=html, key=key)
