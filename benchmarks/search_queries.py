"""Fills rooms, makes the search index, and searches; in its own process with Django's settings in the environment.

Reads `{"messages": how many, "rooms": how many}` and writes figures as JSON.
"""

import json
import os
import random
import sys
import time
from itertools import accumulate

import django

SEED = 1
VOCABULARY = 50_000  # words, used as often as words of a language are (Zipf's law)
COMMON, SHARE = "kettle", 0.1  # a word in this share of all messages
SPARSE_ROOMS, SPARSE_MESSAGES = 3, 300
QUERIES = 300
CHUNK = 10_000


def texts(chance, vocabulary, weights):
    """Yield messages of 3 to 20 words."""
    while True:
        words = iter(chance.choices(vocabulary, cum_weights=weights, k=400_000))
        for length in chance.choices(range(3, 21), k=20_000):
            text = " ".join(word for word, _ in zip(words, range(length), strict=False))
            yield f"{text} {COMMON}" if chance.random() < SHARE else text


def fill(messages, rooms):
    """Create the rooms and messages. Returns the size of all texts in bytes."""
    from django.db import connection
    from django.utils import timezone

    from rooms.models import Membership, Message, Room, User

    chance = random.Random(SEED)
    vocabulary = list(
        dict.fromkeys(
            "".join(chance.choices("aeioubdfgklmnprst", k=chance.randint(2, 9))) for _ in range(2 * VOCABULARY)
        )
    )[:VOCABULARY]
    weights = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    reader, outsider = (User.objects.create_user(name, password=None) for name in ("reader", "outsider"))
    made = Room.objects.bulk_create([Room(name=f"room-{number}", kind="private") for number in range(rooms)])
    sparse = Room.objects.bulk_create([Room(name=f"sparse-{number}", kind="private") for number in range(SPARSE_ROOMS)])
    Membership.objects.bulk_create([Membership(room=room, user=reader) for room in made])
    Membership.objects.bulk_create([Membership(room=room, user=outsider) for room in sparse])
    seqs, size, now = {room.pk: 0 for room in [*made, *sparse]}, 0, timezone.now()
    sparse_at = set(chance.sample(range(messages), SPARSE_ROOMS * SPARSE_MESSAGES))
    generated = texts(chance, vocabulary, weights)
    for start in range(0, messages, CHUNK):
        rows = []
        for number in range(start, min(start + CHUNK, messages)):
            room = chance.choice(sparse if number in sparse_at else made)
            seqs[room.pk] += 1
            text = next(generated)
            size += len(text)
            rows.append(
                Message(
                    room=room,
                    seq=seqs[room.pk],
                    version=seqs[room.pk],
                    author=reader,
                    user_name="reader",
                    content=text,
                    html=f"<p>{text}</p>",
                    created_at=now,
                )
            )
        Message.objects.bulk_create(rows)
    for room in [*made, *sparse]:
        room.version = room.last_seq = seqs[room.pk]
    Room.objects.bulk_update([*made, *sparse], ["version", "last_seq"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return size, vocabulary


def index_size():
    """Return the size of the index in bytes."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_total_relation_size('rooms_search')")
            return cursor.fetchone()[0]
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return os.path.getsize(connection.settings_dict["NAME"])


def main():
    """Fill, index, search."""
    django.setup()
    from zoneinfo import ZoneInfo

    from django.db import connection

    from rooms.models import User
    from rooms.search.query import parse_query
    from rooms.selectors.search import search
    from rooms.services.search import index_batch, index_reset

    asked = json.load(sys.stdin)
    size, vocabulary = fill(asked["messages"], asked["rooms"])
    index_reset()
    before = index_size()
    spent = time.process_time()
    while index_batch() is not None:
        pass
    spent = time.process_time() - spent
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    grown = index_size() - before
    chance = random.Random(SEED)
    reader, outsider = User.objects.get(username="reader"), User.objects.get(username="outsider")
    works = {
        "an ordinary word": (reader, lambda: vocabulary[chance.randint(100, 5000)]),
        "two ordinary words": (
            reader,
            lambda: f"{vocabulary[chance.randint(20, 500)]} {vocabulary[chance.randint(20, 500)]}",
        ),
        "a rare word": (reader, lambda: vocabulary[chance.randint(20_000, len(vocabulary) - 1)]),
        "a word in 10 % of the messages": (reader, lambda: COMMON),
        "the same, in 3 sparse rooms": (outsider, lambda: COMMON),
        "a phrase": (reader, lambda: f'"{vocabulary[chance.randint(0, 50)]} {vocabulary[chance.randint(0, 50)]}"'),
    }
    results = []
    for work, (user, text_of) in works.items():
        taken, cpu, hits = [], 0.0, 0
        for call in range(QUERIES + 20):
            query = parse_query(text_of())
            began, at = time.perf_counter(), time.process_time()
            found = search(user, query, limit=20, zone=ZoneInfo("UTC"))
            if call >= 20:
                taken.append(time.perf_counter() - began)
                cpu += time.process_time() - at
                hits += len(found.messages)
        taken.sort()
        results.append({
            "work": work,
            "p50": taken[QUERIES // 2] * 1e3,
            "p95": taken[QUERIES * 95 // 100] * 1e3,
            "p99": taken[QUERIES * 99 // 100] * 1e3,
            "cpu_ms": cpu / QUERIES * 1e3,
            "hits": hits / QUERIES,
        })  # fmt: skip
    json.dump({"works": results, "text": size, "index": grown, "index_us": spent / asked["messages"] * 1e6}, sys.stdout)


if __name__ == "__main__":
    main()
