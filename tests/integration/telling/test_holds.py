"""Hold, release and recall on a real database and broker: asked, confirmed over HTTP, or escalated; and outcomes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from litestar.handlers import HTTPRouteHandler

from notifier.actions import Actor, Found
from notifier.alerts.alert import Alert, Refusal
from notifier.console.auth import PREFIX, Doorkeeper
from notifier.console.holds_api import holds_route
from notifier.console_keys import ConsoleKeys
from notifier.feed import publish_feed
from notifier.outbox import Outbox
from pickup_contracts.alert import alert_id
from pickup_contracts.office import HoldPolicy
from pickup_contracts.topics import ALERTS, OUTCOMES
from pickup_runtime import tokens
from pickup_runtime.kafka import Record
from pickup_runtime.testing.plugin import MakeReader
from tests.integration.page import Site
from tests.integration.telling.office import INES, Office


@pytest.fixture
async def client(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    """The notifier's HTTP side, with the key of the operator's own system."""

    def routes(doorkeeper: Doorkeeper) -> list[HTTPRouteHandler]:
        return [holds_route(office.actions, lambda request: doorkeeper.require_key(request, "hold"))]

    site = Site(office.pool, operators=office.operators, routes=routes)
    site.browser.headers["authorization"] = f"Bearer {await key(office, office.operator_id)}"
    yield site.browser
    await site.close()


async def key(office: Office, operator_id: str) -> str:
    minted = tokens.mint(PREFIX)
    await ConsoleKeys(office.pool).add(minted.key_id, operator_id, "Dispatch system", minted.secret_sha256)
    return minted.text


async def held(office: Office) -> tuple[UUID, dict[str, Any]]:
    """A held booking's alert, and the command as the operator's system got it."""
    office.start()
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    identity = alert_id(office.operator_id, "b")
    assert isinstance(await office.actions.hold(office.operator_id, identity, INES), Alert)
    commands = office.lines["webhook"]
    await office.until(lambda: any(one.telling == "command" for one in commands.got), "the command")
    (sent,) = [one for one in commands.got if one.telling == "command"]
    return identity, json.loads(sent.body)


async def test_a_hold_is_confirmed_with_its_correlation_id(office: Office, client: httpx.AsyncClient) -> None:
    identity, body = await held(office)
    assert body["type"] == "pickup.command.hold"
    assert body["data"]["public_status"] == "delayed"
    correlation_id = body["data"]["correlation_id"]
    url = body["data"]["confirm_at"]
    assert url == f"/v1/holds/{correlation_id}"
    assert (await client.post(url, json={"status": "confirmed"})).json() == {
        "correlation_id": correlation_id,
        "status": "confirmed",
    }
    assert (await client.post(url, json={"status": "confirmed"})).status_code == 200, "again is no error"
    assert (await client.post(url, json={"status": "refused"})).status_code == 409
    found = await office.current()
    assert (found.command, found.command_state) == ("hold", "confirmed")
    (command,) = await office.store.commands(identity)
    assert (command.state, command.answered_by) == ("confirmed", "Dispatch system")
    assert [step for step in await office.steps() if step.startswith("hold")] == ["hold_requested", "hold_confirmed"]


async def test_who_may_answer_and_with_what(office: Office, client: httpx.AsyncClient) -> None:
    _, body = await held(office)
    url = body["data"]["confirm_at"]
    for wrong in (b"", b"{}", b'{"status":"maybe"}', b'{"status":"confirmed","x":1}', b"[]", b'{"status":"\xff"}'):
        assert (await client.post(url, content=wrong)).status_code == 422
    assert (await client.post(f"/v1/holds/{uuid4()}", json={"status": "confirmed"})).status_code == 404
    other = {"authorization": f"Bearer {await key(office, 'op-other')}"}
    assert (await client.post(url, json={"status": "confirmed"}, headers=other)).status_code == 404
    nobody = {"authorization": f"Bearer {tokens.mint(PREFIX).text}"}
    assert (await client.post(url, json={"status": "confirmed"}, headers=nobody)).status_code == 401
    assert (await office.current()).command_state == "requested"


async def test_a_command_that_nobody_confirms_goes_to_the_duty_manager(office: Office) -> None:
    identity, _ = await held(office)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await office.pool.execute("update alerts set confirm_by = $1", past)
    # An alert that is being written is left to the next sweep.
    assert await office.until(office.escalation.sweep, "the sweep finds it") == 1
    assert await office.escalation.sweep() == 0
    sms = office.lines["sms"]
    await office.until(lambda: "duty_manager-2" in sms.recipients(), "the duty manager told")
    told = next(one for one in sms.got if one.recipient == "duty_manager-2")
    assert "a hold was asked for and is not done" in json.loads(told.body)["text"]
    (command,) = await office.store.commands(identity)
    assert command.state == "unanswered"


async def test_all_that_is_done_stands_in_the_audit_without_anybodys_words(office: Office) -> None:
    """Raised, told, held, unanswered, escalated, taken on, found, undone, cleared, released: each once."""
    identity, _ = await held(office)
    driver, ada = Actor("d-1", "driver"), Actor("Ada", "duty_manager")
    await office.pool.execute("update alerts set confirm_by = $1", datetime.now(UTC) - timedelta(seconds=1))
    await office.until(office.escalation.sweep, "nobody confirms the hold")
    seen = Found(action="refused", observations=("felt_like_cash",), comment="Mrs Example wept")
    await office.actions.answer(office.operator_id, identity, driver, seen)
    await office.actions.acknowledge(office.operator_id, identity, ada)
    await office.actions.refer(office.operator_id, identity, ada, "CAD-77")
    await office.actions.confirm_scam(office.operator_id, identity, ada)
    await office.actions.undo(office.operator_id, identity, ada)
    await office.actions.clear(office.operator_id, identity, ada, "N17")
    rows = await office.pool.fetch("select kind, actor, body from audit order by number")
    kept = [(row["kind"], row["actor"]) for row in rows]
    assert ("alert.raised", None) in kept
    for step in (
        ("alert.hold_requested", "Ines"),
        ("command.unanswered", None),
        ("alert.escalated", None),
        ("outcome.reported", "d-1"),
        ("alert.acknowledged", "Ada"),
        ("alert.reported", "Ada"),
        ("alert.reopened", "Ada"),
        ("alert.closed", "Ada"),
        ("alert.release_requested", "Ada"),
    ):
        assert step in kept, step
    said = [json.loads(row["body"]) for row in rows if row["kind"] == "outcome.reported"]
    assert said[0]["observations"] == ["felt_like_cash"]
    assert (said[0]["comment"], said[1]["police_reference"]) == (True, True)
    assert [one["finding"] for one in said] == ["unknown", "unknown", "confirmed_scam", "unknown", "cleared"]
    ids = {json.loads(row["body"]).get("correlation_id") for row in rows if "requested" in row["kind"]}
    assert len(ids) == 2
    assert None not in ids
    everything = " ".join(row["body"] for row in rows)
    for personal in ("wept", "CAD-77", "+4477", "Meadow", "Stranger"):
        assert personal not in everything


async def test_an_automatic_hold_goes_out_with_the_warning_and_once(office: Office) -> None:
    office.set_up(holds=HoldPolicy(hold_recommended="automatic"))
    batch = [office.event(1), office.assessment("hold_recommended")]
    for _ in range(3):
        await office.consumer.handle(batch)
    rows = await office.pool.fetch("select telling from deliveries where channel = 'webhook' order by telling")
    assert [row[0] for row in rows] == ["command", "warning"]
    assert await office.pool.fetchval("select count(*) from commands") == 1
    assert (await office.steps()).count("hold_requested") == 1


async def test_clearing_releases_says_so_and_publishes_what_was_found(
    office: Office,
    producer: AIOKafkaProducer,
    read_topics: MakeReader,
) -> None:
    outcomes, alerts = await read_topics(OUTCOMES), await read_topics(ALERTS)
    office.running.append(asyncio.create_task(publish_feed(Outbox(office.pool), producer, office.bell)))
    identity, _ = await held(office)
    cleared = await office.actions.clear(office.operator_id, identity, INES, "N17")
    assert isinstance(cleared, Alert)
    assert (cleared.state, cleared.command, cleared.command_state) == ("closed", "release", "requested")

    def mine(record: Record) -> bool:
        return (record.key or b"").startswith(office.operator_id.encode())

    (record,) = await outcomes.until(bool, of=mine)
    outcome = json.loads(record.value or b"")
    assert (outcome["finding"], outcome["clear_reason"], outcome["reported_by"]) == ("cleared", "N17", "dispatcher")
    assert dict(record.headers)["ce_type"] == b"pickup.outcome.reported"

    def complete(found: list[Record]) -> bool:
        return any(json.loads(one.value or b"")["type"] == "release_requested" for one in found)

    found = [json.loads(one.value or b"") for one in await alerts.until(complete, of=mine)]
    commands = [one for one in found if "command" in one]
    assert [one["type"] for one in commands] == ["hold_requested", "release_requested"]
    assert {one["public_status"] for one in commands} == {"delayed"}
    assert len({one["correlation_id"] for one in commands}) == 2


async def test_actions_on_another_operators_alert_find_none(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn")])
    identity, actions = alert_id(office.operator_id, "b"), office.actions
    for done in (
        await actions.acknowledge("op-other", identity, INES),
        await actions.hold("op-other", identity, INES),
        await actions.clear("op-other", identity, INES, "N17"),
        await actions.answer("op-other", identity, INES, Found()),
    ):
        assert done == Refusal("no_such_alert")
    assert (await office.current()).state == "open"


async def test_what_a_driver_answers_is_an_outcome_and_leaves_the_alert_with_the_office(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn")])
    identity = alert_id(office.operator_id, "b")
    driver = Actor("d-1", "driver")
    refused = await office.actions.refuse(office.operator_id, identity, driver)
    seen = Found(observations=("felt_like_cash",))
    answered = await office.actions.answer(office.operator_id, identity, driver, seen)
    assert isinstance(refused, Alert)
    assert isinstance(answered, Alert)
    assert (answered.state, answered.driver_acknowledged_at is not None) == ("open", True)
    rows = await office.pool.fetch("select body from outcomes order by position")
    bodies = [json.loads(row[0]) for row in rows]
    assert [(one.get("action"), one.get("observations", [])) for one in bodies] == [
        ("refused", []),
        (None, ["felt_like_cash"]),
    ]
    assert all(one.get("finding", "unknown") == "unknown" for one in bodies), "no answer is not a clearing"


async def test_undoing_a_finding_corrects_what_was_published(office: Office) -> None:
    await office.consumer.handle([office.assessment("warn")])
    identity = alert_id(office.operator_id, "b")
    await office.actions.confirm_scam(office.operator_id, identity, INES)
    undone = await office.actions.undo(office.operator_id, identity, INES)
    assert isinstance(undone, Alert)
    assert undone.finding is None
    rows = await office.pool.fetch("select body from outcomes order by position")
    assert [json.loads(row[0]).get("finding", "unknown") for row in rows] == ["confirmed_scam", "unknown"]
