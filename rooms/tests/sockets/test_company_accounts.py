"""What a company ends reaches sessions, tokens and sockets of a running server, at an issuer that others wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pytest_django.plugin import DjangoDbBlocker
from rest_framework_simplejwt.tokens import AccessToken

from rooms.models import CompanyAccount, User
from rooms.services.rooms import room_create
from rooms.services.tokens import token_create
from rooms.tests.support.clients import Client, database, person
from rooms.tests.support.databases import LiveDatabases
from rooms.tests.support.identity_provider import IdentityProvider, destination, identity_provider, needs_issuer
from rooms.tests.support.servers import RunningServer, TestValkey

pytestmark = needs_issuer
Company = tuple[RunningServer, IdentityProvider]
PEOPLE = {
    name: {"preferred_username": name, "email": f"{name}@example.org", "groups": ["tea drinkers"]}
    for name in ("ada", "ben", "cyd")
}


@pytest.fixture(scope="module")
def company(
    collected_static: Path,
    live_databases: LiveDatabases,
    valkey: TestValkey,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Company]:
    """A server whose people sign in at a company, which it asks every second, and a room of theirs, `tea`."""
    with django_db_blocker.unblock(), live_databases.fresh() as url:
        room_create(by=person("olga"), name="tea", kind="private")
        environment = {"DATABASE_URL": url, "REDIS_URL": valkey.url, "COMPANY_CHECK_SECONDS": "1"}
        environment |= {"DATA_DIR": str(collected_static)}
        environment["COMPANY_GROUPS"] = '{"tea drinkers": ["tea"]}'
        server = RunningServer("uvicorn", environment, tmp_path_factory.mktemp("company"))
        address = f"{server.url}/accounts/company/"
        with identity_provider(f"{address}callback/", f"{address}sign-out/") as provider:
            provider.control(people=PEOPLE)
            server.env |= provider.environment()
            server.start()
            yield server, provider
            server.close()


def sign_in(company: Company, who: str) -> httpx.Client:
    """Sign in with a company account, and return the browser."""
    server, provider = company
    provider.control(who=who)
    browser = httpx.Client(base_url=server.url, timeout=20)
    page = browser.get("/accounts/login/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    answer = browser.post("/accounts/company/sign-in/", data={"csrfmiddlewaretoken": token[1]})
    answer = browser.get(provider.authorize(destination(answer.text)))
    assert answer.status_code == 302, answer.text
    assert browser.get("/api/me/").json()["user_name"] == who
    return browser


async def socket_of(company: Company, browser: httpx.Client) -> Client:
    """Open a socket with a browser's session."""
    server = company[0]
    headers = {"Origin": server.url, "Cookie": f"sessionid={browser.cookies['sessionid']}"}
    return await Client.open(server.ws_url, headers=headers)


async def test_disabled_at_the_company_ends_session_tokens_and_sockets(company: Company) -> None:
    server, provider = company
    browser = await database(sign_in, company, "ada")
    user = await database(User.objects.get, username="ada")
    _, secret = await database(token_create, user=user, name="bot")
    bearers = [{"Authorization": f"Bearer {secret}"}, {"Authorization": f"Bearer {AccessToken.for_user(user)}"}]
    async with (
        await socket_of(company, browser) as by_session,
        await Client.open(server.ws_url, headers=bearers[0]) as by_token,
        await Client.open(server.ws_url, headers=bearers[1]) as by_jwt,
    ):
        for client in (by_session, by_token, by_jwt):
            assert (await client.wait_for("welcome"))["user_name"] == "ada"
        provider.control(people=PEOPLE | {"ada": PEOPLE["ada"] | {"disabled": True}})
        for client in (by_session, by_token, by_jwt):
            assert await client.closed(within=60) == 4001
    assert browser.get("/api/me/").status_code == 401
    async with httpx.AsyncClient(base_url=server.url) as program:
        assert [(await program.get("/api/me/", headers=bearer)).status_code for bearer in bearers] == [401, 401]
    company_account = await database(CompanyAccount.objects.get, account__uid="ada")
    assert company_account.ended_at is not None


async def test_leaving_a_group_takes_its_room_away_from_an_open_socket(company: Company) -> None:
    _, provider = company
    async with await socket_of(company, await database(sign_in, company, "ben")) as client:
        await client.join("tea")
        provider.control(people=PEOPLE | {"ben": PEOPLE["ben"] | {"groups": []}})
        assert (await client.wait_for("left", within=60))["room_name"] == "tea"


async def test_signing_out_at_the_company_ends_its_session_here_but_not_programs(company: Company) -> None:
    server, provider = company
    provider.control(people=PEOPLE)
    browser = await database(sign_in, company, "cyd")
    user = await database(User.objects.get, username="cyd")
    _, secret = await database(token_create, user=user, name="bot")
    async with (
        await socket_of(company, browser) as by_session,
        await Client.open(server.ws_url, headers={"Authorization": f"Bearer {secret}"}) as by_token,
    ):
        sid = (await database(CompanyAccount.objects.get, account__uid="cyd")).sid
        assert sid
        provider.control(logout={"sub": "cyd", "sid": sid})
        assert await by_session.closed() == 4001
        assert (await by_token.ask("ping"))["type"] == "pong"
    assert browser.get("/api/me/").status_code == 401
