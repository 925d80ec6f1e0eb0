"""What leaves the house: exports and evidence, signed, minimal, logged, and never from a record that does not hold."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from notifier import messages
from notifier.alerts.alert import Step
from notifier.audit.checkpoints import sign_due
from notifier.audit.signing import pem
from notifier.rung_rows import Delivery
from notifier.store import Store
from notifier.watch import watch
from pickup_contracts.alert import alert_id
from pickup_contracts.booking import Address, BookingEvent, Contact, Stop
from pickup_runtime.postgres import Pool
from tests.integration.alerts import alert
from tests.integration.audit.record import DAY, NOW, SIGNER, append, some, tamper


async def test_an_export_holds_by_itself_and_is_logged(pool: Pool, run: Callable[..., Any], tmp_path: Path) -> None:
    await append(pool, some(5, at=NOW - 3 * DAY))
    await append(pool, some(5, at=NOW - 2 * DAY))
    await sign_due(pool, SIGNER, NOW - DAY)
    await append(pool, some(5))
    file = tmp_path / "stretch.jsonl"
    day = f"{NOW - 3 * DAY:%Y-%m-%d}", f"{NOW - 2 * DAY:%Y-%m-%d}"
    answer = await run("audit", "export", "op-a", str(file), "--from", day[0], "--to", day[1])
    assert answer.exit_code == 0, answer.output
    lines = file.read_bytes().splitlines(keepends=True)
    assert len(lines) == 1 + 10, "on to the checkpoint that covers it"
    assert (await run("audit", "verify", "--file", str(file))).exit_code == 0
    assert await pool.fetchval("select kind from audit order by number desc limit 1") == "audit.exported"
    assert (await run("audit", "export", "op-a", str(file))).exit_code != 0, "never over another file"
    spoiled = {
        "altered": [*lines[:3], lines[3].replace(b"Ines", b"Max"), *lines[4:]],
        "missing": [*lines[:3], *lines[4:]],
        "reordered": [*lines[:3], lines[4], lines[3], *lines[5:]],
        "cut off": lines[:-2],
        "begun later": [lines[0], *lines[2:]],
        "other checkpoint": [lines[0].replace(b'"number":10', b'"number":9'), *lines[1:]],
    }
    for what, text in spoiled.items():
        file.write_bytes(b"".join(text))
        found = await run("audit", "verify", "--file", str(file))
        assert (found.exit_code, "op-a" in found.output) == (1, True), what


async def add_case(pool: Pool) -> None:
    store = Store(pool)
    made = alert("op-a", "b 1", acknowledged_at=NOW, acknowledged_by="Ines")
    body = {"type": "pickup.alert.warning", "data": {"driver_text": "CHECK BEFORE YOU COLLECT.", "to": "07700900123"}}
    told = Delivery(uuid.uuid4(), made.alert_id, "op-a", "b 1", "sms", msgspec.json.encode(body), made.deadline, 0, NOW)
    stop = Stop(
        address=Address(line1="14 Mill Rd", postcode="CB1 2AD"), contact=Contact(name="Ada Mill", phone="01632960001")
    )
    event = BookingEvent(
        event_id="e", operator_id="op-a", booking_id="b 1", occurred_at=NOW, status="requested", pickup=stop
    )
    async with store.batch() as batch:
        await batch.bookings.write({("op-a", "b 1"): watch(None, event)}, NOW)
        await batch.write_alerts([made])
        await batch.rungs.add([told])
        await batch.add_feed(messages.feed(made, (Step("raised", "warn"), Step("acknowledged", actor="Ines")), NOW))


async def test_evidence_is_signed_minimal_and_logged(
    pool: Pool, run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_case(pool)
    await append(pool, some(3, "op-a"))
    folder = tmp_path / "pack"
    make = ("evidence", "op-a/b 1", "--out", str(folder), "--reason", "asked for by the police", "--ref", "CAD-77")
    answer = await run(*make)
    assert answer.exit_code == 0, answer.output
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"evidence-op-a-b_1.{end}" for end in ("json", "pdf", "sig.json")]
    text = (folder / names[0]).read_text()
    pack = json.loads(text)
    assert (pack["decision"]["score"], pack["decision"]["acknowledged_by"]) == (70, "Ines")
    assert [one["title"] for one in pack["reasons"]] == ["Why <b>so</b>", "Known here for years"]
    assert pack["told"][0]["words"] == {"driver_text": "CHECK BEFORE YOU COLLECT."}
    assert [one["kind"] for one in pack["timeline"]] == ["alert.decided", "alert.raised", "alert.acknowledged"]
    assert pack["made"]["references"] == ["CAD-77"]
    for personal in ("Mill", "Ada", "01632960001", "CB1", "07700900123"):
        assert personal not in text
    assert (folder / names[1]).read_bytes().startswith(b"%PDF-")
    row = await pool.fetchrow("select kind, booking_id, actor, body from audit order by number desc limit 1")
    assert (row["kind"], row["booking_id"]) == ("evidence.made", "b 1")
    assert json.loads(row["body"])["reason"] == "asked for by the police"
    assert json.loads(row["body"])["contact"] is False
    assert (await run("evidence", "verify", str(folder))).exit_code == 0
    assert (await run(*make)).exit_code != 0, "never over another pack"

    monkeypatch.delenv("PICKUP_AUDIT_KEY")
    stranger = await run("evidence", "verify", str(folder))
    assert (stranger.exit_code, "do not trust" in stranger.output) == (1, True)
    public = tmp_path / "firm.pem"
    public.write_text(pem(SIGNER.public))
    assert (await run("evidence", "verify", str(folder), "--public-key", str(public))).exit_code == 0
    for name in names:
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(kept.replace(b"2", b"3", 1))
        assert (await run("evidence", "verify", str(folder), "--public-key", str(public))).exit_code != 0, name
        (folder / name).write_bytes(kept)
    (folder / names[1]).unlink()
    assert "is missing" in (await run("evidence", "verify", str(folder), "--public-key", str(public))).output


async def test_evidence_has_the_contact_only_when_asked_and_only_while_it_is_held(
    pool: Pool, run: Callable[..., Any], tmp_path: Path
) -> None:
    await add_case(pool)
    asked = ("--reason", "for a visit", "--include-contact")
    assert (await run("evidence", "op-a/b 1", "--out", str(tmp_path / "one"), *asked)).exit_code == 0
    contact = json.loads((tmp_path / "one" / "evidence-op-a-b_1.json").read_text())["contact"]
    assert contact == {"pickup": "14 Mill Rd, CB1 2AD", "pickup_contact": "Ada Mill · 01632960001"}
    assert json.loads(await pool.fetchval("select body from audit order by number desc limit 1"))["contact"] is True
    await pool.execute("delete from watched_bookings")
    answer = await run("evidence", "op-a/b 1", "--out", str(tmp_path / "two"), *asked)
    assert (answer.exit_code, (tmp_path / "two").exists()) == (1, False)


async def test_no_evidence_from_a_record_that_does_not_hold_nor_of_another_operator(
    pool: Pool, run: Callable[..., Any], tmp_path: Path
) -> None:
    await add_case(pool)
    other = await run("evidence", "op-b/b 1", "--out", str(tmp_path / "x"), "--reason", "r")
    assert "no alert" in str(other.exception)
    await tamper(pool, "update audit set actor = 'Max' where number = 3")
    broken = await run("evidence", "op-a/b 1", "--out", str(tmp_path / "x"), "--reason", "r")
    assert "does not hold at 3" in str(broken.exception)
    assert not (tmp_path / "x").exists()
    assert alert_id("op-a", "b 1") != alert_id("op-b", "b 1")
