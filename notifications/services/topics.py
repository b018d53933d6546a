"""Create, update and delete topics.

Staff manage named topics. The personal topic of a user is created when it is first needed.
"""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from notifications.events import topic_stream
from notifications.models import Topic
from notifications.selectors.topics import NO_TOPIC
from rooms.errors import Conflict, InvalidField, NotFound
from rooms.models import AuditAction, User
from rooms.services.audit import audit_record, changes
from rooms.services.text_rules import check_line

TASKS_TOPIC_NAME = "tasks"  # the topic with notifications about new tasks


def topic_create(
    *,
    by: User,
    name: str,
    title: str = "",
    description: str = "",
    subscribers: str = Topic.Subscribers.USERS,
    publishers: str = Topic.Publishers.STAFF,
) -> Topic:
    """Create a named topic. For staff.

    Raises NotFound for everyone else, InvalidField, or Conflict when the name is taken.
    """
    _check_staff(by)
    topic = Topic(name=name, title=title, description=description, subscribers=subscribers, publishers=publishers)
    _check(topic)
    try:
        with transaction.atomic():
            topic.save()
            after = {"subscribers": subscribers, "publishers": publishers}
            audit_record(AuditAction.TOPIC_CREATED, by=by, target=name, after=after)
    except IntegrityError as error:
        raise Conflict(_("A topic with this name already exists.")) from error
    return topic


@transaction.atomic
def topic_update(
    *,
    by: User,
    topic: Topic,
    title: str | None = None,
    description: str | None = None,
    subscribers: str | None = None,
    publishers: str | None = None,
) -> Topic:
    """Update the given fields of a topic. For staff. Users who may no longer read it are unsubscribed at once.

    Raises NotFound for everyone else, InvalidField, or Conflict for a personal topic.
    """
    locked = _lock_named_topic(by, topic)
    given = {"title": title, "description": description, "subscribers": subscribers, "publishers": publishers}
    values_before = {field: getattr(locked, field) for field in given}
    for field, value in given.items():
        if value is not None:
            setattr(locked, field, value)
    _check(locked)
    locked.version += 1
    locked.save(update_fields=["version", *(field for field, value in given.items() if value is not None)])
    topic_stream.announce_change(locked, rewritten=True)
    before, after = changes(values_before, {field: getattr(locked, field) for field in given})
    if after:
        audit_record(AuditAction.TOPIC_CHANGED, by=by, target=locked.name or "", before=before, after=after)
    return locked


@transaction.atomic
def topic_delete(*, by: User, topic: Topic) -> None:
    """Delete a topic with all its notifications. For staff.

    Raises NotFound for everyone else, and Conflict for a personal topic and the topic of tasks.
    """
    locked = _lock_named_topic(by, topic)
    if locked.name == TASKS_TOPIC_NAME:
        raise Conflict(_("New tasks are announced on this topic; it can't be deleted."))
    locked.version += 1
    topic_stream.announce_change(locked, rewritten=True)
    before = {"notifications": locked.last_seq}
    audit_record(AuditAction.TOPIC_DELETED, by=by, target=locked.name or "", before=before)
    locked.delete()


def lock_topics(ids: Collection[int]) -> dict[int, Topic]:
    """Lock topics until the transaction ends, and return their present state by id, without deleted ones."""
    # In id order, so that two transactions can't deadlock.
    locked = Topic.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
    return {topic.pk: topic for topic in locked.filter(pk__in=ids).order_by("pk")}


def tasks_topic_id() -> int:
    """Return the id of the topic with notifications about new tasks, which a migration creates."""
    return Topic.objects.get_or_create(name=TASKS_TOPIC_NAME)[0].pk


def personal_topic_ids(user_ids: Collection[int]) -> dict[int, int]:
    """Return the ids of users' personal topics by user id, and create missing ones."""
    own = Topic.objects.filter(owner_id__in=user_ids)
    found = dict(own.values_list("owner_id", "pk"))
    missing = set(user_ids) - found.keys()
    if not missing:
        return found
    Topic.objects.bulk_create([Topic(owner_id=user_id) for user_id in sorted(missing)], ignore_conflicts=True)
    return dict(own.values_list("owner_id", "pk"))


def _check_staff(by: User) -> None:
    if not (by.is_staff and by.is_active):
        raise NotFound(NO_TOPIC)


def _lock_named_topic(by: User, topic: Topic) -> Topic:
    _check_staff(by)
    locked = lock_topics([topic.pk]).get(topic.pk)
    if locked is None:
        raise NotFound(NO_TOPIC)
    if locked.owner_id is not None:
        raise Conflict(_("A personal topic can't be changed or deleted."))
    return locked


def _check(topic: Topic) -> None:
    """Raise InvalidField for the first invalid field of a topic."""
    topic.title, topic.description = check_line(topic.title, "title"), check_line(topic.description, "description")
    try:
        topic.clean_fields()
    except ValidationError as error:
        raise InvalidField.of(error, next(iter(error.error_dict))) from error
