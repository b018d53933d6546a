"""Creates the people and rooms of simulated server processes, in its own process.

Reads `{"people": ..., "rooms": ..., "members": ...}` from standard input: how many people and rooms, and how many
members each room has. Members are spread over all people at random, and everybody is in about equally many rooms. A
room's owner follows it, the other members only watch it.
"""

import json
import random
import sys

import django

BATCH = 5000


def main() -> None:
    """Create the rows."""
    django.setup()
    from django.db import connection, transaction

    from rooms.models import Membership, Room, User

    asked = json.load(sys.stdin)
    with transaction.atomic():
        names = [f"person-{number}" for number in range(asked["people"])]
        people = User.objects.bulk_create([User(username=name, password="!") for name in names], BATCH)
        names = [f"room-{number}" for number in range(asked["rooms"])]
        rooms = Room.objects.bulk_create([Room(name=name, kind=Room.Kind.PRIVATE) for name in names], BATCH)
        seats = len(rooms) * asked["members"]
        order = [people[number % len(people)] for number in range(seats)]
        random.Random(1).shuffle(order)
        roles = [Membership.Role.OWNER, *[Membership.Role.MEMBER] * (asked["members"] - 1)]
        rows = {}
        for place, role in enumerate(roles):
            for room, user in zip(rooms, order[place * len(rooms) :], strict=False):
                rows.setdefault((room.pk, user.pk), Membership(room=room, user=user, role=role))
        Membership.objects.bulk_create(rows.values(), BATCH)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
