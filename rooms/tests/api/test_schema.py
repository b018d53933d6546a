"""The OpenAPI schema allows exactly what the server accepts."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from rooms.api.schema import SchemaView
from rooms.tests.support.api_case import ApiCase

IN_A_YEAR = (timezone.now() + timedelta(days=365)).date().isoformat()
# Schema name, method, path, bodies: valid and invalid ones.
BODIES: list[tuple[str, str, str, list[Any]]] = [
    (
        "NewRoom",
        "POST",
        "rooms/",
        [
            {},
            *({"name": name} for name in ("", "Big", "a b", "x" * 65, 5, "a", "a.b_c-9", "x" * 64)),
            {"name": "full", "title": "", "kind": "open", "guests": "write", "colour": "green"},
            {"name": "closed", "kind": "private", "guests": "none"},
            {"name": "torn", "kind": "private", "guests": "read"},
            {"name": "guests", "guests": "read"},
            {"name": "long", "title": "x" * 121},
            {"name": "nul", "description": "a\0b"},
            {"name": "kind", "kind": "round"},
        ],
    ),
    (
        "NewDirectRoom",
        "POST",
        "rooms/",
        [
            {"kind": "direct"},
            *({"kind": "direct", "user_names": names} for names in ([], "ann", [""], ["a\0"], [5], ["x" * 151])),
            *({"kind": "direct", "user_names": names} for names in (["ann"], ["ann", "olga", "Ann"], ["nobody"])),
            {"kind": "direct", "user_names": ["ann"] * 11},
        ],
    ),
    (
        "RoomChanges",
        "PATCH",
        "rooms/tea/",
        [{}, {"guests": "read"}, {"kind": "direct", "guests": "read"}, {"title": ""}]
        + [{"pinning": who} for who in ("members", "moderators", "nobody", None)],
    ),
    (
        "NewMessage",
        "POST",
        "rooms/tea/messages/",
        [
            {},
            *(
                {"content": text}
                for text in ("", " \n\t", "\x1c\x85\u3000", "\u200b\ufeff \u3164", "a\0b", "x" * 8001, 5)
            ),
            *({"content": text} for text in (" a ", "\n**b**\n", "x" * 8000, "\u200b")),
            *({"content": "c", "client_id": text} for text in ("", "x" * 65, "a\0", "c1")),
            *({"content": "c", "reply_to": seq} for seq in (1, 999, 2**63 - 1, 0, 2**63, "x", "1", 1.5, True)),
        ],
    ),
    (
        "NewReaction",
        "POST",
        "rooms/tea/messages/1/reactions/",
        [{}, {"emoji": ""}, {"emoji": 5}, {"emoji": "x" * 33}, {"emoji": "x"}, {"emoji": "👍"}],
    ),
    (
        "NewSaved",
        "PUT",
        "rooms/tea/messages/1/saved/",
        [
            {},
            *({"remind_at": moment} for moment in (None, 5, "", "soon", "2026-05-01", "2026-05-01T09:00:00")),
            *({"remind_at": f"{IN_A_YEAR}{rest}"} for rest in ("T09:00Z", "T09:00:00.5+05:45", " 09:00:00Z", "T09Z")),
        ],
    ),
    (
        "NewMark",
        "PUT",
        "rooms/tea/read/",
        [
            {},
            *({"seq": seq} for seq in (-1, 0, 1, 1.0, 2**63, "x", "1", 1.5, False)),
            *({"seq": 0, "rewind": flag} for flag in (True, False, 5, 0, 1, "yes", "off", "true", None)),
        ],
    ),
    (
        "MembershipChanges",
        "PATCH",
        "rooms/tea/membership/",
        [{}, *({"level": level} for level in ("everything", "mentions", "nothing", "", "loud", None)), {"muted": True}]
        + [{"favourite": flag} for flag in (False, 1, None)]
        + [{"section": number} for number in (None, 0, 2**63, "1", True)],
    ),
    (
        "NewSection",
        "POST",
        "sections/",
        [{}, *({"name": name} for name in ("Work", "", "  ", "x" * 40, "x" * 41, "a\u202eb", "\u200b", 5, None))],
    ),
    (
        "SectionChanges",
        "PATCH",
        "sections/{section}/",
        [
            {},
            *({"name": name} for name in ("Work", "", "x" * 41, None)),
            *({"collapsed": flag} for flag in (True, 1, None)),
            *({"position": position} for position in (0, 19, 20, -1, 1.5, "1", None)),
        ],
    ),
    (
        "ChangedPreferences",
        "PATCH",
        "preferences/",
        [
            {},
            *({"dnd_until": moment} for moment in (None, 5, "", "soon", f"{IN_A_YEAR}T09:00", f"{IN_A_YEAR}T09:00Z")),
            *(
                {"quiet_from": clock, "quiet_until": "07:00", "time_zone": "Europe/Berlin"}
                for clock in ("22:00", "23:59", "24:00", "7:00", "22:60", "22:00:00", "", 22)
            ),
            {"quiet_from": None, "quiet_until": None},
            *({"time_zone": zone} for zone in ("", "Europe/Berlin", "Asia/Kathmandu", "a b", 5, None)),
            *({"email": choice} for choice in ("off", "missed", "daily", "", "hourly")),
            *({"hide_content": flag} for flag in (True, "yes", None)),
        ],
    ),
    ("EditedMessage", "PATCH", "rooms/tea/messages/1/", [{}, {"content": " "}, {"content": "other"}]),
    (
        "NewMember",
        "POST",
        "rooms/square/members/",
        [{}, {"role": "owner"}, {"user_name": ""}, {"user_name": "nobody"}, {"user_name": "ben", "role": "member"}],
    ),
    (
        "NewInvitation",
        "POST",
        "rooms/tea/invitations/",
        [{}, {"user_name": ""}, {"user_name": "x" * 151}, {"user_name": "nobody"}, {"user_name": "zed"}],
    ),
    (
        "NewInviteLink",
        "POST",
        "rooms/tea/invite-links/",
        [
            {},
            *({"max_uses": number} for number in (None, 0, 1, 1000, 1001, -1, 1.0, 1.5, "1", True)),
            *({"expires_at": moment} for moment in (None, 5, "", "soon", f"{IN_A_YEAR}T09:00:00Z")),
        ],
    ),
    (
        "InviteToJoin",
        "POST",
        "join/",
        [{}, *({"link": link} for link in ("", 5, "a\0", "x" * 501))],
    ),
    (
        "ProfileChanges",
        "PATCH",
        "me/",
        [
            *({}, {"display_name": 5}, {"display_name": ""}, {"display_name": "O"}, {"display_name": "x" * 81}),
            *(
                {"display_name": f"a{character}b"}
                for character in "\0\n\u0012\u0085\u200b\u200d\u202e\U000e0001\u2665\ue000"
            ),
            *({"display_name": name} for name in (" a\n", "a" + " " * 80, "\ue000", "\U00095773", "x" * 80)),
        ],
    ),
    ("MemberChanges", "PATCH", "rooms/tea/members/ben/", [{}, {"role": "king"}, {"role": "member"}]),
    (
        "NewTask",
        "POST",
        "tasks/",
        [
            {},
            {"title": " "},
            {"title": "x" * 201},
            {"title": "x", "description": "x" * 8001},
            {"title": "x", "seq": 1},
            *({"title": "x", "seq": seq, "room_name": "tea"} for seq in (0, 2**63 - 1, 2**63, 10**30, "1", True)),
            {"title": "x", "assignee": "nobody"},
            {"title": "x", "assignee": "zed", "room_name": "tea"},
            {"title": "x" * 200, "description": "x" * 8000, "seq": 1, "room_name": "tea"},
        ],
    ),
    ("TaskChanges", "PATCH", "tasks/{task}/", [{}, {"title": ""}, {"title": "y"}]),
    (
        "NewAssignee",
        "POST",
        "tasks/{task}/assign/",
        [{}, *({"assignee": name} for name in ("", "ben", "nobody"))],
    ),
    (
        "NewTopic",
        "POST",
        "topics/",
        [{"name": ""}, {"name": "@olga"}, {"name": "news"}, {"name": "a", "subscribers": "all"}],
    ),
    (
        "NewNotification",
        "POST",
        "topics/tasks/publish/",
        [{"title": "\t"}, {"title": "x", "payload": []}, {"title": "x", "body": "", "payload": {"a": [1]}}]
        + [{"title": "x", "payload": payload} for payload in ({"a\0": 1}, {"a": ["\0"]}, {"a": [[{"b": {"\0": 1}}]]})]
        + [{"title": "x", "payload": {"a": [[{"b": {"": None}}], 1.5, True]}}],
    ),
    ("Refresh", "POST", "token/refresh/", [{}, {"refresh": ""}, {"refresh": 5}]),
    ("Credentials", "POST", "token/", [{"username": "", "password": "x"}, {"username": "ann", "password": "x"}]),
]
QUERIES: list[tuple[str, str, list[str]]] = [
    ("rooms/", "limit", ["0", "1", "100", "101", "-1", "9" * 30]),
    ("rooms/", "kind", ["open", "round", ""]),
    ("rooms/", "mine", ["true", "True", ""]),
    ("rooms/", "cursor", ["after:", "before:", "before:square", "after:Big", "after:a:b", "", "x", "cD0xMA=="]),
    ("rooms/{name}/members/", "cursor", ["after:1", "before:999999999999999999", "after:-1", "after:x", "1"]),
    ("people/", "search", ["ann", "", "a\0"]),
    ("people/", "cursor", ["after:ann", "before:", "x", "after:a\x1db"]),
    ("rooms/{name}/members/", "search", ["ann", ""]),
    ("invitations/", "cursor", ["after:1", "before:x"]),
    ("rooms/{name}/messages/", "after", ["0", "5", "-1", str(2**63 - 1), str(2**63)]),
    ("rooms/{name}/messages/", "since", ["0", "-1"]),
    ("rooms/{name}/messages/", "around", ["0", "7", "-1"]),
    ("rooms/{name}/pins/", "before", ["0", "7", "-1"]),
    ("saved/", "cursor", ["after:1", "before:", "x"]),
    ("topics/{name}/notifications/", "before", ["0", "-1"]),
    ("notifications/", "limit", ["0", "7"]),
    ("topics/", "cursor", ["after:tasks", "after:@ann"]),
    ("tasks/", "cursor", ["after:5", "after:tasks"]),
    ("tasks/", "assignee", ["ann", "", "a\0"]),
    ("tasks/", "room_name", ["tea", "", "a\0"]),
    ("tasks/", "state", ["open", "lost", ""]),
]


@cache
def load_schema() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


def allows(schema: dict[str, Any], value: Any) -> bool:
    return bool(Draft202012Validator(schema | {"components": load_schema()["components"]}).is_valid(value))


class SchemaTests(ApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.olga.is_staff = True
        self.olga.save()
        self.say("one", by=self.olga)

    def accepted(self, response: Any) -> bool:
        """Whether a request was valid, even if the object it names does not exist."""
        return response.status_code in {200, 201, 401, 404, 409}

    def test_a_body_is_accepted_exactly_if_the_schema_allows_it(self) -> None:
        task = self.ok("POST", "tasks/", {"title": "Water"}, by=self.olga, status=201)["id"]
        section = self.ok("POST", "sections/", {"name": "Tea"}, by=self.olga, status=201)["id"]
        for form, method, path, bodies in BODIES:
            for body in bodies:
                with self.subTest(form=form, body=str(body)[:80]):
                    response = self.request(method, path.format(task=task, section=section), body, by=self.olga)
                    allowed = allows({"$ref": f"#/components/schemas/{form}"}, body)
                    self.assertEqual(self.accepted(response), allowed, response.content)

    def test_a_query_is_accepted_exactly_if_the_schema_allows_it(self) -> None:
        for path, name, values in QUERIES:
            parameters = load_schema()["paths"][f"/api/{path}"]["get"]["parameters"]
            schema = next(parameter["schema"] for parameter in parameters if parameter["name"] == name)
            for value in values:
                with self.subTest(path=path, name=name, value=value):
                    address = f"{path.format(name='tea')}?{name}={quote(value)}"
                    response = self.request("GET", address.replace("topics/tea", "topics/tasks"), by=self.olga)
                    meant = int(value) if schema["type"] == "integer" else value
                    self.assertEqual(self.accepted(response), allows(schema, meant), response.content)

    def test_required_bodies_are_marked_as_required(self) -> None:
        task = self.ok("POST", "tasks/", {"title": "Water"}, by=self.olga, status=201)["id"]
        words = {
            "name": "tea",
            "user_name": "ben",
            "seq": "1",
            "task_id": str(task),
            "upload_id": "x",
            "scheduled_id": "1",
            "section_id": "1",
            "report_id": "1",
            "action_id": "1",
        }
        for path, operations in load_schema()["paths"].items():
            for method, operation in operations.items():
                if "requestBody" not in operation:
                    continue
                with self.subTest(path=path, method=method):
                    where = path.format(**words).replace("topics/tea", "topics/tasks")
                    response = self.client.generic(method.upper(), where, headers=self.token(self.olga))
                    required = operation["requestBody"].get("required", False)
                    self.assertEqual(response.status_code == 400, required, response.content)

    def test_every_parameter_has_a_schema(self) -> None:
        for path, operations in load_schema()["paths"].items():
            for method, operation in operations.items():
                for parameter in operation.get("parameters", []):
                    with self.subTest(path=path, method=method, name=parameter["name"]):
                        schema = parameter["schema"]
                        assert schema["type"] == "boolean" or schema.keys() & {"pattern", "minimum", "enum"}


def test_the_names_of_components_stay_as_generated_clients_know_them() -> None:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    names = schema["components"]["schemas"].keys()
    assert names >= {"MessageForm", "PaginatedRoomFormList", "ProblemForm", "TaskForm"}
    assert not {name for name in names if "Schema" in name}


def test_the_schema_describes_everything_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", fail_on_warn=True, validate=True, file=str(tmp_path / "schema.yml"))


def test_concurrent_first_requests_for_the_schema_succeed() -> None:
    registry = OpenApiViewExtension._registry
    before = list(registry)
    for number in range(200):  # loaded lazily, like the library's own modules
        type(f"Absent{number}", (OpenApiViewExtension,), {"target_class": f"absent{number}.View"})
    SchemaView.written.clear()
    try:
        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(Client().get, "/api/schema/") for _ in range(4)]
            assert {answer.result().status_code for answer in answers} == {200}
    finally:
        registry[:] = before


def test_the_schema_is_generated_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def make(self: SchemaGenerator, **options: object) -> dict[str, object]:
        made.append(options)
        return {"openapi": "3.0.3", "paths": {"/" + "a" * 5000: {}}}

    monkeypatch.setattr(SchemaGenerator, "get_schema", make)
    monkeypatch.setattr(SchemaView, "written", {})
    with ThreadPoolExecutor(8) as pool:
        headers = [{}, {"Accept-Encoding": "gzip"}] * 10
        answers = [each.result() for each in [pool.submit(Client().get, "/api/schema/", headers=h) for h in headers]]
    assert len(made) == 1
    plain, packed = answers[:2]
    assert plain.headers["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content)
    json = Client().get("/api/schema/", headers={"Accept": "application/json"})
    assert json.json()["openapi"] == "3.0.3"
    assert len(made) == 2
    for etag in (plain.headers["ETag"], packed.headers["ETag"]):
        again = Client().get("/api/schema/", headers={"If-None-Match": etag, "Accept-Encoding": "gzip"})
        assert (again.status_code, again.content) == (304, b"")
        other = Client().get("/api/schema/", headers={"If-None-Match": etag, "Accept": "application/json"})
        assert other.status_code == 200
