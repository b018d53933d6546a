"""What another user name takes along: the mentions of that person, wherever they are."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from rooms.events import announce_person
from rooms.markdown import Member, with_new_name
from rooms.models import Mention, Message, User


@transaction.atomic
def mentions_rename(*, user: User) -> None:
    """Show somebody under the user name that they have now, everywhere. Call it after the change.

    It takes no versions: what is kept at hand of the messages is let go of, and pages change the names by themselves.
    """
    member = Member(user.pk, user.username)
    named = Message.objects.filter(mentions__user=user, mentions__kind=Mention.Kind.NAMED)
    oneself = Message.objects.filter(author=user, html__contains=f'data-user-id="{user.pk}"')  # which calls nobody
    for messages in (named, oneself):
        _rename_in(messages.order_by().values_list("pk", "html"), member)
    announce_person(user)


def _rename_in(messages: Iterable[tuple[int, str]], member: Member) -> None:
    for pk, html in messages:
        renamed = with_new_name(html, member)
        if renamed != html:
            Message.objects.filter(pk=pk, html=html).update(html=renamed)  # unless it has been changed meanwhile
