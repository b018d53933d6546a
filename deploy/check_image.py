"""Runs what the Dockerfile makes of this project, without Docker: as another user, and with a read-only root.

The files that .dockerignore lets through are copied to an empty folder, where the steps of the Dockerfile are carried
out with the packages of .venv. Then a server runs in a mount namespace in which only DATA_DIR can be written. Needs
root.
"""

import fnmatch
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

DEPLOY = Path(__file__).resolve().parent
PROJECT = DEPLOY.parent
USER = 10001  # as in the Dockerfile


def context(target: Path) -> None:
    """Copy what `docker build` would send: the files that .dockerignore lets through."""
    lines = (PROJECT / ".dockerignore").read_text().split()
    kept = [line[1:] for line in lines if line.startswith("!")]
    ignored = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
    assert set(lines) == {"*", *(f"!{name}" for name in kept), *(f"**/{name}" for name in ignored)}
    for name in kept:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(
                source, target / name, ignore=lambda folder, names: [one for one in names if one in ignored]
            )
        else:
            shutil.copy(source, target / name)


def copied() -> set[str]:
    """Return the files that the Dockerfile copies by name."""
    found = re.findall(r"^COPY (.*) \./$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    return {name for names in found for name in names.split() if name != "."}


@cache
def as_user() -> list[str]:
    """Return what runs a command as the image's user, or nothing if that user can't read this Python."""
    user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"]
    if subprocess.run([*user, "test", "-r", os.__file__], check=False).returncode == 0:
        return user
    print("not checked: another user, who can't read the Python of .venv")
    return []


def in_container(command: list[str], writable: Path) -> list[str]:
    """Return a command that runs another as the image's user, with only one folder that can be written."""
    own = f"mount --bind {writable} {writable} && mount -o remount,ro,bind / && mount -o remount,rw,bind {writable}"
    program = [*as_user(), *command]
    return ["unshare", "--mount", "sh", "-c", f'{own} && exec "$@"', "sh", *program]


def check(truth: bool, what: str) -> None:
    """Print a check that passed. Raises AssertionError if it failed."""
    print(("ok: " if truth else "NOT: ") + what, flush=True)
    assert truth, what


def ask(port: int, path: str, language: str = "en") -> tuple[int, str]:
    """Return the status and body of a response."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"X-Forwarded-Proto": "https", "Accept-Language": language, "X-Forwarded-For": "192.0.2.1"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def use(folder: Path, python: str) -> None:
    """Build and check. Raises AssertionError."""
    app, data, static = folder / "srv", folder / "data", folder / "static"
    app.mkdir()
    context(app)
    check(all((app / name).exists() for name in copied()), f"the files that are copied by name: {sorted(copied())}")
    subprocess.run([python, "-m", "compileall", "-q", "chatproject", "notifications", "rooms"], cwd=app, check=True)
    for each in (data, data / "storage", static):
        each.mkdir(mode=0o700)
        if as_user():
            os.chown(each, USER, USER)
    from chatproject.installation.embedded_valkey import EmbeddedValkey

    valkey = EmbeddedValkey(folder / "valkey")
    valkey.start()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        redis_port = probe.getsockname()[1]
    with valkey._client() as client:  # its socket is for its own user only
        client.config_set("port", redis_port)
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "LOG_FORMAT": "json",
        "DATA_DIR": str(data),
        "TMPDIR": str(data),
        "STATIC_DIR": str(static),
        "SECRET_KEY": "for this check only, and as long as a key should be",
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "HTTPS": "yes",
        "TRUSTED_PROXIES": "127.0.0.1",
        "SETUP_CODE": "for this check only",
    }
    try:
        serve(app, data, static, python, environment)
    finally:
        valkey.stop()


def serve(app: Path, data: Path, static: Path, python: str, environment: dict[str, str]) -> None:
    """Collect static files and migrate, run a server with two workers, and ask it. Raises AssertionError."""

    def run(*arguments: str, writable: Path = data) -> subprocess.CompletedProcess[str]:
        command = in_container([python, "manage.py", *arguments], writable)
        return subprocess.run(
            command, cwd=app, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    done = run("collectstatic", "--noinput", "--verbosity", "0", writable=static)
    check(done.returncode == 0, f"collectstatic as the image's user {done.stderr[-300:]}")
    done = run("migrate", "--verbosity", "0")
    check(done.returncode == 0, f"migrate with a read-only root {done.stderr[-300:]}")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [python, "manage.py", "serve", "--server", "uvicorn", "--workers", "2", "--port", str(port)]
    with subprocess.Popen(in_container(command, data), cwd=app, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(150):
                try:
                    status, body = ask(port, "/ready")
                    break
                except OSError:
                    time.sleep(0.2)
            check(status == 200, f"a server with two workers and a read-only root is ready: {body}")
            status, page = ask(port, "/accounts/setup/", "de")
            check(status == 200 and 'lang="de"' in page and "Konto" in page, "a page, in German")
            style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
            check(style.startswith("/static/") and ask(port, style)[0] == 200, f"a static file: {style}")
            done = run("doctor")
            wrong = [line for line in done.stdout.splitlines() if line.startswith("error")]
            check(done.returncode == 0 and not wrong, f"doctor finds no error {wrong} {done.stderr[-300:]}")
            agent = "from chatproject.outgoing.client import user_agent; print(user_agent())"
            shown = run("shell", "--no-imports", "-c", agent).stdout
            check(fnmatch.fnmatch(shown, "Parlor/*"), f"the name under which it requests pages: {shown.strip()}")
            done = run("backup", str(data / "backup.tar"))
            check(done.returncode == 0, f"backup {done.stderr[-300:]}")
        finally:
            server.terminate()
            server.wait(20)


def main() -> None:
    """Exit with a non-zero status if a check fails."""
    if os.geteuid() != 0:
        print("not checked: needs root, for another user and a read-only root")
        return
    sys.path.insert(0, str(PROJECT))
    # Not in a folder that is closed to others, as both users need it.
    with tempfile.TemporaryDirectory(prefix="parlor-image-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            use(folder, str(PROJECT / ".venv/bin/python"))
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            sys.exit(f"deploy/check: {error!r}")


if __name__ == "__main__":
    main()
