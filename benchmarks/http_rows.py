"""Fills a room with messages that everybody has read, and signs people in, with Django's settings in the environment.

Reads `{"room": room_name, "messages": how_many, "users": [...]}` and writes the key of a session by user name.
"""

import json
import sys

import django


def main() -> None:
    """Write the messages and create the sessions."""
    django.setup()
    from django.test import Client

    from rooms.models import Membership, Room, User
    from rooms.services.posting import NewMessage, messages_post

    asked = json.load(sys.stdin)
    room = Room.objects.get(name=asked["room"])
    people = list(User.objects.filter(username__in=asked["users"]).order_by("pk"))
    texts = [
        f"Message number {number}, with **something** to `render` in it and a link: https://example.org/{number}"
        for number in range(asked["messages"])
    ]
    messages_post([NewMessage(room.pk, people[at % len(people)], text) for at, text in enumerate(texts)])
    Membership.objects.filter(room=room).update(read_seq=len(texts))
    sessions = {}
    for person in people:
        client = Client()
        client.force_login(person)
        sessions[person.username] = client.cookies["sessionid"].value
    json.dump(sessions, sys.stdout)


if __name__ == "__main__":
    main()
