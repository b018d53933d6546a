"""The channel layer: the pub/sub layer of channels_redis, over a connection that costs less for each message.

The client that channels_redis uses spends four times as long on sending and receiving an announcement. Here, one
connection per Redis server does both without tasks or timeouts of its own, and hiredis parses what arrives. Connecting,
with TLS and passwords, is left to the client.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from itertools import chain
from typing import Any, TypeVar

import hiredis
from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer
from channels_redis.utils import create_pool
from redis.exceptions import ConnectionError as RedisConnectionError

from chatproject.redis_outage import REDIS_UNAVAILABLE

logger = logging.getLogger(__name__)
T = TypeVar("T")
RECONNECT_SECONDS = 1.0  # between two attempts to subscribe again
CONNECT_SECONDS = 10.0  # until connected and subscribed to everything
DEAD_SECONDS = 5.0  # without a reply that is due, until the connection is given up


class RedisLayer(RedisPubSubChannelLayer):  # type: ignore[misc]  # channels_redis has no types
    """Channels' Redis pub/sub layer."""

    def _get_layer(self) -> RedisPubSubLoopLayer:
        known = asyncio.get_running_loop() in self._layers
        layer = super()._get_layer()
        if not known:
            layer._shards = [RedisShard(shard.host, layer) for shard in layer._shards]
        return layer


class RedisShard:
    """One of the layer's Redis servers. Replaces channels_redis's RedisSingleShardConnection.

    It connects when it is first used. After a lost connection it subscribes again to what it was subscribed to.
    """

    def __init__(self, host: dict[str, Any], layer: RedisPubSubLoopLayer) -> None:
        self._pool = create_pool(host)
        self._layer = layer
        self._subscriptions: dict[str, asyncio.Task[None]] = {}  # by channel; done when Redis has confirmed it
        self._link: Link | None = None
        self._connecting: asyncio.Task[Link] | None = None
        self._reconnecting: asyncio.Task[None] | None = None

    async def publish(self, channel: str, message: bytes) -> None:
        """Publish a message. Raises redis.RedisError or OSError."""
        link = await self._connected()
        await link.publish(channel, message)

    async def subscribe(self, channel: str) -> None:
        """Receive messages of a channel. Raises redis.RedisError or OSError."""
        if channel not in self._subscriptions:
            self._subscriptions[channel] = shared_task(self._subscribe(channel))
        await asyncio.shield(self._subscriptions[channel])

    async def _subscribe(self, channel: str) -> None:
        try:
            link = await self._connected()
            await link.subscribe(channel)
        except BaseException:
            if self._subscriptions.get(channel) is asyncio.current_task():
                del self._subscriptions[channel]
            raise

    async def unsubscribe(self, channel: str) -> None:
        """Undo `subscribe`."""
        if self._subscriptions.pop(channel, None) is not None:
            link = await self._connected()
            await link.unsubscribe(channel)

    async def flush(self) -> None:
        """Disconnect and forget all subscriptions."""
        tasks = [*self._subscriptions.values(), self._reconnecting, self._connecting]
        self._subscriptions.clear()
        for task in tasks:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if self._link is not None:
            await self._link.close()

    async def _connected(self) -> Link:
        if self._link is not None and not self._link.is_closing:
            return self._link
        if self._connecting is None:
            self._connecting = shared_task(self._connect())
        return await asyncio.shield(self._connecting)

    async def _connect(self) -> Link:
        try:
            connection = self._pool.make_connection()
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await connection.connect()
                    link = Link(connection, self._receive, self._on_lost)
                    await asyncio.gather(*map(link.subscribe, self._subscriptions))
            except BaseException:
                await connection.disconnect(nowait=True)
                raise
            self._link = link
            return link
        finally:
            self._connecting = None

    def _receive(self, channel: bytes, message: bytes) -> None:
        name, layer = channel.decode(), self._layer
        for receiver in [name] if name in layer.channels else layer.groups.get(name, ()):
            if receiver in layer.channels:
                layer.channels[receiver].put_nowait(message)

    def _on_lost(self, link: Link) -> None:
        if self._link is link:
            self._link = None
            if self._subscriptions and self._reconnecting is None:
                logger.warning("connection to Redis lost", extra=REDIS_UNAVAILABLE)
                self._reconnecting = asyncio.create_task(self._reconnect())

    async def _reconnect(self) -> None:
        try:
            while self._subscriptions and (self._link is None or self._link.is_closing):
                try:
                    await self._connected()
                except Exception as error:
                    logger.warning("could not connect to Redis: %r", error, extra=REDIS_UNAVAILABLE)
                    await asyncio.sleep(RECONNECT_SECONDS)
        finally:
            self._reconnecting = None


class Link(asyncio.Protocol):
    """A connection to Redis that sends PUBLISH and SUBSCRIBE and receives messages, all in the order of the stream.

    It takes over the connection of a client that is connected and has agreed on RESP3, the version of the protocol in
    which a connection with subscriptions may send other commands.
    """

    def __init__(
        self, connection: Any, on_message: Callable[[bytes, bytes], None], on_lost: Callable[[Link], None]
    ) -> None:
        self._connection = connection  # closes its transport when it is deleted
        self._on_message, self._on_lost = on_message, on_lost
        self._loop = asyncio.get_running_loop()
        self._parser = hiredis.Reader()
        self._replies: deque[asyncio.Future[None]] = deque()
        self._confirmations: defaultdict[tuple[bytes, bytes], deque[asyncio.Future[None]]] = defaultdict(deque)
        self._last_reply_at = 0.0
        self._transport = connection._writer.transport
        self._transport.set_protocol(self)

    def publish(self, channel: str, message: bytes) -> asyncio.Future[None]:
        """Publish a message. The future has a result when Redis has replied, or the error."""
        now = self._loop.time()
        if not self._replies:
            self._last_reply_at = now
        elif now - self._last_reply_at > DEAD_SECONDS:
            self._transport.abort()
            raise RedisConnectionError("Redis does not reply.")
        reply = self._loop.create_future()
        self._replies.append(reply)
        self._transport.write(hiredis.pack_command(("PUBLISH", channel, message)))  # type: ignore[arg-type]  # any tuple
        return reply

    def subscribe(self, channel: str) -> asyncio.Future[None]:
        """Subscribe to a channel. The future has a result when Redis has confirmed it."""
        return self._call_with_confirmation("SUBSCRIBE", channel)

    def unsubscribe(self, channel: str) -> asyncio.Future[None]:
        """Undo `subscribe`."""
        return self._call_with_confirmation("UNSUBSCRIBE", channel)

    def _call_with_confirmation(self, command: str, channel: str) -> asyncio.Future[None]:
        confirmation = self._loop.create_future()
        self._confirmations[command.lower().encode(), channel.encode()].append(confirmation)
        self._transport.write(hiredis.pack_command((command, channel)))  # type: ignore[arg-type]  # any tuple
        return confirmation

    @property
    def is_closing(self) -> bool:
        """Whether the connection has ended or is about to."""
        return bool(self._transport.is_closing())

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.disconnect(nowait=True)

    def data_received(self, data: bytes) -> None:
        """Called with data from Redis."""
        self._parser.feed(data)
        while (reply := self._parser.gets()) is not False:
            if isinstance(reply, hiredis.PushNotification):
                self._receive_push(*reply)
            elif self._replies:
                self._last_reply_at = self._loop.time()
                settle(self._replies.popleft(), reply if isinstance(reply, Exception) else None)

    def _receive_push(self, kind: bytes, channel: bytes, content: Any) -> None:
        if kind == b"message":
            self._on_message(channel, content)
        elif confirmations := self._confirmations.get((kind, channel)):
            settle(confirmations.popleft(), None)
            if not confirmations:
                del self._confirmations[kind, channel]

    def connection_lost(self, exc: Exception | None) -> None:
        """Called when the connection has ended."""
        error = RedisConnectionError(f"Connection to Redis lost: {exc}")
        for waiting in (*self._replies, *chain.from_iterable(self._confirmations.values())):
            settle(waiting, error)
        self._replies.clear()
        self._confirmations.clear()
        self._on_lost(self)


def shared_task(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Return a task that several may wait for with `asyncio.shield`: one that stops waiting does not end it."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())  # or asyncio logs it if all stopped
    return task


def settle(future: asyncio.Future[None], error: Exception | None) -> None:
    """Give a future its result or error, unless it was cancelled."""
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
