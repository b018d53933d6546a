"""Fills two rooms and reads pages of them, in its own process with Django's settings in the environment.

Reads `{"sizes": {room_name: messages}, "first": whether the rooms are still empty}` and writes how long each page took.
"""

import json
import sys
import time

import django

CALLS = 300
FILL = """
INSERT INTO rooms_message (room_id, seq, version, author_id, user_name, guest, content, html, client_id, created_at)
SELECT %s, n, n, a.id, a.username, {no}, 'Message number ' || n, '<p>Message number ' || n || '</p>', 'c' || n,
       '2026-01-01 00:00:00+00'
FROM {numbers} JOIN rooms_user a ON a.id = %s + n %% %s
"""
NUMBERS = {
    "postgresql": "generate_series(1, %s) AS n",
    "sqlite": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %s) SELECT n FROM c)",
}


def fill(name, size):
    """Fill a room with messages of everybody in turn."""
    from django.db import connection

    from rooms.models import Room, User

    room = Room.objects.get(name=name)
    vendor = connection.vendor
    people = list(User.objects.order_by("pk").values_list("pk", flat=True))
    statement = FILL.format(numbers=NUMBERS[vendor], no="false" if vendor == "postgresql" else "0")
    with connection.cursor() as cursor:
        cursor.execute(statement, [room.pk, size, people[0], len(people)])
        if cursor.rowcount != size:
            raise SystemExit(f"{cursor.rowcount} messages were made in {name}, not {size}.")
    room.version = room.last_seq = size
    room.save()


def main():
    """Fill the rooms, then read their pages in turn, so that drift affects all alike."""
    django.setup()
    from django.db import connection

    from rooms.models import Room
    from rooms.selectors.messages import changes_since, recent_messages
    from rooms.wire import message_bytes

    asked = json.load(sys.stdin)
    sizes = asked["sizes"]
    if asked["first"]:
        for name, size in sizes.items():
            fill(name, size)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    pages = {
        "the newest page": lambda room, size: recent_messages(room, limit=50),
        "before the middle": lambda room, size: recent_messages(room, before=size // 2, limit=50),
        "resume over 50": lambda room, size: changes_since(room, version=size - 50, limit=501),
    }
    times = {(page, name): [] for page in pages for name in sizes}
    cpu = dict.fromkeys(times, 0.0)
    rooms = {name: Room.objects.get(name=name) for name in sizes}
    for call in range(CALLS + 20):
        for page, name in times:
            began, spent = time.perf_counter(), time.process_time()
            messages = [message_bytes(message) for message in pages[page](rooms[name], sizes[name])]
            if call >= 20:  # the first calls warm up
                times[page, name].append(time.perf_counter() - began)
                cpu[page, name] += time.process_time() - spent
            if len(messages) != 50:
                raise SystemExit(f"{page} of {name} has {len(messages)} messages.")
    results = []
    for (page, name), taken in times.items():
        ordered = sorted(taken)
        results.append(
            {
                "page": page,
                "messages": sizes[name],
                "calls": CALLS,
                "seconds": sum(taken),
                "cpu_us": cpu[page, name] / CALLS * 1e6,
                "p50": ordered[CALLS // 2] * 1e3,
                "p99": ordered[CALLS * 99 // 100] * 1e3,
            }
        )
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
