"""Traces reach a collector, say nothing of what people wrote, and cost nothing while they are off."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from django.conf import settings

from chatproject.tracing import traced
from rooms.tests.support.clients import PATIENCE, Client, database, person, room_of, token_of
from rooms.tests.support.servers import RunningServer, free_port

pytestmark = pytest.mark.any_database
Factory = Callable[..., RunningServer]
MARKER = "words-of-a-person"


class Collector:
    """Receives traces over OTLP/HTTP, like OpenTelemetry's collector."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.arrived = threading.Condition()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/v1/traces":
                    with collector.arrived:
                        collector.bodies.append(body)
                        collector.arrived.notify_all()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self) -> dict[str, dict[str, object]]:
        """Return the attributes of the last span of each name."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        found: dict[str, dict[str, object]] = {}
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                about = {one.key: one.value.string_value for one in resource.resource.attributes}
                assert about["service.name"] == "parlor"
                for span in (span for scope in resource.scope_spans for span in scope.spans):
                    assert not span.events
                    assert not span.status.message
                    found[span.name] = {
                        one.key: one.value.string_value or one.value.int_value for one in span.attributes
                    }
        return found

    def wait_for(self, *names: str) -> dict[str, dict[str, object]]:
        """Return the spans once all of these have arrived. Raises AssertionError."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: self.spans().keys() >= {*names}, PATIENCE), self.spans().keys()
        return self.spans()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector of this test's own."""
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


async def test_requests_actions_and_commits_are_traced_without_what_people_wrote(
    server_factory: Factory, collector: Collector
) -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}  # ms
    server = server_factory("uvicorn", env=env)
    user = await database(person, MARKER)
    room = await database(room_of, user)
    token = token_of(user)
    async with await Client.open(server.ws_url, user=user) as client:
        welcome = await client.wait_for("welcome")
        await client.join(room)
        await client.say(room, MARKER)
        await client.ask(MARKER)
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as http:
        path = f"/api/rooms/{room.name}/messages/"
        answer = await http.post(path, json={"content": MARKER})
        await http.get(f"{path}?{MARKER}={MARKER}")
        await http.get(f"/{MARKER}/")
    posts = "POST /api/rooms/<str:name>/messages/"
    spans = collector.wait_for(posts, "action sendMessage", "action unknown", "commit messages", "GET")
    assert spans[posts]["http.response.status_code"] == 201
    assert spans[posts]["parlor.request_id"] == answer.headers["X-Request-ID"]
    assert spans["action sendMessage"]["parlor.connection_id"] == welcome["connection_id"]
    assert spans["action unknown"]["error.type"] == "ProtocolError"
    assert spans["commit messages"]["parlor.messages"] == 1
    everything = b"".join(collector.bodies)
    assert [one for one in (MARKER, token, user.username, room.name, "127.0.0.1") if one.encode() in everything] == []


async def test_a_server_works_while_its_collector_is_away(server_factory: Factory) -> None:
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}", "OTEL_BSP_SCHEDULE_DELAY": "100"}
    server = server_factory("uvicorn", env=env)
    user = await database(person, "ann")
    room = await database(room_of, user)
    async with await Client.open(server.ws_url, user=user) as client:
        await client.join(room)
        assert (await client.say(room, "hello"))["type"] == "ack"
    assert server.terminate() == 0


def test_while_traces_are_off_nothing_of_them_is_imported_or_called() -> None:
    program = """
import chatproject.asgi, sys
from chatproject.realtime.sockets.consumer import Consumer
from django.conf import settings
loaded = {name for name, module in sys.modules.items() if module and name.startswith("opentelemetry")}
assert loaded <= {"opentelemetry", "opentelemetry.sdk"}, loaded  # empty packages, in which the client of Redis looks
assert not hasattr(Consumer.dispatch, "__wrapped__")
assert not [name for name in settings.MIDDLEWARE if "tracing" in name]"""
    subprocess.run([sys.executable, "-c", program], cwd=settings.BASE_DIR, check=True)

    def function() -> None:
        pass

    assert traced(lambda: ("name", {}))(function) is function


@pytest.mark.parametrize("endpoint", ["collector:4318", "ftp://collector"])
def test_a_malformed_endpoint_is_refused(endpoint: str) -> None:
    command = [sys.executable, "manage.py", "check"]
    env = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True)
    assert done.returncode != 0
    assert re.search("OTEL_EXPORTER_OTLP_ENDPOINT must look like", done.stderr)
