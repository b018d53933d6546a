"""The demo's conversations and tasks."""

from __future__ import annotations

from dataclasses import dataclass

PEOPLE = {"alice": "Alice Winter", "bob": "Bob", "carol": "Carol Mendes", "dave": "dave"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """A room, its members (the first one owns it) and its messages. A direct room gets its name automatically."""

    name: str
    title: str
    description: str
    kind: str
    members: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DemoTask:
    """A task in one of the demo's rooms."""

    title: str
    room_name: str
    creator: str
    assignee: str | None


ANNOUNCEMENT = "The office is closed on Thursday."
TASKS = (
    DemoTask("Water the big plant by the window", "lobby", "bob", "dave"),
    DemoTask("Make the unique constraint for imports", "engineering", "alice", None),
)
CONVERSATIONS = (
    Conversation(
        name="lobby",
        title="Lobby",
        description="Where everybody arrives. Say hello!",
        kind="open",
        members=("alice", "bob", "carol", "dave"),
        lines=(
            ("alice", "Welcome to **Parlor**! This is the lobby: everybody who signs in can read and join it."),
            ("bob", "Morning! Coffee machine on the second floor works again ☕"),
            ("carol", "Best news of the week."),
            ("dave", "It's Monday, the bar is low."),
            ("carol", "Still counts 😄"),
            ("alice", "Reminder: the office is closed on Thursday. Put your plants in the sink before you leave."),
            ("bob", "Who waters the big one by the window?"),
            ("dave", "I'll do it. It survived me last summer, it will survive me again."),
            ("bob", "> it survived me last summer\n\nBarely."),
            ("carol", "Lunch at 12:30? The new noodle place has a table for four."),
            ("dave", "Yes!"),
            ("bob", "In."),
            ("alice", "I'm in a call until 12:45, order me the *mild* one, please."),
            ("carol", "Noted: extra chili for Alice."),
            ("alice", "🙃"),
        ),
    ),
    Conversation(
        name="engineering",
        title="Engineering",
        description="Building things, and finding out why they broke.",
        kind="open",
        members=("bob", "alice", "carol"),
        lines=(
            ("bob", "The nightly import took 48 minutes. It was 11 last week. Anybody changed something?"),
            ("carol", "I added the duplicate check on Friday. That can't cost half an hour... can it?"),
            ("bob", "What does it look up?"),
            (
                "carol",
                "```python\nfor row in rows:\n"
                '    if Order.objects.filter(reference=row["ref"]).exists():\n        continue\n```',
            ),
            ("bob", "One query a row, and `reference` has no index. 400,000 rows. Yes, it can 😅"),
            ("carol", "Ouch. Moving it out of the loop:"),
            (
                "carol",
                "```python\nfound = Order.objects.filter(reference__in=refs)\n"
                'known = set(found.values_list("reference", flat=True))\n```',
            ),
            ("alice", "And let the database say no twice: a unique constraint, so that two imports can't race."),
            ("carol", "Good point, adding both."),
            (
                "bob",
                "Numbers from my machine:\n\n| version | time |\n|---|---|\n"
                "| loop | 46 min |\n| set | 9 min |\n| set + index | 8 min |",
            ),
            ("alice", "Better than before it was slow. Ship it."),
            (
                "carol",
                "Deployed. Checklist for next time:\n\n- [x] measure with real row counts\n"
                "- [x] index what you look up\n- [ ] tell Bob before he finds out",
            ),
            ("bob", "I always find out."),
        ),
    ),
    Conversation(
        name="book-club",
        title="Book club",
        description="One book a month, no homework police.",
        kind="open",
        members=("carol", "dave"),
        lines=(
            (
                "carol",
                "Next meeting: first Tuesday of the month, 19:00, my place. Bring a chair if you own a light one.",
            ),
            ("dave", "Did everybody finish? I'm at page 90 and the ship *still* hasn't left the harbour."),
            ("carol", "It leaves on page 212."),
            ("dave", "So it's a book about a harbour."),
            ("carol", "It's a book about **waiting**, Dave."),
            ("dave", "I feel very close to the characters."),
        ),
    ),
    Conversation(
        name="leadership",
        title="Leadership",
        description="Private: only its members know that it exists.",
        kind="private",
        members=("alice", "bob"),
        lines=(
            ("alice", 'Budget for next year: I\'d like to move the training money from "maybe" to "yes".'),
            ("bob", "Agreed. The team asked for the database course three times."),
            ("alice", "After last week's import I think I know why."),
            ("bob", "No comment."),
            ("alice", "I'll announce it on Friday. Not a word before that!"),
        ),
    ),
    Conversation(
        name="",
        title="",
        description="",
        kind="direct",
        members=("alice", "carol"),
        lines=(
            ("alice", "Nice work on the import. Calmly found, cleanly fixed."),
            ("carol", "Thank you! I was sure you'd be annoyed."),
            ("alice", "Only about the chili."),
            ("carol", "🌶️"),
        ),
    ),
)
