"""Startup errors print one sentence and exit with a non-zero status, without a traceback."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from channels_redis.utils import _consistent_hash
from django.conf import settings

from chatproject.installation.data_dir import restrict_permissions
from chatproject.installation.embedded_valkey import SOCKET_PATH_BYTES, EmbeddedValkey
from chatproject.installation.setup_code import is_loopback, read_or_create_secret, setup_code_needed
from chatproject.realtime.delivery.groups import group_name
from rooms.events import room_stream
from rooms.tests.support.clients import Client, database, person, room_of
from rooms.tests.support.servers import RunningServer, TestValkey, free_port

pytestmark = pytest.mark.any_database


def run(module: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *module]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env={**os.environ, **env}, capture_output=True, text=True, timeout=30
    )


@pytest.mark.parametrize(
    ("variables", "arguments", "says"),
    [
        ({"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}, [], "REDIS_URL: no Redis server responds at 127.0.0.1"),
        ({"REDIS_URL": "http://127.0.0.1/"}, [], "REDIS_URL must begin with"),
        ({"REDIS_URL": "redis://127.0.0.1:6379,http://x/"}, [], "REDIS_URL must begin with"),
        ({"REDIS_URL": "redis://127.0.0.1:6379,redis://:secret@x:port"}, [], "(number 2 is not)"),
        ({"REDIS_URL": "redis://127.0.0.1:6379,"}, [], "(number 2 is not)"),
        ({"REDIS_URL": "redis://one,redis://two,redis://one"}, [], "REDIS_URL names the same server twice"),
        (
            {"REDIS_URL": f"{os.environ['REDIS_URL']},redis://127.0.0.1:1"},
            [],
            "REDIS_URL: no Redis server responds at 127.0",
        ),
        ({"REDIS_URL": ""}, [], "REDIS_URL is not set"),
        ({"DATABASE_URL": "postgres://x@127.0.0.1:1/x"}, [], "DATABASE_URL: no database responds at 127.0.0.1"),
        ({"DATABASE_URL": "nonsense"}, [], "DATABASE_URL must"),
        ({"SECRET_KEY": ""}, [], "SECRET_KEY is not set"),
        ({"TRUSTED_PROXIES": "10.0.0.1/8"}, [], "TRUSTED_PROXIES must be addresses or networks"),
        ({"HTTPS": "yes"}, [], "HTTPS=yes needs TRUSTED_PROXIES"),
        ({"DEBUG": "perhaps"}, [], "DEBUG must be yes or no"),
        ({}, ["--port", "http"], "--port must be a number"),
        ({}, ["--port", "70000"], "--port must be a number"),
        ({}, ["--workers", "2"], "--workers needs --server uvicorn"),
    ],
)
def test_a_server_that_can_not_start_says_why_in_one_sentence(
    variables: dict[str, str], arguments: list[str], says: str
) -> None:
    result = run(["manage.py", "serve", "--port", str(free_port()), *arguments], **variables)
    assert result.returncode != 0
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_demo_is_refused_on_a_public_address() -> None:
    result = run(["-m", "chatproject.installation.launcher", "--demo", "--host", "0.0.0.0", "--port", str(free_port())])
    assert result.returncode != 0
    assert "--demo" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_demo_has_its_own_folder_which_manage_can_use(tmp_path: Path) -> None:
    shown = run(["-m", "chatproject.installation.manage", "--demo", "diffsettings"], DATA_DIR=str(tmp_path))
    assert f"DATA_DIR = PosixPath('{tmp_path}/demo')" in shown.stdout, shown.stderr
    environment = {"DATA_DIR": str(tmp_path), "DATABASE_CONNECTIONS": "none"}
    started = run(["-m", "chatproject.installation.launcher", "--demo"], **environment)
    assert "DATABASE_CONNECTIONS" in started.stderr  # stops early: startup would take a while
    assert {path.name for path in tmp_path.iterdir()} == {"demo"}


def test_a_data_folder_that_can_not_be_made_is_named_in_one_sentence() -> None:
    result = run(["-m", "chatproject.installation.launcher", "--port", str(free_port())], DATA_DIR="/dev/null/data")
    assert result.returncode != 0
    assert "DATA_DIR: /dev/null/data can't be made" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_management_command_works_on_the_installation_of_the_data_folder(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path}/parlor.sqlite3"
    nothing_set = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "", "REDIS_URL": "", "DATABASE_URL": database_url}
    done = run(["-m", "chatproject.installation.manage", "migrate", "--verbosity", "0"], **nothing_set)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} >= {"parlor.sqlite3", "secret-key"}
    again = run(["-m", "chatproject.installation.manage", "task", "Water the plants"], **nothing_set)
    assert (again.returncode, again.stdout) == (0, "Task 1 created.\n"), again.stderr


def test_garbage_is_collected_once_the_apps_are_loaded() -> None:
    code = "import gc; print(gc.isenabled(), gc.get_freeze_count() > 0)"
    shown = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == ["True", "True"]


def test_new_and_existing_files_are_only_readable_by_their_owner(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    for name in ("secret-key", "parlor.sqlite3", "parlor.sqlite3-wal", "old.backup"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    (tmp_path / "elsewhere").touch(mode=0o644)
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "parlor.sqlite3-wal").unlink()
    here = {"DATA_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder}/new.sqlite3"}
    done = run(["-m", "chatproject.installation.manage", "migrate", "sessions", "--verbosity", "0"], **here)
    assert done.returncode == 0, done.stderr
    assert (folder / "new.sqlite3").exists()
    assert [
        path.name for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077 and path.name != "link"
    ] == []
    assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o644


def test_a_world_writable_folder_keeps_its_permissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    tmp_path.chmod(0o1777)
    before = os.umask(0o022)
    try:
        restrict_permissions()
        assert tmp_path.stat().st_mode & 0o7777 == 0o1777
        (tmp_path / "new").touch()
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_a_process_raises_its_open_files_limit_and_reserves_some() -> None:
    limits = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (100, {})); "
    limits += "from chatproject.servers.open_files import *; raise_open_files_limit(); print(max_connections())"
    for hard, connections in ((300, 225), (4096, 4096 - 512)):
        assert run(["-c", limits.format(hard)]).stdout == f"{connections}\n"


def test_a_database_that_can_not_be_opened_is_reported_in_one_sentence(tmp_path: Path) -> None:
    result = run(["manage.py", "migrate"], DATABASE_URL=f"sqlite:///{tmp_path}/absent/parlor.sqlite3")
    assert result.returncode != 0
    assert "The database did not do it: unable to open database file." in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


async def test_groups_are_spread_over_several_redis_servers(
    server_factory: Callable[..., RunningServer], valkey: TestValkey, tmp_path: Path
) -> None:
    second = TestValkey(tmp_path)
    second.start()
    try:
        server = server_factory(env={"REDIS_URL": f"{valkey.url},{second.url}"})
        user = await database(person, "owner")
        rooms = [await database(room_of, user) for _ in range(12)]
        async with await Client.open(server.ws_url, user=user) as client:
            for room in rooms:
                await client.join(room)
            for url in (valkey.url, second.url):
                with redis.Redis.from_url(url) as connection:
                    assert connection.pubsub_channels("*group*")
            for room in rooms:
                await client.say(room, "hello")
                await client.wait_until(lambda room=room: client.contents(room) == ["hello"])  # type: ignore[misc]
            await asyncio.to_thread(second.kill9)
            with redis.Redis.from_url(valkey.url) as connection:
                for _ in range(12):  # groups on the dead one are delivered by the version check
                    rooms.append(await database(room_of, user))
                    await client.join(rooms[-1])
                groups = [f"{settings.REDIS_PREFIX}__group__{group_name(room_stream.key(room.pk))}" for room in rooms]
                here = {group for group in groups if _consistent_hash(group, 2) == 0}
                async with asyncio.timeout(20):
                    while not here <= {name.decode() for name in connection.pubsub_channels("*")}:
                        await asyncio.sleep(0.1)
    finally:
        second.stop()


def test_a_valkey_left_running_is_taken_over_and_stopped_by_its_last_user(tmp_path: Path) -> None:
    killed, first, second = (EmbeddedValkey(tmp_path) for _ in range(3))
    killed.start()
    assert killed._users is not None
    killed._users.close()  # as the kernel does for a killed process
    first.start()
    second.start()
    assert first.pid == second.pid == killed.pid
    first.stop()
    assert second._running_pid() == killed.pid
    assert killed._process is not None
    second._process = killed._process  # so that somebody reaps it
    second.stop()
    assert second._running_pid() == 0


def test_the_socket_of_a_folder_with_a_long_path_is_elsewhere_and_private(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    valkey = EmbeddedValkey(deep)
    try:
        assert len(os.fsencode(valkey.socket)) <= SOCKET_PATH_BYTES
        assert valkey.folder.stat().st_mode & 0o777 == 0o700
    finally:
        valkey.folder.rmdir()


def test_a_secret_is_created_once_and_only_readable_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    assert read_or_create_secret(path, 50) == read_or_create_secret(path, 50)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_setup_code_is_needed_if_strangers_can_connect() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")
    assert not setup_code_needed("127.0.0.1", ["localhost", "127.0.0.1", "[::1]"])
    assert setup_code_needed("0.0.0.0", ["localhost"])
    assert setup_code_needed("127.0.0.1", ["chat.example.org"])
