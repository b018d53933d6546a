"""Load balancers that send each connection to the next server, without sticky sessions."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from rooms.tests.support.servers import free_port

NGINX = """
daemon off; pid {folder}/nginx.pid; error_log stderr; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    upstream parlor {{ {servers} }}
    map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://parlor; proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
            proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


@asynccontextmanager
async def balanced(ports: Sequence[int], *, nginx: bool = False) -> AsyncIterator[str]:
    """Balance over servers at these local ports. Yields the host and port for clients."""
    async with _nginx(ports) if nginx else _round_robin(ports) as address:
        yield address


@asynccontextmanager
async def _round_robin(ports: Sequence[int]) -> AsyncIterator[str]:
    turns = itertools.cycle(ports)
    pumps: set[asyncio.Task[None]] = set()

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        except ConnectionError:
            pass
        finally:
            target.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", next(turns))
        for source, target in ((reader, back_writer), (back_reader, writer)):
            task = asyncio.ensure_future(pump(source, target))
            pumps.add(task)
            task.add_done_callback(pumps.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield f"{host}:{port}"
    server.close()
    for task in list(pumps):
        task.cancel()


@asynccontextmanager
async def _nginx(ports: Sequence[int]) -> AsyncIterator[str]:
    with tempfile.TemporaryDirectory(prefix="parlor-nginx-") as folder:
        port = free_port()
        servers = " ".join(f"server 127.0.0.1:{each};" for each in ports)
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, servers=servers, port=port))
        search = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
        process = await asyncio.create_subprocess_exec("nginx", "-c", str(configuration), env=search)
        try:
            for _ in range(100):
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.05)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            await process.wait()
