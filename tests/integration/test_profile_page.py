"""The administrator's page of a profile: checked as `pickupctl operator apply` does, published, never overwritten."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from litestar.handlers import HTTPRouteHandler

from notifier.accounts.roles import Role
from notifier.console.auth import Doorkeeper
from notifier.console.profile_page import profile_routes
from notifier.store import Store
from pickup_contracts.operator import OperatorProfile
from pickup_contracts.topics import OPERATORS
from pickup_runtime.clock import SystemClock
from pickup_runtime.kafka import Record
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool, TopicReader
from tests.integration.page import Site

_LADDER = "ladders:\n  warning:\n    - {who: dispatcher, by: page}\n    - {who: driver, by: sms}\n"


class Admin:
    def __init__(self, site: Site, operators: OperatorDirectory, operator_id: str) -> None:
        self.site = site
        self.client = site.browser
        self.operators = operators
        self.operator_id = operator_id

    async def log_in(self, role: Role) -> None:
        await self.site.post("/login", {"key": await self.site.key(self.operator_id, role=role)})

    async def send(self, text: str, *, publish: bool = True, based_on: str | None = None) -> httpx.Response:
        page = (await self.client.get("/admin/profile")).text
        fields = dict(re.findall(r'name="(_csrf_token|based_on)" value="([^"]*)"', page))
        if based_on is not None:
            fields["based_on"] = based_on
        form = {**fields, "text": text.replace("\n", "\r\n"), "publish": "yes" if publish else ""}
        return await self.client.post("/admin/profile", data=form)

    @property
    def base(self) -> str:
        return f"operator_id: {self.operator_id}\nname: Abbey Cars\n"


@pytest.fixture
async def admin(operator_id: str, database: MakePool, producer: AIOKafkaProducer) -> AsyncIterator[Admin]:
    pool, operators, clock = await database("notifier", "notifier"), OperatorDirectory(), SystemClock()
    operators.put(OperatorProfile(operator_id=operator_id, name="Abbey Cars"))

    def routes(doorkeeper: Doorkeeper) -> list[HTTPRouteHandler]:
        return profile_routes(
            operators, producer, Store(pool), clock, lambda request: doorkeeper.require(request, "edit_profile")
        )

    site = Site(pool, operators=operators, routes=routes)
    made = Admin(site, operators, operator_id)
    await made.log_in("admin")
    yield made
    await site.close()


async def test_a_fault_is_shown_with_its_place_and_nothing_is_published(admin: Admin) -> None:
    answer = await admin.send(admin.base + "ladders:\n  warning:\n    - {who: driver, by: email}\n")
    assert answer.status_code == 422
    assert "line 5, column 7: ladders.warning[0]: a driver is not told by email" in html.unescape(answer.text)
    assert "by: email" in answer.text, "what was typed is not lost"
    hostile = await admin.send(admin.base + "colour: </textarea><script>alert(1)</script>\n")
    assert hostile.status_code == 422
    assert "<script>alert" not in hostile.text
    other = await admin.send("operator_id: op-other\nname: X\n")
    assert "is not yours" in html.unescape(other.text)
    profile = admin.operators.get(admin.operator_id)
    assert profile is not None
    assert profile.ladders.warning == []


async def test_what_is_whole_is_checked_then_published_and_its_ladder_shown(
    admin: Admin, read_topics: Callable[..., Awaitable[TopicReader]]
) -> None:
    reader = await read_topics(OPERATORS)
    checked = await admin.send(admin.base + _LADDER, publish=False)
    assert "Not published yet" in checked.text
    assert "your own ladder" in checked.text
    answer = await admin.send(admin.base + _LADDER)
    assert (answer.status_code, "Published" in answer.text) == (200, True)

    def mine(record: Record) -> bool:
        return bool(record.key == admin.operator_id.encode())

    (record,) = await reader.until(bool, of=mine)
    assert b'"ladders"' in (record.value or b"")
    rows = await admin.site.pool.fetch("select actor, body from audit where kind = 'profile.published'")
    assert [row["actor"] for row in rows] == ["Night desk"], "checked is not published"
    marks = json.loads(rows[0]["body"])
    assert marks["before"] != marks["after"]
    assert "page" not in rows[0]["body"]


async def test_two_administrators_do_not_overwrite_each_other(admin: Admin) -> None:
    stale = re.search(r'name="based_on" value="([^"]*)"', (await admin.client.get("/admin/profile")).text)
    assert stale is not None
    assert (await admin.send(admin.base + _LADDER)).status_code == 200
    late = await admin.send(admin.base, based_on=stale[1])
    assert late.status_code == 409
    profile = admin.operators.get(admin.operator_id)
    assert profile is not None
    assert len(profile.ladders.warning) == 2


@pytest.mark.parametrize("role", ["viewer", "dispatcher", "duty_manager"])
async def test_only_an_administrator_sees_and_sends_it(admin: Admin, role: Role) -> None:
    assert (await admin.client.get("/admin/profile")).status_code == 200
    await admin.log_in(role)
    assert (await admin.client.get("/admin/profile")).status_code == 403
    refused = await admin.site.post("/admin/profile", {"text": admin.base, "publish": "yes"}, token_from="/login")
    assert refused.status_code == 403
    admin.client.cookies.clear()
    assert (await admin.client.get("/admin/profile")).status_code == 401
