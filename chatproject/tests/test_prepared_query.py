"""A prepared query returns what its queryset returns."""

from typing import Any

import pytest
from django.db.models import Count, F
from django.forms import model_to_dict
from pytest_django import DjangoAssertNumQueries

from chatproject.prepared_query import PreparedQuery
from rooms.models import Message, Room, User
from rooms.services.posting import message_post
from rooms.services.rooms import room_create

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Room:
    ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
    room = room_create(by=ann, name="tea")
    room_create(by=ben, name="other")
    for number in range(4):
        message_post(by=ann, room=room, content=f"line {number}")
    return room


def test_instances_are_those_of_the_queryset_with_their_related_ones(room: Room) -> None:
    prepared = PreparedQuery(
        lambda room_id, seq: Message.objects.filter(room=room_id, seq__gt=seq).select_related("author").order_by("seq")
    )
    for seq in (1, 2):
        found = prepared.all(room.pk, seq)
        expected = list(Message.objects.filter(room=room, seq__gt=seq).order_by("seq"))
        assert [model_to_dict(each) for each in found] == [model_to_dict(each) for each in expected]
        assert [each.created_at for each in found] == [each.created_at for each in expected]  # aware, on SQLite too
    message = found[0]
    assert not message._state.adding
    assert message.author == User.objects.get(username="ann")
    message.content = "another"
    message.save()
    assert Message.objects.get(pk=message.pk).content == "another"


def test_related_ones_are_loaded_in_the_same_query(
    room: Room, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    prepared = PreparedQuery(lambda room_id: Message.objects.filter(room=room_id).select_related("author", "room"))
    with django_assert_num_queries(1):
        assert {(each.author.username, each.room.name) for each in prepared.all(room.pk) if each.author} == {
            ("ann", "tea")
        }


def test_a_limit_is_kept_and_so_are_annotations(room: Room) -> None:
    prepared = PreparedQuery(lambda room_id: Message.objects.filter(room=room_id).order_by("-seq"))
    assert [each.seq for each in prepared.all(room.pk, limit=2)] == [4, 3]
    assert [each.seq for each in prepared.all(room.pk, limit=3)] == [4, 3, 2]
    assert prepared.all(room.pk, limit=0) == []
    counted = PreparedQuery(lambda name: Room.objects.filter(name=name).annotate(count=Count("messages")))
    assert [each.count for each in counted.all("tea")] == [4]
    assert [each.count for each in counted.all("other")] == [0]


def test_columns_have_the_values_of_python(room: Room) -> None:
    prepared = PreparedQuery(lambda name: Message.objects.filter(room__name=name).values_list("seq", "created_at"))
    expected = list(Message.objects.filter(room=room).values_list("seq", "created_at"))
    assert [tuple(each) for each in prepared.values("tea")] == expected


def test_an_argument_may_be_used_twice(room: Room) -> None:
    prepared = PreparedQuery(lambda name: Room.objects.filter(name=name).annotate(same=F("name")).filter(same=name))
    assert prepared.all("tea") == [room]
    assert prepared.all("coffee") == []


def test_a_user_is_looked_up_by_any_form_of_id(room: Room) -> None:
    ann = User.objects.get(username="ann")
    assert User.objects.get(pk=ann.pk) == User.objects.get(id=str(ann.pk)) == ann
    nobody: Any
    for nobody in (None, 0, -1, 2**70, str(2**70)):
        with pytest.raises(User.DoesNotExist):
            User.objects.get(pk=nobody)
    with pytest.raises(ValueError, match="expected a number"):
        User.objects.get(pk="ann")
