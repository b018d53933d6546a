"""The action that shows others who is typing."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chatproject.realtime.database import in_database
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from chatproject.realtime.sockets.subscribing import subscribed_key
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.errors import Conflict, NotFound
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import text_field
from rooms.selectors.members import may_type
from rooms.selectors.rooms import NO_ROOM
from rooms.services.locking import check_not_muted


async def type_in_room(consumer: Consumer, frame: Frame) -> None:
    """Show a room's readers that the user is typing. It has no answer; more than one in 2 s is dropped."""
    assert isinstance(consumer, ChatConsumer)
    user, key = consumer.require_user(), subscribed_key(consumer, "room", text_field(frame, "room_name"))
    if key is None:
        raise NotFound(NO_ROOM)
    if consumer.typing_bucket.take():
        return
    if user.restricted:  # kept up to date with the socket's identity
        await in_database(check_not_muted, user.pk, key.id)
    # A user who is removed from a room is unsubscribed, so a permission stays valid as long as its subscription.
    subscription = consumer.connection.subscriptions[key]
    if consumer.member_by.get(key) is not subscription:
        if not await in_database(may_type, user, key.id):
            raise Conflict(_("Join the room to write in it."))
        # Drop ended subscriptions: each keeps a stream and its messages in memory.
        now = consumer.connection.subscriptions
        consumer.member_by = {one: sub for one, sub in consumer.member_by.items() if now.get(one) is sub}
        consumer.member_by[key] = subscription
    person = {"user_id": user.pk, "user_name": user.username, "display_name": user.shown_name, "avatar": user.avatar}
    # Their message may arrive before this indicator. A message with a later version makes the indicator obsolete.
    get_supervisor().typing_indicator.report(key, person | {"version": subscription.stream.version or 0})
