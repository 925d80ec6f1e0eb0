"""A stream of events from many operators with one growing history: what would have been decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

from msgspec import UNSET, Struct

from pickup_contracts.assessment import Assessment, Decision, rank
from pickup_contracts.booking import Address, Stop
from pickup_contracts.codec import decode_booking
from pickup_contracts.errors import ContractError
from pickupctl.errors import InputFault
from pickupctl.evaluate.engine import Engine, Scorer
from risk_scorer.assess import Answer
from risk_scorer.incoming import Incoming
from risk_scorer.premises.address_key import area

BATCH = 500
#: By what the rates are shown.
VIEWS = ("service", "operator", "premises", "pattern", "channel", "area")


class BookingDecision(Struct):
    """The highest decision that a booking reached, and whether it was reached before the goods were collected."""

    operator_id: str
    booking_id: str
    decision: Decision = "allow"
    score: int = 0
    reasons: list[str] = []
    before_collection: bool = True


class Rates:
    """Decisions of bookings as they rise, and who they belong to."""

    def __init__(self) -> None:
        self.bookings: dict[tuple[str, str], BookingDecision] = {}
        self._view: dict[tuple[str, str], dict[str, str]] = {}
        self.events = 0

    def take(self, answer: Answer) -> None:
        """Count one answer."""
        self.events += 1
        incoming, result = answer.incoming, answer.result
        key = (incoming.operator_id, incoming.booking_id)
        _describe(self._view.setdefault(key, {"operator": incoming.operator_id}), incoming)
        if result is not None:
            self.rise(result)

    def rise(self, result: Assessment) -> None:
        """Count an assessment, of an event or of a booking judged again."""
        key = (result.operator_id, result.booking_id)
        view = self._view.setdefault(key, {"operator": result.operator_id})
        best = self.bookings.setdefault(key, BookingDecision(*key))
        if best.score == 0 or result.score > best.score:
            higher = rank(result.decision) > rank(best.decision)
            best.score = result.score
            best.reasons = [reason.rule_id for reason in result.reasons]
            if higher:
                best.decision = result.decision
                best.before_collection = not result.too_late
        view["premises"] = f"{result.premises.pickup.kind} ({result.premises.pickup.residential})"
        view["pattern"] = result.pattern

    def table(self, view: str) -> dict[str, Counter[str]]:
        """Bookings by decision for each value of a view, most bookings first."""
        rows: dict[str, Counter[str]] = {}
        for key, booking in self.bookings.items():
            row = rows.setdefault(self._view[key].get(view, "unknown"), Counter())
            row["bookings"] += 1
            row[booking.decision] += 1
        return dict(sorted(rows.items(), key=lambda item: -item[1]["bookings"]))

    def overall(self) -> Counter[str]:
        """Bookings by decision."""
        counted: Counter[str] = Counter()
        for booking in self.bookings.values():
            counted["bookings"] += 1
            counted[booking.decision] += 1
        return counted


def _describe(view: dict[str, str], incoming: Incoming) -> None:
    event = incoming.event
    if event.service is not UNSET:
        view["service"] = f"{event.service}, {event.carries if event.carries is not UNSET else 'unknown'}"
    if event.channel is not UNSET:
        view["channel"] = event.channel
    if isinstance(event.pickup, Stop) and isinstance(event.pickup.address, Address):
        view["area"] = (area(event.pickup.address) or "unknown").upper()


def read_events(engine: Engine, path: Path) -> Iterator[tuple[int, Incoming]]:
    """Events of a JSONL file with the bytes read so far.

    Raises:
        InputFault: naming the line and the field.
    """
    done = 0
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            done += len(line)
            if not line.strip():
                continue
            try:
                event = decode_booking(line)
            except ContractError as error:
                raise InputFault(f"{path}, line {number}: {error}") from None
            if event.operator_id is UNSET:
                raise InputFault(f"{path}, line {number}: operator_id: is required in traffic")
            yield done, engine.incoming(event, event.operator_id, line)


async def run_traffic(scorer: Scorer, events: Iterable[tuple[int, Incoming]], rates: Rates) -> AsyncIterator[int]:
    """Assess a stream in batches, counting into `rates`; yields the bytes done after each batch."""
    batch: list[Incoming] = []
    done = 0
    for done, incoming in events:
        batch.append(incoming)
        if len(batch) >= BATCH:
            await _count(scorer, batch, rates)
            batch = []
            yield done
    if batch:
        await _count(scorer, batch, rates)
    yield done


async def _count(scorer: Scorer, batch: list[Incoming], rates: Rates) -> None:
    for answer in await scorer.assess(batch):
        rates.take(answer)
    for result in await scorer.again():
        rates.rise(result)
