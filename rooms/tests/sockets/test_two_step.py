"""Two-step sign-in and sockets, where everybody must have it, on both servers. Ended sessions close theirs at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rooms.models import User, UserSession
from rooms.people.jwt import new_refresh_token
from rooms.services.tokens import token_create
from rooms.services.two_step import two_step_reset
from rooms.services.user_sessions import session_end, sessions_end_others, sign_ins_end
from rooms.tests.support.clients import Client, cookie_of, database, person, session_of
from rooms.tests.support.second_factors import App
from rooms.tests.support.servers import RunningServer


@pytest.fixture(scope="module")
def live_environment() -> dict[str, str]:
    return {"REQUIRE_TWO_STEP": "all"}


def bearer(secret: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def with_app(name: str) -> User:
    user = await database(person, name)
    await database(App, user)
    return user


async def test_without_a_second_factor_no_socket_opens(live: RunningServer) -> None:
    user = await database(person, "ann")
    _, old = await database(token_create, user=user, name="bot")
    session = {"Origin": live.url, "Cookie": cookie_of(await database(session_of, user))}
    for headers in (session, bearer(old), bearer(new_refresh_token(user).access_token)):
        async with await Client.open(live.ws_url, headers=headers) as client:
            error = await client.wait_for("error")
            assert (error["status"], error["code"]) == (403, "two_step_required")
            assert await client.closed() == 4001
    await database(App, user)
    async with await Client.open(live.ws_url, headers=bearer(old)) as client:  # it has not become better
        assert (await client.wait_for("error"))["code"] == "two_step_required"
        assert await client.closed() == 4001
    guest = await Client.open(live.ws_url)
    async with guest:
        await guest.wait_for("welcome")
        assert (await guest.ask("authenticate", token=old))["code"] == "two_step_required"


async def test_with_a_second_factor_all_open_until_it_is_reset(
    live: RunningServer, another: Callable[..., RunningServer]
) -> None:
    user = await with_app("ben")
    elsewhere = another(REQUIRE_TWO_STEP="all")
    _, secret = await database(token_create, user=user, name="bot")
    session = {"Origin": live.url, "Cookie": cookie_of(await database(session_of, user))}
    async with (
        await Client.open(live.ws_url, headers=session) as first,
        await Client.open(elsewhere.ws_url, headers=bearer(secret)) as second,
        await Client.open(elsewhere.ws_url, headers=bearer(new_refresh_token(user).access_token)) as third,
    ):
        for client in (first, second, third):
            assert (await client.wait_for("welcome"))["user_name"] == user.username
        await database(two_step_reset, user=user)
        for client in (first, second, third):
            assert await client.closed() == 4001


async def test_ending_a_session_closes_its_sockets_only(live: RunningServer) -> None:
    user = await with_app("cleo")
    browsers = [await database(session_of, user) for _ in range(3)]
    sockets = [
        await Client.open(live.ws_url, headers={"Origin": live.url, "Cookie": cookie_of(browser)})
        for browser in browsers
    ]
    for socket in sockets:
        await socket.wait_for("welcome")
    row = await database(UserSession.objects.get, session_key=browsers[0].cookies["sessionid"].value)
    await database(session_end, user=user, session_id=row.pk)
    assert await sockets[0].closed() == 4001
    assert (await sockets[1].ask("ping"))["type"] == "pong"
    assert await database(lambda: sessions_end_others(user=user, session=browsers[1].session)) == 1
    assert await sockets[2].closed() == 4001
    assert (await sockets[1].ask("ping"))["type"] == "pong"
    await database(sign_ins_end, user=user)
    assert await sockets[1].closed() == 4001
    for socket in sockets:
        await socket.close()
