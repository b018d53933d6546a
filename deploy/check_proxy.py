"""Runs nginx with deploy/nginx.conf in front of two server processes, and uses them through it like a client."""

import asyncio
import http.client
import json
import os
import pwd
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

DEPLOY = Path(__file__).resolve().parent
PROJECT = DEPLOY.parent
HELD_SECONDS = 80  # longer than nginx waits for a silent server
NAME = "localhost"


def free_ports(count: int) -> list[int]:
    """Return TCP ports that are not in use."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def nginx_configuration(folder: Path, http: int, https: int, servers: list[int]) -> Path:
    """Return deploy/nginx.conf with only the addresses and paths changed for this check."""
    text = (DEPLOY / "nginx.conf").read_text()
    upstream = "\n".join(f"        server 127.0.0.1:{port} fail_timeout=2s;" for port in servers)
    for old, new in {
        "        server app:8000 fail_timeout=2s;": upstream,
        "/etc/nginx/tls": str(folder),
        "/run/nginx.pid": str(folder / "nginx.pid"),
        "chat.example.org": NAME,
        "listen 80": f"listen 127.0.0.1:{http}",
        "listen [::]:80": f"listen [::1]:{http}",
        "listen 443": f"listen 127.0.0.1:{https}",
        "listen [::]:443": f"listen [::1]:{https}",
        "/var/lib/parlor/storage/": f"{folder}/storage/",
    }.items():
        assert old in text, f"deploy/nginx.conf has no {old!r}"
        text = text.replace(old, new)
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


class Setting:
    """Two servers with one database and one Valkey, behind nginx."""

    def __init__(self, folder: Path) -> None:
        """Start everything. Raises CalledProcessError if a step fails."""
        self.folder = folder
        self.http, self.https, *self.servers = free_ports(4)
        certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
        certificate += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(folder / "privkey.pem")]
        certificate += ["-out", str(folder / "fullchain.pem")]
        subprocess.run(certificate, check=True, capture_output=True)
        self.trust = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        for command in ("migrate", "collectstatic --noinput"):
            subprocess.run([sys.executable, "manage.py", *command.split(), "--verbosity", "0"], cwd=PROJECT, check=True)
        serve = [sys.executable, "manage.py", "serve", "--server", "uvicorn", "--port"]
        self.processes = [
            subprocess.Popen([*serve, str(port)], cwd=PROJECT, stdout=subprocess.DEVNULL) for port in self.servers
        ]
        conf = nginx_configuration(folder, self.http, self.https, self.servers)
        # Its workers must be able to read the files, as docs/files.md says.
        user = f" user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
        nginx = ["nginx", "-c", str(conf), "-e", "stderr", "-g", f"daemon off;{user}"]
        subprocess.run([*nginx, "-t"], check=True)
        self.processes.append(subprocess.Popen(nginx))
        for port in self.servers:
            wait_for(port)

    def close(self) -> None:
        """Stop everything."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(20)

    def ask(self, path: str, body: object = None, token: str = "", port: int = 0) -> tuple[int, Any]:
        """Return the status and headers of a response through nginx or, with a port, from one server directly."""
        address = f"http://127.0.0.1:{port}{path}" if port else f"https://{NAME}:{self.https}{path}"
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(address, json.dumps(body).encode() if body else None, headers)
        try:
            with urllib.request.urlopen(request, context=None if port else self.trust, timeout=10) as answer:
                return answer.status, (answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.code, (error.headers, "")

    def send(
        self, method: str, path: str, token: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, Any, bytes]:
        """Return the status, headers and body of a response through nginx."""
        given = {"Authorization": f"Bearer {token}"} | (headers or {})
        request = urllib.request.Request(f"https://{NAME}:{self.https}{path}", body, given, method=method)
        try:
            with urllib.request.urlopen(request, context=self.trust, timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, b""

    def sockets_of(self, port: int) -> int:
        """Return how many sockets a server has open, by its own metric."""
        _, (_, text) = self.ask("/metrics", port=port)
        line = next(line for line in text.splitlines() if line.startswith("parlor_connections "))
        return int(float(line.split()[1]))

    async def open(self, token: str, room: str) -> ClientConnection:
        """Open a socket through nginx that joins the room, like a page."""
        return await connect(
            f"wss://{NAME}:{self.https}/ws/rooms/{room}/",
            ssl=self.trust,
            proxy=None,
            origin=Origin(f"https://{NAME}:{self.https}"),
            additional_headers={"Authorization": f"Bearer {token}"},
        )


def wait_for(port: int) -> None:
    """Return once a server answers there. Raises AssertionError."""
    for _ in range(150):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"nothing listens on port {port}")


def person_in_room() -> tuple[str, str]:
    """Return an access token and the name of a room."""
    import django

    django.setup()
    from rest_framework_simplejwt.tokens import AccessToken

    from rooms.models import User
    from rooms.services.rooms import room_create

    user = User.objects.create_user("ann")
    return str(AccessToken.for_user(user)), room_create(by=user, name="hall", kind="private").name


async def received(client: ClientConnection, content: str) -> None:
    """Read frames until a message has this text. Raises TimeoutError."""
    async with asyncio.timeout(10):
        async for frame in client:
            told = json.loads(frame)
            if told["type"] == "messages" and any(message["content"] == content for message in told["messages"]):
                return


def check(truth: bool, what: str) -> None:
    """Print a check that passed. Raises AssertionError if it failed."""
    print(("ok: " if truth else "NOT: ") + what, flush=True)
    assert truth, what


def use_files(setting: Setting, token: str, room: str) -> None:
    """Check uploading through nginx, and that nginx sends the files. Raises AssertionError."""
    send, part = setting.send, 8 * 1024 * 1024
    content = os.urandom(part + 1000)
    about = {"Upload-Length": str(len(content)), "Upload-Metadata": "filename bm9pc2UuYmlu"}  # noise.bin
    status, _, body = send("POST", f"/api/rooms/{room}/uploads/", token, about)
    upload = f"/api/uploads/{json.loads(body)['id']}/"
    kind = {"Content-Type": "application/offset+octet-stream"}
    status, _, _ = send("PATCH", upload, token, kind | {"Upload-Offset": "0"}, content[: part + 1])
    check(status == 413, "a part of more than 8 MiB is refused")
    for offset in (0, part):
        status, _, _ = send("PATCH", upload, token, kind | {"Upload-Offset": str(offset)}, content[offset:][:part])
        check(status == 204, f"a part of a file from {offset}")
    url = json.loads(send("GET", upload, token)[2])["attachment"]["url"]
    status, headers, body = send("GET", url, token)
    check((status, body) == (200, content), "the file through nginx")
    check("X-Accel-Redirect" not in headers and headers["Server"] == "nginx", "sent by nginx")
    check("sandbox" in headers["Content-Security-Policy"], "with Parlor's policy for files")
    check(headers["X-Content-Type-Options"] == "nosniff", "and nosniff")
    check(headers["Cache-Control"] == "private, no-cache", "and its caching")
    check(headers["Content-Disposition"] == 'attachment; filename="noise.bin"', "and the file's name")
    status, _, body = send("GET", url, token, {"Range": "bytes=1000-1999"})
    check((status, body) == (206, content[1000:2000]), "a part of it")
    status, _, _ = send("GET", url, token, {"If-None-Match": headers["ETag"]})
    check(status == 304, "a browser that has it does not load it again")
    check(send("GET", url, "nobody's")[0] == 404, "nobody else gets it")
    [stored] = (setting.folder / "storage" / "files").glob("*/*")
    address = f"/stored-files/files/{stored.parent.name}/{stored.name}"
    check(send("GET", address, token)[0] == 404, "and nobody by its place in the storage")


def refuse_strangers(setting: Setting) -> None:
    """Check that requests for other names get no answer, and that one address has a limit. Raises AssertionError."""
    for host in ("elsewhere.example", f"127.0.0.1:{setting.http}", ""):
        plain = http.client.HTTPConnection("127.0.0.1", setting.http, timeout=10)
        plain.putrequest("GET", "/", skip_host=True)
        plain.putheader("Host", host)
        plain.endheaders()
        try:
            answer = plain.getresponse().status
        except ConnectionError:  # closed, or reset
            answer = 0
        check(answer in ({0} if host else {0, 400}), f"http for {host or 'no name'} gets no answer")
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    for name in ("elsewhere.example", None):
        try:
            with socket.create_connection(("127.0.0.1", setting.https), 10) as connection:
                unchecked.wrap_socket(connection, server_hostname=name).close()
            shaken = True
        except (ssl.SSLError, ConnectionError):
            shaken = False
        check(not shaken, f"https for {name or 'no name'} gets no certificate")
    with socket.create_connection(("127.0.0.1", setting.https), 10) as connection:
        secure = setting.trust.wrap_socket(connection, server_hostname=NAME)
        secure.sendall(b"GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n")
        try:
            answered = secure.recv(100)
        except ConnectionError:
            answered = b""
        check(answered == b"", "another name in a request over https gets no answer")
        secure.close()
    with ThreadPoolExecutor(16) as threads:
        statuses = set(threads.map(lambda _: setting.ask("/ping")[0], range(1500)))
    check(statuses == {200, 429}, f"1,500 requests of one address at once: {statuses}")
    time.sleep(6)  # until the address may ask again


async def use(setting: Setting, token: str, room: str) -> None:
    """Check everything that a deployment must provide. Raises AssertionError."""
    ask = setting.ask
    status, (_, page) = await asyncio.to_thread(ask, "/accounts/login/")
    check(status == 200, "a page through nginx, over https")
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    status, (headers, _) = await asyncio.to_thread(ask, style)
    check(status == 200 and "immutable" in headers["Cache-Control"], f"a static file, to be kept for ever: {style}")
    plain = http.client.HTTPConnection("127.0.0.1", setting.http, timeout=10)
    plain.request("GET", "/", headers={"Host": NAME})
    answer = plain.getresponse()
    check((answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/"), "http is sent to https")
    check((await asyncio.to_thread(ask, "/metrics"))[0] == 404, "/metrics is not to be had through nginx")

    await asyncio.to_thread(use_files, setting, token, room)
    await asyncio.to_thread(refuse_strangers, setting)

    clients = [await setting.open(token, room) for _ in range(4)]
    spread = [setting.sockets_of(port) for port in setting.servers]
    check(spread == [2, 2], f"four sockets are spread over both servers: {spread}")
    status, _ = await asyncio.to_thread(ask, f"/api/rooms/{room}/messages/", {"content": "by REST"}, token)
    check(status == 201, "a message by REST")
    for client in clients:
        await received(client, "by REST")
    check(True, "and all four have it")
    print(f"... holding them for {HELD_SECONDS} s", flush=True)
    await asyncio.sleep(HELD_SECONDS)
    await clients[0].send(json.dumps({"action": "sendMessage", "room_name": room, "content": "still here"}))
    for client in clients:
        await received(client, "still here")
    check(True, "four sockets that said nothing are open, and all have a message sent by one")

    setting.processes[0].terminate()
    await asyncio.to_thread(setting.processes[0].wait, 20)
    async with asyncio.timeout(10):
        while sum(client.close_code == 1012 for client in clients) < 2:
            await asyncio.sleep(0.1)
    check(sum(client.close_code is None for client in clients) == 2, "one server ends: its two sockets get 1012")
    back = [await setting.open(token, room) for _ in range(2)]
    check(setting.sockets_of(setting.servers[1]) == 4, "and come back to the other one")
    for client in clients + back:
        await client.close()


def main() -> None:
    """Exit with a non-zero status if a check fails."""
    with tempfile.TemporaryDirectory(prefix="parlor-deploy-") as name:
        folder = Path(name)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "chatproject.settings",
            "DATA_DIR": name,
            "SECRET_KEY": "for this check only, and as long as a key should be",
            "HTTPS": "yes",
            "TRUSTED_PROXIES": "127.0.0.1",
            "ALLOWED_HOSTS": f"{NAME},127.0.0.1",
            "LOG_LEVEL": "WARNING",
            "FILES_ACCEL_PATH": "/stored-files/",
        }
        for variable in ("DATABASE_URL", "FILE_STORAGE", "DEBUG", "METRICS_TOKEN", "CSRF_TRUSTED_ORIGINS"):
            os.environ.pop(variable, None)
        sys.path.insert(0, str(PROJECT))
        from chatproject.installation.embedded_valkey import EmbeddedValkey

        valkey = EmbeddedValkey(folder)
        valkey.start()
        os.environ["REDIS_URL"] = valkey.url
        try:
            setting = Setting(folder)
            try:
                asyncio.run(use(setting, *person_in_room()))
            finally:
                setting.close()
        except (AssertionError, OSError, TimeoutError, subprocess.SubprocessError) as error:
            sys.exit(f"deploy/check: {error!r}")
        finally:
            valkey.stop()


if __name__ == "__main__":
    main()
