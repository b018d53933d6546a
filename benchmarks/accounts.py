"""Creates accounts and rooms for a benchmark, in its own process with Django's settings in the environment.

Reads `{"users": [...], "rooms": [...], "members": true or false}` from standard input and writes `{user_name: token}`.
The first user owns the rooms; the others are members of all of them if `members` is true.
"""

import json
import sys
from datetime import timedelta

import django

TOKEN_LIFETIME = timedelta(hours=12)  # longer than any benchmark


def main() -> None:
    """Create the accounts and rooms."""
    django.setup()
    from django.db import transaction
    from rest_framework_simplejwt.tokens import AccessToken

    from rooms.models import Membership, Room, User
    from rooms.services.rooms import room_create

    asked = json.load(sys.stdin)
    # Without passwords: hashing hundreds of them would take longer than the benchmark.
    with transaction.atomic():
        for name in asked["users"]:
            User.objects.get_or_create(username=name, defaults={"password": "!"})
    people = User.objects.in_bulk(asked["users"], field_name="username")
    for name in asked["rooms"]:
        room_create(by=people[asked["users"][0]], name=name)
    if asked["members"]:
        rooms = Room.objects.filter(name__in=asked["rooms"])
        everybody = [Membership(room=room, user=user) for room in rooms for user in people.values()]
        Membership.objects.bulk_create(everybody, ignore_conflicts=True)
    tokens = {}
    for name, user in people.items():
        token = AccessToken.for_user(user)
        token.set_exp(lifetime=TOKEN_LIFETIME)
        tokens[name] = str(token)
    json.dump(tokens, sys.stdout)


if __name__ == "__main__":
    main()
