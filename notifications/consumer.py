"""The actions of sockets on topics, besides those on rooms."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from chatproject.page_size import fit_from_end
from chatproject.realtime.database import in_database
from chatproject.realtime.protocol import Action, FrameType, LeftReason
from chatproject.realtime.sockets.consumer import Consumer, Handler
from chatproject.realtime.sockets.socket import Frame
from chatproject.realtime.sockets.subscribing import StreamAccess, subscribe_socket, subscribed_key, unsubscribe_socket
from notifications.events import topic_stream
from notifications.live import get_task_notifier
from notifications.models import Notification, Topic
from notifications.selectors import topics as selectors
from notifications.services.posting import notification_publish
from notifications.services.unread import notification_read, notifications_read_up_to
from notifications.wire import notification_bytes, notification_size, topic_properties, topic_wire
from rooms.actions import ACTIONS as ROOM_ACTIONS
from rooms.errors import InvalidField, NotFound
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import number_field, text_field
from rooms.models import User
from rooms.selectors.installation import get_epoch

DEFAULT_HISTORY, MAX_HISTORY = 50, 100


class SocketConsumer(ChatConsumer):
    """A socket with subscriptions to any number of rooms and topics."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket until it closes."""
        get_task_notifier()
        await super().__call__(scope, receive, send)

    async def _handle_url(self, scope: Any) -> None:
        """Subscribe to what the URL names: rooms, then /ws/notifications/<topic>/ and every ?topic=."""
        await super()._handle_url(scope)
        await self.subscribe_to_named(scope, Action.SUBSCRIBE, "topic")


async def subscribe(consumer: Consumer, frame: Frame) -> None:
    """Subscribe to a topic, from the version `after` or with a page of `history` notifications."""
    assert isinstance(consumer, SocketConsumer)
    after = number_field(frame, "after")
    history = number_field(frame, "history", maximum=MAX_HISTORY)
    topic = await in_database(selectors.get_topic_for, consumer.user, text_field(frame, "topic"))
    name = topic.shown_name
    authorize = partial(topic_access, consumer.user, name, DEFAULT_HISTORY if history is None else history)
    await subscribe_socket(
        consumer, topic_stream.key(topic.pk), name, after=after, authorize=authorize, request_id=frame.get("request_id")
    )


def topic_access(user: User | AnonymousUser, name: str, history: int) -> StreamAccess:
    """Return what is needed to subscribe to a topic. Raises NotFound."""
    topic = selectors.get_topic_for(user, name)
    answer = {"epoch": get_epoch(), "properties": topic_wire(topic)}
    return StreamAccess(
        key=topic_stream.key(topic.pk),
        version=topic.version,
        answer=answer,
        newest=partial(newest_page, user, topic, history),
        properties=topic_properties(topic),
    )


def newest_page(user: User | AnonymousUser, topic: Topic, limit: int) -> tuple[int, list[bytes]]:
    """Return the version and the newest notifications of a topic that was loaded before them."""
    notifications = fit_from_end(selectors.recent_notifications(topic, user, limit=limit), notification_size)
    version = max([topic.version, *(notification.version for notification in notifications)])
    return version, [notification_bytes(notification) for notification in notifications]


async def unsubscribe(consumer: Consumer, frame: Frame) -> None:
    """Unsubscribe from a topic."""
    key = subscribed_key(consumer, "topic", text_field(frame, "topic"))
    if key is None:
        raise NotFound(selectors.NO_TOPIC)
    unsubscribe_socket(consumer, key, LeftReason.ASKED, frame.get("request_id"))


async def publish(consumer: Consumer, frame: Frame) -> None:
    """Publish a notification to all subscribers of a topic."""
    assert isinstance(consumer, SocketConsumer)
    name, user = text_field(frame, "topic"), consumer.require_user()
    notification = await in_database(publish_on, user, name, frame)
    consumer.connection.send_frame(
        FrameType.ACK,
        topic=name,
        seq=notification.seq,
        version=notification.version,
        request_id=frame.get("request_id"),
    )


def publish_on(user: User, name: str, frame: Frame) -> Notification:
    """Publish the notification of a frame. Raises what `notification_publish` raises."""
    topic = selectors.get_topic_to_publish(user, name)
    return notification_publish(
        by=user, topic=topic, title=frame.get("title"), body=frame.get("body"), payload=frame.get("payload")
    )


async def read_notifications(consumer: Consumer, frame: Frame) -> None:
    """Mark one of the user's own notifications as read, or all up to one."""
    assert isinstance(consumer, SocketConsumer)
    user, seq = consumer.require_user(), number_field(frame, "seq", minimum=1)
    up_to = number_field(frame, "up_to", minimum=1)
    if (seq is None) == (up_to is None):
        raise InvalidField(_("Send either seq or up_to."))
    if seq is not None:
        await in_database(notification_read, by=user, seq=seq)
    elif up_to is not None:
        await in_database(notifications_read_up_to, by=user, seq=up_to)
    consumer.connection.send_frame(FrameType.ACK, topic=f"@{user.username}", request_id=frame.get("request_id"))


ACTIONS: dict[str, Handler] = {
    **ROOM_ACTIONS,
    Action.SUBSCRIBE: subscribe,
    Action.UNSUBSCRIBE: unsubscribe,
    Action.PUBLISH: publish,
    Action.READ_NOTIFICATIONS: read_notifications,
}
SocketConsumer.actions = ACTIONS
