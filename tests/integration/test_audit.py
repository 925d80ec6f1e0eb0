"""The audit on a real database: written with what it tells of, never changed, and whatever is done to it is found."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from typer.testing import CliRunner, Result

from notifier import messages
from notifier.alerts.alert import Step
from notifier.audit import ledger
from notifier.audit.chain import Place, sealed
from notifier.audit.checkpoints import Report, drop_old, sign_due, verify
from notifier.audit.entries import Note, note
from notifier.audit.signing import Signer, pem, trusted
from notifier.store import Delivery, Store
from notifier.watch import watch
from pickup_contracts.alert import alert_id
from pickup_contracts.booking import Address, BookingEvent, Contact, Stop
from pickup_runtime.embedded.postgres import EmbeddedPostgres
from pickup_runtime.postgres import Pool
from pickup_runtime.testing.plugin import MakePool
from pickupctl.main import app
from tests.integration.test_console import alert

NOW = datetime.now(UTC).replace(hour=12)
DAY = timedelta(days=1)
KEY = "5a" * 32
SIGNER = Signer.from_hex(KEY)


@pytest.fixture
async def pool(database: MakePool) -> Pool:
    return await database("notifier", "notifier")


@pytest.fixture
async def run(pool: Pool, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`pickupctl`, on this test's database."""
    name = await pool.fetchval("select current_database()")
    monkeypatch.setenv("PICKUP_NOTIFIER_DSN", postgres.dsn(name, "pickup_notifier"))
    monkeypatch.setenv("PICKUP_AUDIT_KEY", KEY)
    for absent in ("PICKUP_SCORER_DSN", "PICKUP_NOTIFIER_PASSWORD", "PICKUP_SECRETS_DIR"):
        monkeypatch.delenv(absent, raising=False)

    async def invoke(*arguments: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))

    return invoke


def some(count: int, operator_id: str = "op-a", at: datetime = NOW) -> list[Note]:
    return [note("test.done", operator_id, at, actor="Ines", booking_id=f"b{n}", body={"n": n}) for n in range(count)]


async def append(pool: Pool, notes: list[Note]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await ledger.append(connection, notes)


async def check(pool: Pool, operator_id: str = "op-a", now: datetime = NOW) -> Report:
    return await verify(pool, operator_id, trusted([SIGNER.public]), now=now)


async def tamper(pool: Pool, *statements: str) -> None:
    """As somebody with the owner's rights to the tables would."""
    async with pool.acquire() as connection, connection.transaction():
        for table in ("audit", "checkpoints"):
            await connection.execute(f"alter table {table} disable trigger user")
        for statement in statements:
            await connection.execute(statement)
        for table in ("audit", "checkpoints"):
            await connection.execute(f"alter table {table} enable trigger user")


async def test_what_happens_to_an_alert_is_written_with_it_and_once(pool: Pool) -> None:
    store, made = Store(pool), alert("op-a", "b")
    for _ in range(2):
        async with store.batch() as batch:
            await batch.write_alerts([made])
            await batch.add_feed(messages.feed(made, (Step("raised", "warn"), Step("acknowledged", actor="Ines")), NOW))
    async with pool.acquire() as connection:
        entries = await ledger.of_booking(connection, "op-a", "b")
    assert [(one.number, one.kind, one.actor) for one in entries] == [
        (1, "alert.decided", None),
        (2, "alert.raised", None),
        (3, "alert.acknowledged", "Ines"),
    ]
    decided = json.loads(entries[0].body)
    assert (decided["score"], decided["booking_version"], decided["reasons"][0]["rule_id"]) == (70, 1, "one")
    assert (await check(pool)).breaks == []


async def test_what_did_not_happen_is_not_written(pool: Pool) -> None:
    store = Store(pool)

    async def crash() -> None:
        async with store.batch() as batch:
            await batch.write_alerts([alert("op-a", "b")])
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        await crash()
    assert await pool.fetchval("select count(*) from audit") == 0
    await append(pool, some(1))
    assert (await check(pool)).entries == 1


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set body = '{}'",
        "update audit set body = body where false",
        "delete from audit",
        "delete from audit where number = 2",
        "truncate audit",
        "update checkpoints set number = 1",
        "delete from checkpoints",
        "truncate checkpoints",
    ],
)
async def test_nothing_is_changed_or_taken_out(pool: Pool, statement: str) -> None:
    await append(pool, some(3))
    await sign_due(pool, SIGNER, NOW)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(statement)
    report = await check(pool)
    assert (report.entries, report.checkpoints, report.breaks) == (3, 1, [])


async def test_many_writers_make_one_chain_without_gap_or_deadlock(pool: Pool) -> None:
    async def write(writer: int) -> None:
        for turn in range(24):
            # New operators all the time, each begun by several writers at once.
            operators = [f"op-{turn // 4}-{(writer + turn + step) % 4}" for step in range(3)]
            await append(pool, [one for name in operators for one in some(2, name)])

    await asyncio.gather(*(write(writer) for writer in range(8)))
    reports = [await check(pool, f"op-{turn}-{index}") for turn in range(6) for index in range(4)]
    assert sum(one.entries for one in reports) == 8 * 24 * 3 * 2
    assert [one for one in reports if one.breaks] == []


@pytest.mark.parametrize(
    ("statement", "number", "why"),
    [
        ("update audit set actor = 'Max' where number = 4", 4, "altered"),
        ("update audit set at = at + interval '1 second' where number = 4", 4, "altered"),
        ("delete from audit where number = 4", 4, "missing: 4"),
        ("delete from audit where number between 4 and 6", 4, "missing: 4 to 6"),
        ("delete from audit where number <= 2", 1, "missing: 1 to 2"),
        ("delete from audit where number >= 9", 9, "missing: 9 to 10"),
        ("delete from audit", 1, "missing: 1 to 10"),
        ("update audit set number = case number when 4 then 5 else 4 end where number in (4, 5)", 4, "does not follow"),
        ("update audit set hash = sha256('x') where number = 10", 10, "altered"),
        ("update audit_heads set number = 9", 10, "not the end"),
        ("update audit_heads set hash = sha256('x')", 10, "not the end"),
    ],
)
async def test_what_was_done_to_it_is_found_and_where(
    pool: Pool, run: Callable[..., Any], statement: str, number: int, why: str
) -> None:
    await append(pool, some(10))
    # Two rows swap their places only when the key may wait for the end of the statement.
    await tamper(pool, "alter table audit drop constraint audit_pkey", statement)
    found = (await check(pool)).breaks
    assert found[0].number == number
    assert why in found[0].why
    answer = await run("audit", "verify", "op-a")
    assert answer.exit_code == 1
    assert f"op-a {number}: " in answer.output
    document = json.loads((await run("audit", "verify", "--json")).output)
    assert document[0]["breaks"][0]["number"] == number


async def test_a_chain_computed_anew_does_not_get_past_its_checkpoint(pool: Pool, run: Callable[..., Any]) -> None:
    await append(pool, some(10))
    assert await sign_due(pool, SIGNER, NOW) == []
    await append(pool, some(3))
    async with pool.acquire() as connection:
        chain = [entry async for page in ledger.read(connection, "op-a") for entry in page]
    chain[3] = msgspec.structs.replace(chain[3], actor="Max")
    place, statements = Place(3, chain[2].hash), []
    for entry in chain[3:]:
        fresh = sealed(entry, place)
        place = Place(fresh.number, fresh.hash)
        statements.append(
            f"update audit set actor = '{fresh.actor}', previous = '\\x{fresh.previous.hex()}', "
            f"hash = '\\x{fresh.hash.hex()}' where number = {fresh.number}"
        )
    await tamper(pool, *statements, f"update audit_heads set hash = '\\x{place.hash.hex()}'")
    (found,) = (await check(pool)).breaks
    assert (found.number, "checkpoint" in found.why) == (10, True)
    assert (await run("audit", "verify")).exit_code == 1
    # The one who can do that may take the checkpoint out as well; then it is missed.
    await tamper(pool, "delete from checkpoints")
    assert (await check(pool)).breaks == []
    (found,) = (await check(pool, now=NOW + 3 * DAY)).breaks
    assert "no checkpoint" in found.why


async def test_each_day_signs_what_grew_and_a_broken_chain_is_never_signed(pool: Pool) -> None:
    await append(pool, some(2))
    for hour in (0, 1):
        together = [sign_due(pool, SIGNER, NOW + timedelta(hours=hour)) for _ in range(4)]
        assert await asyncio.gather(*together) == [[], [], [], []]
    assert await sign_due(pool, SIGNER, NOW + DAY) == [], "nothing grew"
    await append(pool, some(2))
    await sign_due(pool, SIGNER, NOW + DAY)
    assert [row[0] for row in await pool.fetch("select number from checkpoints order by number")] == [2, 4]
    await append(pool, some(2))
    await tamper(pool, "update audit set kind = 'x' where number = 5")
    (found,) = await sign_due(pool, SIGNER, NOW + 2 * DAY)
    assert found.number == 5
    assert await pool.fetchval("select max(number) from checkpoints") == 4


async def test_a_chain_without_its_beginning_is_not_signed(pool: Pool) -> None:
    await append(pool, some(5))
    await tamper(pool, "delete from audit where number <= 2")
    (found,) = await sign_due(pool, SIGNER, NOW)
    assert found.why == "missing: 1 to 2"
    assert await pool.fetchval("select count(*) from checkpoints") == 0


async def test_a_checkpoint_by_another_key_is_not_believed(pool: Pool) -> None:
    await append(pool, some(2))
    await sign_due(pool, Signer.from_hex("77" * 32), NOW)
    (found,) = (await check(pool)).breaks
    assert "not signed by a trusted key" in found.why


async def test_what_is_older_than_twelve_months_goes_and_the_rest_still_holds(pool: Pool) -> None:
    await append(pool, some(5, at=NOW - 400 * DAY))
    await sign_due(pool, SIGNER, NOW - 399 * DAY)
    await append(pool, some(5, at=NOW - 398 * DAY))
    await append(pool, some(5))
    await sign_due(pool, SIGNER, NOW)
    await drop_old(pool, NOW)
    report = await check(pool)
    assert (report.entries, report.breaks) == (10, []), "from the checkpoint on"
    await tamper(pool, "delete from audit where number <= 7")
    (found,) = (await check(pool)).breaks
    assert (found.number, found.why) == (1, "missing: 1 to 7")


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
        await batch.write_watched({("op-a", "b 1"): watch(None, event)}, NOW)
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
