"""`/metrics`: its content, and who can read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from django.conf import LazySettings
from django.test import Client as DjangoClient
from prometheus_client.parser import text_string_to_metric_families

from rooms.tests.support.clients import Client, database, person, room_of, token_of
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.any_database
Factory = Callable[..., RunningServer]


async def counted(server: RunningServer) -> dict[str, float]:
    """Return a server's metrics, without histogram buckets."""
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"{server.url}/metrics")).raise_for_status().text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {sample.name: sample.value for sample in samples if "le" not in sample.labels}


async def test_metrics_of_two_workers_are_summed_and_their_folder_is_deleted(
    server_factory: Factory, tmp_path: Path
) -> None:
    (tmp_path / "metrics" / "999999999").mkdir(parents=True)  # of a server that was killed
    server = server_factory("uvicorn", arguments=["--workers", "2"], env={"DATA_DIR": str(tmp_path)})
    assert [folder.name for folder in (tmp_path / "metrics").iterdir()] == [str(server.pid)]
    user = await database(person, "ann")
    room = await database(room_of, user)
    clients = [await Client.open(server.ws_url, user=user) for _ in range(8)]
    for client in clients:
        await client.join(room)
    await clients[0].say(room, "one")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token_of(user)}"}) as http:
        await http.post(f"{server.url}/api/rooms/{room.name}/messages/", json={"content": "two"})
    for client in clients:
        await client.wait_until(lambda client=client: client.contents(room) == ["one", "two"])  # type: ignore[misc]
    now = await counted(server)
    assert now["parlor_connections"] == 8
    assert now["parlor_messages_posted_total"] == 2
    assert now["parlor_deliveries_total"] == 16
    assert now["parlor_commit_batch_messages_count"] == now["parlor_commit_seconds_count"] == 2
    assert now["parlor_fan_out_seconds_count"] >= 2
    assert now["parlor_announcements_lost_total"] == now["parlor_slow_readers_closed_total"] == 0
    for client in clients:
        await client.close()
    while (await counted(server))["parlor_connections"]:
        pass
    server.terminate()
    assert list((tmp_path / "metrics").iterdir()) == []


def test_without_a_token_only_this_machine_can_read_the_metrics() -> None:
    client = DjangoClient()
    assert b"parlor_connections" in client.get("/metrics").content
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via"):
        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404
    stranger = client.get("/metrics", REMOTE_ADDR="192.0.2.7")
    assert stranger.status_code == 404
    assert stranger.content == client.get("/no-such-page").content


@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.7"])
def test_with_a_token_only_clients_that_send_it_can_read_the_metrics(settings: LazySettings, address: str) -> None:
    settings.METRICS_TOKEN = "sesame"
    client = DjangoClient(REMOTE_ADDR=address)
    assert client.get("/metrics", headers={"Authorization": "Bearer sesame"}).status_code == 200
    for wrong in ("Bearer other", "sesame", "Bearer sesam\u00e9", ""):
        assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 404
    assert client.get("/metrics").status_code == 404


def test_probes_answer_over_http_when_everything_else_redirects_to_https(settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = DjangoClient()
    assert [client.get(path).status_code for path in ("/ping", "/health", "/metrics")] == [200, 200, 200]
    assert client.get("/metrics/x").status_code == 301
