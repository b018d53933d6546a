"""Who can open a socket, and when access ends, on both servers."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken
from websockets import Origin
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chatproject.tests.http.test_proxies import DIFFERENT, guesses, says_https
from rooms.models import User
from rooms.services.accounts import user_sockets_recheck
from rooms.services.tokens import token_create
from rooms.tests.support.clients import Client, cookie_of, database, person, session_of, token_of
from rooms.tests.support.scenarios import Scenarios
from rooms.tests.support.servers import RunningServer

ending = Scenarios[RunningServer]()
ENDS_SECONDS = 5  # until a token or session ends: enough to open sockets with it on a busy machine


async def refusal(live: RunningServer, headers: dict[str, str], path: str = "/ws/") -> int:
    """Return the HTTP status with which a socket is rejected."""
    with pytest.raises(InvalidStatus) as caught:
        await Client.open(live.ws_url, headers=headers, path=path)
    return caught.value.response.status_code


async def signed_in(name: str) -> tuple[User, Any]:
    """Return a user and a browser in which they are signed in."""
    user = await database(person, name)
    return user, await database(session_of, user)


# --- Origin ------------------------------------------------------------------------------------------------------


async def test_a_foreign_origin_is_rejected_with_403_with_or_without_a_cookie(live: RunningServer) -> None:
    _, browser = await signed_in("ann")
    foreign = [
        "http://evil.example",
        "null",
        f"https://127.0.0.1:{live.port}",
        "http://127.0.0.1:1",
        "http://127.0.0.1",
    ]
    foreign += [f"http://localhost:{live.port}", f"http://127.0.0.1.evil.example:{live.port}"]
    foreign += [f"http://user@127.0.0.1:{live.port}"]
    for origin in foreign:
        assert await refusal(live, {"Origin": origin, "Cookie": cookie_of(browser)}) == 403, origin
        assert await refusal(live, {"Origin": origin}) == 403, origin
    for nonsense in ("", "file://", "http://["):  # autobahn answers some of these itself, with 400
        assert await refusal(live, {"Origin": nonsense, "Cookie": cookie_of(browser)}) in {400, 403}, nonsense


async def test_a_foreign_host_is_rejected_with_403(live: RunningServer) -> None:
    async def opened(host: str, origin: str | None = None) -> int:
        try:
            said = None if origin is None else Origin(origin)
            async with connect(f"ws://{host}:{live.port}/ws/", host="127.0.0.1", port=live.port, origin=said):
                return 101
        except InvalidStatus as refused:
            return refused.response.status_code

    for host in ("evil.example", "127.0.0.1.evil.example", "192.0.2.1", "[2001:db8::1]"):
        assert await opened(host) == 403, host
        # As sent by a page that a user was lured to.
        assert await opened(host, f"http://{host}:{live.port}") == 403, host
    for host in ("localhost", "LOCALHOST", "localhost.", "127.0.0.1", "[::1]"):
        assert await opened(host) == 101, host


async def test_a_cookie_without_an_origin_is_rejected_with_403(live: RunningServer) -> None:
    _, browser = await signed_in("ann")
    assert await refusal(live, {"Cookie": cookie_of(browser)}) == 403
    assert await refusal(live, {"Cookie": "a=b"}) == 403


async def test_a_socket_at_an_unknown_url_is_rejected(live: RunningServer) -> None:
    for path in ("/", "/ws/nothing/", "/wss/", "/ws/rooms/", "/ws/rooms/a/b/"):
        assert await refusal(live, {}, path) == 403, path


async def test_a_client_can_not_forge_its_address(live: RunningServer) -> None:
    assert guesses(live, f"spoofed-{live.port}", DIFFERENT) == {400, 429}
    assert not await says_https(live)


# --- Identity ----------------------------------------------------------------------------------------------------


async def test_a_session_cookie_identifies_the_user(live: RunningServer) -> None:
    user, browser = await signed_in("ann")
    async with await Client.open(live.ws_url, headers={"Origin": live.url, "Cookie": cookie_of(browser)}) as client:
        assert (await client.wait_for("welcome"))["user_name"] == user.username


async def test_a_token_in_a_frame_identifies_the_user(live: RunningServer) -> None:
    user = await database(person, "ann")
    async with await Client.open(live.ws_url) as client:
        assert "user_name" not in await client.wait_for("welcome")
        await client.send("authenticate", token=token_of(user))
        assert (await client.wait_for("welcome"))["user_name"] == user.username


async def test_a_token_can_not_change_the_user_of_a_socket(live: RunningServer) -> None:
    ann, ben = await database(person, "ann"), await database(person, "ben")
    async with await Client.open(live.ws_url, user=ann) as client:
        assert (await client.ask("authenticate", token=token_of(ben)))["code"] == "not_authenticated"


async def test_an_invalid_token_gets_an_error_and_is_closed_with_4001(live: RunningServer) -> None:
    def tokens() -> list[str]:
        ann, ben, zed = person("ann"), person("ben"), person("zed")
        expired = AccessToken.for_user(ann)
        expired.set_exp(lifetime=-timedelta(seconds=1))
        revoked, deactivated = token_of(ann), token_of(ben)
        ann.set_password("another")
        ann.save()
        User.objects.filter(pk=ben.pk).update(is_active=False)
        return [str(expired), revoked, deactivated, str(RefreshToken.for_user(zed))]

    for token in ("nonsense", "", "a.b.c", "\u00e9", "parlor_nonsense", *await database(tokens)):
        async with await Client.open(live.ws_url, headers={"Authorization": f"Bearer {token}"}) as client:
            assert (await client.wait_for("error"))["code"] == "not_authenticated"
            assert await client.closed() == 4001


@ending
async def a_socket_with_an_expired_token_is_closed_with_4001_unless_it_was_renewed(
    live: RunningServer,
) -> None:
    def short() -> tuple[User, str, str]:
        user = person("ann")
        token = AccessToken.for_user(user)
        token.set_exp(lifetime=timedelta(seconds=ENDS_SECONDS))
        soon = timezone.now() + timedelta(seconds=ENDS_SECONDS)
        return user, str(token), token_create(user=user, name="bot", expires_at=soon)[1]

    user, token, secret = await database(short)
    async with (
        await Client.open(live.ws_url, headers={"Authorization": f"Bearer {token}"}) as client,
        await Client.open(live.ws_url, headers={"Authorization": f"Bearer {secret}"}) as bot,
        await Client.open(live.ws_url, headers={"Authorization": f"Bearer {token}"}) as renewed,
    ):
        await renewed.send("authenticate", token=token_of(user))
        for each in (client, bot):
            assert "user_name" in await each.wait_for("welcome")
            error = await each.wait_for("error")
            assert (error["status"], error["detail"]) == (401, "The token has expired.")
            assert await each.closed() == 4001
        assert (await renewed.ask("ping"))["type"] == "pong"


async def test_a_token_in_the_url_is_ignored(live: RunningServer) -> None:
    user = await database(person, "ann")
    async with await Client.open(live.ws_url, path=f"/ws/?token={token_of(user)}") as client:
        assert "user_name" not in await client.wait_for("welcome")


@ending
async def a_socket_that_does_not_authenticate_is_closed_with_4001_after_5_seconds(live: RunningServer) -> None:
    began = time.monotonic()
    async with await Client.open(live.ws_url) as client:
        assert (await client.ask("getRecentMessages", room_name="x"))["code"] == "not_found"
        assert await client.closed() == 4001
        assert time.monotonic() - began > 4.5


@ending
async def a_socket_ends_with_its_session_unless_that_was_extended(live: RunningServer) -> None:
    user = await database(person, "ann")
    browsers = [await database(session_of, user) for _ in range(2)]
    keys = [browser.cookies["sessionid"].value for browser in browsers]

    def ends_in(key: str, seconds: float) -> None:
        Session.objects.filter(pk=key).update(expire_date=timezone.now() + timedelta(seconds=seconds))

    for key in keys:
        await database(ends_in, key, ENDS_SECONDS)
    headers = [{"Origin": live.url, "Cookie": cookie_of(browser)} for browser in browsers]
    async with (
        await Client.open(live.ws_url, headers=headers[0]) as ends,
        await Client.open(live.ws_url, headers=headers[1]) as prolonged,
    ):
        for client in (ends, prolonged):
            assert (await client.wait_for("welcome"))["user_name"] == user.username
        await database(ends_in, keys[1], 3600)
        assert await ends.closed() == 4001
        assert (await ends.wait_for("error"))["detail"] == "The session has ended."
        assert (await prolonged.ask("ping"))["type"] == "pong"


async def test_a_logout_closes_the_sockets_of_its_session_and_no_others(live: RunningServer) -> None:
    user, browser = await signed_in("ann")
    other_browser = await database(session_of, user)
    headers = [{"Origin": live.url, "Cookie": cookie_of(one)} for one in (browser, other_browser)]
    async with (
        await Client.open(live.ws_url, headers=headers[0]) as client,
        await Client.open(live.ws_url, headers=headers[1]) as other,
        await Client.open(live.ws_url, user=user) as program,
    ):
        await client.wait_for("welcome")
        response = await database(browser.post, "/accounts/logout/")
        assert response.status_code == 302
        assert await client.closed() == 4001  # long before the periodic check of all sockets
        assert (await other.ask("ping"))["type"] == (await program.ask("ping"))["type"] == "pong"
        async with await Client.open(live.ws_url, headers=headers[0]) as again:
            assert "user_name" not in await again.wait_for("welcome")


async def test_deactivating_an_account_closes_all_its_sockets_with_4001(live: RunningServer) -> None:
    user, browser = await signed_in("ann")
    ben = await database(person, "ben")

    def deactivate() -> None:
        User.objects.filter(pk=user.pk).update(is_active=False)
        user_sockets_recheck(user=user)

    headers = {"Origin": live.url, "Cookie": cookie_of(browser)}
    async with (
        await Client.open(live.ws_url, headers=headers) as page,
        await Client.open(live.ws_url, user=user) as program,
        await Client.open(live.ws_url, user=ben) as other,
    ):
        await database(deactivate)
        assert await page.closed() == 4001
        assert await program.closed() == 4001
        assert (await other.ask("ping"))["type"] == "pong"


async def test_a_password_change_closes_sockets_opened_with_the_old_one(live: RunningServer) -> None:
    user, browser = await signed_in("ann")

    def change() -> None:
        user.set_password("a-New-pass-phrase")
        user.save()
        user_sockets_recheck(user=user)

    headers = {"Origin": live.url, "Cookie": cookie_of(browser)}
    async with (
        await Client.open(live.ws_url, headers=headers) as page,
        await Client.open(live.ws_url, user=user) as program,
    ):
        await database(change)
        assert await page.closed() == 4001
        assert await program.closed() == 4001


async def test_a_socket_ends_with_its_token_or_session(live: RunningServer, subtests: pytest.Subtests) -> None:
    await ending.run(live, subtests)
