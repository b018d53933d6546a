"""Telling the others that one is typing."""

from __future__ import annotations

from chatproject.realtime.database import in_database
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from chatproject.realtime.sockets.subscribing import followed
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.errors import Conflict, NotFound
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import text_field
from rooms.selectors.members import may_type
from rooms.selectors.rooms import NO_ROOM


async def type_in_room(consumer: Consumer, frame: Frame) -> None:
    """Have a room's readers told that one is typing. It has no answer; more than one in 2 s is dropped."""
    assert isinstance(consumer, ChatConsumer)
    user, key = consumer.require_user(), followed(consumer, "room", text_field(frame, "room_name"))
    if key is None:
        raise NotFound(NO_ROOM)
    if consumer.typing_bucket.take():
        return
    # Who is put out of a room follows it no longer: what holds for a subscription holds as long as it does.
    subscription = consumer.connection.subscriptions[key]
    if consumer.member_by.get(key) is not subscription:
        if not await in_database(may_type, user, key.id):
            raise Conflict("Join the room to write in it.")
        # Without those that it follows no longer: each holds on to a stream and its messages.
        now = consumer.connection.subscriptions
        consumer.member_by = {one: sub for one, sub in consumer.member_by.items() if now.get(one) is sub}
        consumer.member_by[key] = subscription
    shown = {"user_id": user.pk, "user_name": user.username, "display_name": user.shown_name, "avatar": user.avatar}
    # What they were typing may be said, and heard, before this is told: a later message of theirs makes it old.
    get_supervisor().typists.say(key, shown | {"version": subscription.stream.version or 0})
