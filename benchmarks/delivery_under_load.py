"""How long a live message takes while clients ask the REST API as fast as they can.

For this checkout, or another one: `.venv/bin/python benchmarks/delivery_under_load.py [checkout]`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import servers
from compare import ROOM, Side, requests, side_of

SECONDS, PAUSE = 8.0, 0.05  # of a measurement; between two messages


async def measure(side: Side, clients: int) -> str:
    """Return a row of the table: latency of messages while so many clients ask for pages of messages."""
    first, second = list(side.tokens.values())[:2]
    sent_at: dict[str, float] = {}
    latencies: list[float] = []
    async with side.connect(first) as reader, side.connect(second) as sender:
        await reader.send(json.dumps({"action": "joinRoom", "room_name": ROOM, "history": 0}))
        while json.loads(await reader.recv())["type"] != "joined":
            pass

        async def read() -> None:
            async for text in reader:
                now, messages = time.perf_counter(), json.loads(text).get("messages", [])
                latencies.extend(now - sent_at[message["client_id"]] for message in messages)

        async def drain() -> None:
            async for _ in sender:
                pass

        reading = [asyncio.create_task(read()), asyncio.create_task(drain())]
        ended = asyncio.Event()
        asking = [asyncio.create_task(requests("messages")(side, number, ended)) for number in range(clients)]
        await asyncio.sleep(1)
        until = time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            client_id = f"{clients}-{len(sent_at)}"
            sent_at[client_id] = time.perf_counter()
            frame = {"action": "sendMessage", "room_name": ROOM, "client_id": client_id, "content": "hello"}
            await sender.send(json.dumps(frame))
            await asyncio.sleep(PAUSE)
        ended.set()
        answered = sum(await asyncio.gather(*asking))
        await asyncio.sleep(1)
        for task in reading:
            task.cancel()
    if len(latencies) != len(sent_at):
        raise RuntimeError(f"{len(latencies)} of {len(sent_at)} messages arrived.")
    latencies.sort()
    p50, p99 = (latencies[int(len(latencies) * part)] * 1000 for part in (0.5, 0.99))
    return f"| {clients} | {p50:.1f} | {p99:.1f} | {answered:,} |"


async def main(checkout: Path) -> None:
    """Measure without clients and with 50."""
    with side_of("measured", checkout, "") as side:
        print("| clients | p50 ms | p99 ms | requests answered |\n|---|---|---|---|")
        for clients in (0, 50):
            print(await measure(side, clients), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else servers.ROOT))
