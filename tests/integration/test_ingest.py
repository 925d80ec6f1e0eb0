"""booking-ingest on a real broker and database: what is answered is what happened."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from booking_ingest.api.app import build
from booking_ingest.api.auth import Gate
from booking_ingest.errors import NotAvailable, Unauthorised
from booking_ingest.intake import Intake
from booking_ingest.keys import PREFIX
from booking_ingest.limits import Buckets
from booking_ingest.store import Store
from pickup_contracts.operator import OperatorProfile
from pickup_contracts.topics import BOOKING_EVENTS
from pickup_runtime import metrics, tokens
from pickup_runtime.health import HealthBoard
from pickup_runtime.kafka import Record
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.testing.plugin import MakePool, MakeReader

from .events import raw, ride
from .forging import altered
from .intakes import no_operators
from .serving import served

PATH = "/v1/bookings/events"


class Api:
    """The API with one operator's key."""

    def __init__(
        self, client: httpx.AsyncClient, app: Any, store: Store, operators: OperatorDirectory, gate: Gate, key: str
    ) -> None:
        self.client = client
        self.app = app
        self.gate = gate
        self.store = store
        self.operators = operators
        self.headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        #: What the limit's clock shows: it stands still until a test moves it.
        self.seconds = 0.0

    def limit(self, rate_per_s: float, burst: int) -> None:
        self.gate._rate = Buckets(rate_per_s, burst, clock=lambda: self.seconds)

    async def post(self, body: bytes, **headers: str) -> Any:
        return await self.client.post(PATH, content=body, headers={**self.headers, **headers})


@pytest.fixture
async def api(database: MakePool, producer: AIOKafkaProducer, operator_id: str) -> AsyncIterator[Api]:
    store = Store(await database("booking_ingest", "ingest"))
    minted = tokens.mint(PREFIX)
    await store.add_key(minted.key_id, operator_id, minted.secret_sha256, "test")
    operators = no_operators()
    gate = Gate(store)
    intake = Intake(store, producer, gate, operators, publish_timeout_s=5)
    running = asyncio.create_task(intake.run())
    app = cast(Any, build(intake, HealthBoard("booking-ingest", "test")))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as client:
        yield Api(client, app, store, operators, gate, minted.text)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def of(operator_id: str) -> Callable[[Record], bool]:
    return lambda record: (record.key or b"").startswith(f"{operator_id}/".encode())


async def test_an_event_is_published_before_it_is_accepted(api: Api, operator_id: str, read_topics: MakeReader) -> None:
    reader = await read_topics(BOOKING_EVENTS)
    answer = await api.post(raw(ride("b-1", booker={"phone": "07700 900123"})))
    assert answer.status_code == 202
    assert answer.json() == {"operator_id": operator_id, "booking_id": "b-1", "event_id": "b-1-1", "replayed": False}
    (record,) = await reader.until(lambda found: len(found) == 1, of=of(operator_id))
    assert record.key == f"{operator_id}/b-1".encode()
    published = json.loads(record.value or b"")
    assert published["operator_id"] == operator_id
    assert published["booker"]["phone"] == "+447700900123"
    headers = dict(record.headers)
    assert headers["ce_id"] == b"b-1-1"
    assert headers["ce_source"] == f"/operators/{operator_id}".encode()


async def test_the_same_again_is_answered_as_the_first_time(
    api: Api, operator_id: str, read_topics: MakeReader
) -> None:
    reader = await read_topics(BOOKING_EVENTS)
    event = ride("b-1")
    first = await api.post(raw(event))
    again = await api.post(raw({**event, "occurred_at": "2026-11-20T11:00:00Z"}))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["idempotent-replay"] == "true"
    other = await api.post(raw({**event, "passengers": 4}))
    assert other.status_code == 409
    assert other.json()["field"] == "event_id"
    await api.post(raw(ride("b-2", "e-2")))
    found = await reader.until(lambda found: len(found) >= 2, of=of(operator_id))
    assert len(found) == 2


async def test_at_the_same_moment_one_is_published(api: Api, operator_id: str, read_topics: MakeReader) -> None:
    reader = await read_topics(BOOKING_EVENTS)
    event = ride("b-1")
    answers = await asyncio.gather(
        *(api.post(raw(event)) for _ in range(20)), api.post(raw({**event, "passengers": 9}))
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(set(statuses)) == [202, 409]
    assert statuses.count(409) in (1, 20)
    await api.post(raw(ride("b-2", "e-2")))
    found = await reader.until(lambda found: len(found) >= 2, of=of(operator_id))
    assert len(found) == 2


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b'{"event_id": "e', 400, None),
        (raw(ride("b", occurred_at=1763636530)), 422, "occurred_at"),
        (raw(ride("b", occurred_at="2026-11-20T11:00:00")), 422, "occurred_at"),
        (raw(ride("b", occurred_at=(datetime.now(UTC) + timedelta(days=2)).isoformat())), 422, "occurred_at"),
        (raw(ride("b", driver_eta="0001-01-01T00:00:00+14:00")), 422, "driver_eta"),
        (raw(ride("b", surprise=1)), 422, "surprise"),
        (raw(ride("b", pickup={"address": {"postcode": 5}})), 422, "pickup.address.postcode"),
        (raw(ride("b", notes={"driver": "x" * 100_000})), 422, "notes.driver"),
        (raw(ride("b", notes={"driver": "\x00"})), 422, "notes.driver"),
        (raw(ride("b", notes={"driver": "card 4111 1111 1111 1111"})), 422, "notes.driver"),
        (raw(ride("b", operator_id="op-somebody-else")), 403, "operator_id"),
        (raw(ride("b", notes={"driver": "x" * 1_000_000})), 413, None),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_bad_input_is_answered_with_its_field(api: Api, body: bytes, status: int, field: str | None) -> None:
    answer = await api.post(body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.get("field") == field
    assert problem["status"] == status
    assert "4111" not in answer.text
    # The service goes on.
    assert (await api.post(raw(ride("b-after")))).status_code == 202


async def test_who_has_no_key_is_not_let_in(api: Api) -> None:
    stranger = tokens.mint(PREFIX).text
    for header in ("", "Bearer nothing", f"Bearer {stranger}", altered(api.headers["authorization"])):
        answer = await api.client.post(PATH, content=raw(ride("b")), headers={**api.headers, "authorization": header})
        assert answer.status_code == 401
        assert "pickupctl keys create" in answer.json()["detail"]


async def test_a_revoked_key_stops_working(api: Api) -> None:
    parsed = tokens.parse_bearer(PREFIX, api.headers["authorization"])
    assert parsed is not None
    await api.store.revoke_key(parsed.key_id)
    assert (await api.post(raw(ride("b")))).status_code == 401


async def test_a_key_over_its_rate_is_told_when_to_go_on_and_nothing_is_lost(api: Api) -> None:
    before = metrics.events_received.labels("TooMany")._value.get()
    api.limit(rate_per_s=5, burst=3)
    answers = [await api.post(raw(ride(f"b-{number}"))) for number in range(4)]
    assert [one.status_code for one in answers] == [202, 202, 202, 429]
    late = answers[-1]
    assert late.headers["retry-after"] == "1"
    assert late.headers["content-type"] == "application/problem+json"
    assert (late.json()["type"], late.json()["status"]) == ("/problems/too-many", 429)
    assert metrics.events_received.labels("TooMany")._value.get() == before + 1
    api.seconds += 1
    assert (await api.post(raw(ride("b-3")))).status_code == 202


async def test_over_a_real_connection_refused_bodies_do_not_break_the_next_request(api: Api) -> None:
    api.limit(rate_per_s=2, burst=1)
    body = raw(ride("b", notes={"driver": "x" * 1_900}))
    async with served(api.app) as url, httpx.AsyncClient(base_url=url, headers=api.headers) as client:
        statuses = [(await client.post(PATH, content=body)).status_code for _ in range(4)]
        assert statuses == [202, 429, 429, 429]
        large = await client.post(PATH, content=body + b" " * 200_000)
        assert large.status_code == 429
        api.seconds += 0.5
        assert (await client.post(PATH, content=body)).status_code == 202


@pytest.mark.parametrize("size", [300_000, 3_000_000])
async def test_a_refusal_is_heard_by_who_is_still_sending(api: Api, size: int) -> None:
    """Piece by piece, as over a slow line: the answer comes when all has been sent."""
    host = ""
    async with served(api.app) as url:
        host = url.removeprefix("http://")
        reader, writer = await asyncio.open_connection(*host.split(":"))
        key = api.headers["authorization"]
        writer.write(
            f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\nauthorization: {key}\r\n"
            f"content-type: application/json\r\ncontent-length: {size}\r\n\r\n".encode()
        )
        for _ in range(10):
            writer.write(b" " * (size // 10))
            await writer.drain()
            await asyncio.sleep(0.02)
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 413")


async def test_a_body_that_is_no_body_is_the_senders_fault(api: Api) -> None:
    async with served(api.app) as url:
        host = url.removeprefix("http://")
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(
            f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\nauthorization: {api.headers['authorization']}\r\n"
            "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n".encode()
        )
        answer = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 400")


class Door(Intake):
    """Lets nobody in, and keeps where they came from."""

    def __init__(self) -> None:
        self.sources: list[str] = []

    async def admit(self, authorization: str | None, source: str = "") -> str:
        self.sources.append(source)
        raise Unauthorised


async def test_behind_a_proxy_the_senders_own_line_is_not_believed() -> None:
    door = Door()
    app = build(door, HealthBoard("booking-ingest", "test"), proxy_hops=1)
    async with served(app) as url, httpx.AsyncClient(base_url=url) as client:
        for lines in (["203.0.113.6", "198.51.100.1"], ["203.0.113.6, 198.51.100.2"], ["198.51.100.3"], []):
            headers = [("content-type", "application/json"), *(("X-Forwarded-For", line) for line in lines)]
            assert (await client.post(PATH, content=b"{}", headers=headers)).status_code == 401
    assert door.sources == ["198.51.100.1", "198.51.100.2", "198.51.100.3", "127.0.0.1"]


async def test_what_does_not_fit_into_the_waiting_room_is_to_come_again(
    database: MakePool, producer: AIOKafkaProducer, operator_id: str
) -> None:
    store = Store(await database("booking_ingest", "ingest"))
    event = raw(ride("b-1"))
    intake = Intake(
        store, producer, Gate(store), no_operators(), publish_timeout_s=5, waiting_bytes=2 * len(event) + 100
    )
    first = [asyncio.create_task(intake.take(operator_id, raw(ride(f"b-{number}")))) for number in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(NotAvailable, match="too much waiting") as caught:
        await intake.take(operator_id, raw(ride("b-3")))
    assert (caught.value.status, caught.value.retry_after_s) == (503, 2)
    gone = first.pop()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert intake.waiting_bytes == 2 * len(event), "what nobody listens for any more waits all the same"
    running = asyncio.create_task(intake.run())
    assert not (await first[0]).replayed
    assert not (await intake.take(operator_id, raw(ride("b-3")))).replayed
    await asyncio.sleep(0)
    assert intake.waiting_bytes == 0
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_only_json_is_taken(api: Api) -> None:
    assert (await api.post(raw(ride("b")), **{"content-type": "text/plain"})).status_code == 415
    packed = await api.post(gzip.compress(raw(ride("b"))), **{"content-encoding": "gzip"})
    assert (packed.status_code, packed.json()["title"]) == (415, "Send application/json, uncompressed")
    answer = await api.client.get(PATH)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_profile_with_a_time_zone_lets_local_times_in(
    api: Api, operator_id: str, read_topics: MakeReader
) -> None:
    api.operators.put(OperatorProfile(operator_id=operator_id, name="X", time_zone="Europe/London"))
    reader = await read_topics(BOOKING_EVENTS)
    assert (await api.post(raw(ride("b", occurred_at="2026-07-20T12:00:00")))).status_code == 202
    (record,) = await reader.until(bool, of=of(operator_id))
    assert json.loads(record.value or b"")["occurred_at"] == "2026-07-20T11:00:00Z"


async def test_the_description_is_published(api: Api) -> None:
    document = (await api.client.get("/openapi.json")).json()
    event = document["components"]["schemas"]["BookingEvent"]
    assert event["additionalProperties"] is False
    assert set(event["required"]) == {"event_id", "booking_id", "occurred_at"}
