"""Personal access tokens on sockets, and how soon revoking them takes effect, on both servers."""

from __future__ import annotations

from collections.abc import Callable

from rooms.models import PersonalAccessToken, User
from rooms.services.accounts import user_sockets_recheck
from rooms.services.tokens import token_create, token_revoke
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database, person
from rooms.tests.support.servers import RunningServer


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def token_for(user: User) -> tuple[PersonalAccessToken, str]:
    return await database(token_create, user=user, name="bot")


async def test_a_token_in_the_header_or_a_frame_identifies_the_user(live: RunningServer) -> None:
    room, (olga,) = await make_room("olga")
    token, secret = await token_for(olga)
    async with await Client.open(live.ws_url, headers=bearer(secret)) as client:
        assert (await client.wait_for("welcome"))["user_name"] == olga.username
        assert (await client.say(room, "built"))["type"] == "ack"
    async with await Client.open(live.ws_url) as client:
        await client.wait_for("welcome")
        await client.send("authenticate", token=secret)
        assert (await client.wait_for("welcome"))["user_name"] == olga.username
        assert (await client.ask("authenticate", token="parlor_x"))["code"] == "not_authenticated"
    await database(token.refresh_from_db)
    assert token.last_used_at is not None


async def test_revoking_a_token_closes_only_its_own_sockets_at_once(
    live: RunningServer, another: Callable[..., RunningServer]
) -> None:
    second = another()
    user = await database(person, "ann")
    token, secret = await token_for(user)
    _, other_secret = await token_for(user)
    async with (
        await Client.open(live.ws_url, headers=bearer(secret)) as here,
        await Client.open(second.ws_url, headers=bearer(secret)) as there,
        await Client.open(live.ws_url, headers=bearer(other_secret)) as other,
        await Client.open(live.ws_url, user=user) as signed_in,
    ):
        for client in (here, there, other, signed_in):
            await client.wait_for("welcome")
        await database(token_revoke, token=token)
        assert await here.closed() == 4001  # long before the check every 60 s
        assert await there.closed() == 4001
        assert (await here.wait_for("error"))["code"] == "not_authenticated"
        assert (await other.ask("ping"))["type"] == (await signed_in.ask("ping"))["type"] == "pong"
    async with await Client.open(live.ws_url, headers=bearer(secret)) as again:
        assert await again.closed() == 4001


async def test_a_password_change_keeps_token_sockets_but_a_deactivation_closes_them(
    live: RunningServer,
) -> None:
    user = await database(person, "ann")
    _, secret = await token_for(user)

    def change_password() -> None:
        user.set_password("a-New-pass-phrase")
        user.save()
        user_sockets_recheck(user=user)

    def deactivate() -> None:
        User.objects.filter(pk=user.pk).update(is_active=False)
        user_sockets_recheck(user=user)

    async with (
        await Client.open(live.ws_url, headers=bearer(secret)) as bot,
        await Client.open(live.ws_url, user=user) as signed_in,
    ):
        await bot.wait_for("welcome")
        await database(change_password)
        assert await signed_in.closed() == 4001
        assert (await bot.ask("ping"))["type"] == "pong"
        await database(deactivate)
        assert await bot.closed() == 4001
