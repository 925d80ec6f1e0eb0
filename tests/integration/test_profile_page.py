"""The administrator's page of a profile: checked as `pickupctl operator apply` does, published, never overwritten."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from litestar.handlers import HTTPRouteHandler

from notifier.accounts.roles import Role
from notifier.audit.entries import note
from notifier.console.auth import Doorkeeper
from notifier.console.profile_page import profile_routes
from notifier.store import Store
from pickup_contracts.operator import OperatorProfile
from pickup_contracts.topics import OPERATORS
from pickup_runtime.clock import SystemClock
from pickup_runtime.errors import BrokerUnavailable
from pickup_runtime.kafka import Record
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool, MakeReader
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

    async def audited(self) -> list[tuple[str, dict[str, str]]]:
        """What the audit has of the profile, in order."""
        rows = await self.site.pool.fetch("select kind, body from audit where kind like 'profile.%' order by number")
        return [(row["kind"], json.loads(row["body"])) for row in rows]

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
    admin: Admin, read_topics: MakeReader
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


async def test_of_two_at_the_same_moment_one_is_published(admin: Admin) -> None:
    page = (await admin.client.get("/admin/profile")).text
    fields = dict(re.findall(r'name="(_csrf_token|based_on)" value="([^"]*)"', page))
    texts = [admin.base + _LADDER, admin.base + "office_phone: 01763 000000\n"]
    answers = await asyncio.gather(
        *(admin.client.post("/admin/profile", data={**fields, "text": text, "publish": "yes"}) for text in texts)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [kind for kind, _ in await admin.audited()] == ["profile.publishing", "profile.published"]


async def test_what_another_worker_has_just_published_is_not_overwritten(admin: Admin) -> None:
    before = admin.operators.get(admin.operator_id)
    assert before is not None
    assert (await admin.send(admin.base + _LADDER)).status_code == 200
    # A worker whose directory has not heard of it yet.
    admin.operators.put(before)
    assert (await admin.send(admin.base + "office_phone: 01763 000000\n")).status_code == 409
    assert len(await admin.audited()) == 2


async def test_what_the_broker_did_not_confirm_is_in_the_audit_as_what_may_be_live(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unheard(*_: object, **__: object) -> None:
        raise BrokerUnavailable("operators.v1: TimeoutError")

    monkeypatch.setattr("notifier.profiles.publish_profile", unheard)
    answer = await admin.send(admin.base + _LADDER)
    assert (answer.status_code, "may have it" in answer.text) == (503, True)
    (intent, marks), (kind, same) = await admin.audited()
    assert (intent, kind, marks) == ("profile.publishing", "profile.unconfirmed", same)
    assert marks["before"] != marks["after"]
    profile = admin.operators.get(admin.operator_id)
    assert profile is not None
    assert profile.ladders.warning == [], "what the topic has is read from the topic"


async def test_a_worker_that_was_lost_on_the_way_keeps_nobody_out_for_long(admin: Admin) -> None:
    lost = note("profile.publishing", admin.operator_id, datetime.now(UTC) - timedelta(seconds=31), body={"after": "x"})
    async with admin.site.store.batch() as batch:
        batch.notes.append(lost)
    assert (await admin.send(admin.base + _LADDER)).status_code == 200


@pytest.mark.parametrize("role", ["viewer", "dispatcher", "duty_manager"])
async def test_only_an_administrator_sees_and_sends_it(admin: Admin, role: Role) -> None:
    assert (await admin.client.get("/admin/profile")).status_code == 200
    await admin.log_in(role)
    assert (await admin.client.get("/admin/profile")).status_code == 403
    refused = await admin.site.post("/admin/profile", {"text": admin.base, "publish": "yes"}, token_from="/login")
    assert refused.status_code == 403
    admin.client.cookies.clear()
    assert (await admin.client.get("/admin/profile")).status_code == 401
