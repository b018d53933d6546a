"""Update mentions of a user whose username changed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from rooms.events import announce_profile
from rooms.markdown import Member, rename_mentions
from rooms.models import Mention, Message, User


@transaction.atomic
def mentions_rename(*, user: User) -> None:
    """Show the user's new username in all mentions of them, and announce it. Call it after the change.

    Messages get no new version: caches of them are invalidated, and pages change the names themselves.
    """
    member = Member(user.pk, user.username)
    named = Message.objects.filter(mentions__user=user, mentions__kind=Mention.Kind.NAMED)
    # Users who mention themselves get no Mention.
    by_themselves = Message.objects.filter(author=user, html__contains=f'data-user-id="{user.pk}"')
    for messages in (named, by_themselves):
        _rename(messages.order_by().values_list("pk", "html"), member)
    announce_profile(user)


def _rename(messages: Iterable[tuple[int, str]], member: Member) -> None:
    for pk, html in messages:
        renamed = rename_mentions(html, member)
        if renamed != html:
            Message.objects.filter(pk=pk, html=html).update(html=renamed)  # unless it was edited in the meantime
