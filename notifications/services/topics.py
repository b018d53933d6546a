"""Making, changing and deleting topics. The named ones are staff's; a person's own is made when it is first needed."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from notifications.events import topic_stream
from notifications.models import Topic
from notifications.selectors import NO_TOPIC
from rooms.errors import Conflict, InvalidField, NotFound
from rooms.models import User
from rooms.services.text_rules import check_line

TASKS = "tasks"  # the topic on which new tasks are told


def topic_create(
    *,
    by: User,
    name: str,
    title: str = "",
    description: str = "",
    subscribers: str = Topic.Subscribers.USERS,
    publishers: str = Topic.Publishers.STAFF,
) -> Topic:
    """Make a named topic. For staff. Raises NotFound for everybody else, InvalidField, or Conflict for a taken name."""
    _check_staff(by)
    topic = Topic(name=name, title=title, description=description, subscribers=subscribers, publishers=publishers)
    _check(topic)
    try:
        with transaction.atomic():
            topic.save()
    except IntegrityError as error:
        raise Conflict("A topic with this name already exists.") from error
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
    """Change what is given and leave the rest. For staff. Whoever may not read it any more stops getting it at once.

    Raises NotFound for everybody else, InvalidField, or Conflict for a person's own topic.
    """
    locked = _lock_for(by, topic)
    given = {"title": title, "description": description, "subscribers": subscribers, "publishers": publishers}
    for field, value in given.items():
        if value is not None:
            setattr(locked, field, value)
    _check(locked)
    locked.version += 1
    locked.save(update_fields=["version", *(field for field, value in given.items() if value is not None)])
    topic_stream.announce_change(locked, rewritten=True)
    return locked


@transaction.atomic
def topic_delete(*, by: User, topic: Topic) -> None:
    """Delete a topic with all its notifications. For staff.

    Raises NotFound for everybody else, or Conflict for a person's own topic and for that of tasks.
    """
    locked = _lock_for(by, topic)
    if locked.name == TASKS:
        raise Conflict("New tasks are announced on this topic; it can't be deleted.")
    locked.version += 1
    topic_stream.announce_change(locked, rewritten=True)
    locked.delete()


def lock_topics(ids: Collection[int]) -> dict[int, Topic]:
    """The topics as they are now, by id, locked until the transaction ends; a deleted one is left out."""
    # In id order, so that two transactions can't wait for each other.
    locked = Topic.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
    return {topic.pk: topic for topic in locked.filter(pk__in=ids).order_by("pk")}


def tasks_topic_id() -> int:
    """The topic on which new tasks are told. A migration makes it."""
    return Topic.objects.get_or_create(name=TASKS)[0].pk


def personal_topic_ids(user_ids: Collection[int]) -> dict[int, int]:
    """The ids of these people's own topics by theirs, made where they are missing."""
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


def _lock_for(by: User, topic: Topic) -> Topic:
    _check_staff(by)
    locked = lock_topics([topic.pk]).get(topic.pk)
    if locked is None:
        raise NotFound(NO_TOPIC)
    if locked.owner_id is not None:
        raise Conflict("A personal topic can't be changed or deleted.")
    return locked


def _check(topic: Topic) -> None:
    """Raise InvalidField with the first thing that is wrong with a topic's fields."""
    topic.title, topic.description = check_line(topic.title, "title"), check_line(topic.description, "description")
    try:
        topic.clean_fields()
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise InvalidField(f"{field}: {sentences[0]}") from error
