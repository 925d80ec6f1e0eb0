"""A firm's page over a database of the test's own, with and without a provider of identities."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from notifier.accounts.provider import Provider
from pickup_runtime.clock import ManualClock, SystemClock
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from tests.integration.accounts.office import Office
from tests.integration.accounts.seen import NOW
from tests.integration.openid import Line, provider, vouch
from tests.integration.page import Site


@pytest.fixture
async def pool(database: MakePool) -> Pool:
    return await database("notifier", "notifier")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def site(pool: Pool, clock: ManualClock) -> AsyncIterator[Site]:
    made = Site(pool, clock=clock)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def provider_port() -> Iterator[int]:
    with provider() as port:
        yield port


@pytest.fixture
async def line(provider_port: int) -> AsyncIterator[Line]:
    made = Line(provider_port)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def office(pool: Pool, line: Line, tmp_path: Path) -> AsyncIterator[Office]:
    secret = tmp_path / "client_secret"
    secret.write_text("a secret\n")
    clock = ManualClock(SystemClock().now())
    one = Provider(
        id="office",
        label="Office",
        issuer=line.issuer,
        client_id="console",
        client_secret_file=str(secret),
        operator_id="op-a",
        role_claim="groups",
        roles={"desk": "dispatcher", "boss": "admin"},
    )
    site = Site(pool, clock=clock, providers={"office": one})
    await vouch(line, "ines", name="Ines P.", groups=["desk"])
    yield Office(site, line, clock)
    await site.close()
