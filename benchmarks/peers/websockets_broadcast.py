"""A chat with `websockets` and its `broadcast`, as its documentation has it: host and port as arguments."""

import asyncio
import sys

from websockets.asyncio.server import broadcast, serve

CLIENTS = set()


async def handler(websocket):
    """Hand on what one says to all."""
    CLIENTS.add(websocket)
    try:
        async for message in websocket:
            broadcast(CLIENTS, message)
    finally:
        CLIENTS.remove(websocket)


async def main():
    """Serve until ended."""
    async with serve(handler, sys.argv[1], int(sys.argv[2])) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
