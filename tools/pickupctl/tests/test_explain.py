"""What `explain` shows of a booking: nothing that a person wrote into it, whatever that is."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import to_builtins
from msgspec.json import encode
from rich.console import Console

from pickup_contracts.assessment import Premises, StopPremises
from pickup_contracts.codec import decode_booking
from pickupctl.explain import show
from risk_scorer.explain.explained import Explanation, Held, explain, read_stored
from risk_scorer.facts import Facts
from risk_scorer.merge import Arrived, fold_all
from risk_scorer.policy.standing import Policy
from risk_scorer.signals.catalogue import evidence_of
from tests.judged import made_of
from tests.shipped import PROGRAM

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
#: Letters that no word of the output is made of, so that what is found in it can only have come from the booking.
_SECRET = st.text(alphabet="ΑΒΓΔΕΖΗΘ", min_size=4, max_size=12)
_DIGITS = st.integers(10**8, 10**9 - 1).map(lambda number: f"0{number}")
#: Words that make signals true, so that what they are seen in is shown.
_TELLING = st.sampled_from(
    ["", "bank card and pin", "police evidence", "do not ring the bell", "outside the station", "grandson's documents"]
)


@st.composite
def bookings(draw: st.DrawFn) -> tuple[dict[str, Any], set[str]]:
    """A booking whose texts, names and numbers are all secrets, and those secrets."""
    secrets: set[str] = set()

    def word() -> str:
        secret = draw(_SECRET)
        secrets.add(secret)
        return f"{secret} {draw(_TELLING)} {secret}".strip()

    def number() -> str:
        secret = draw(_DIGITS)
        secrets.add(secret)
        return secret

    def stop() -> dict[str, Any]:
        return {
            "address": {
                "line1": draw(st.sampled_from(["14 ", "Flat 2, ", "Car park, "])) + word(),
                "line2": word(),
                "town": draw(st.sampled_from([word(), number(), f"12 {word()}"])),
                "postcode": draw(st.sampled_from(["SG8 5ZZ", "", number()])),
                "uprn": number(),
                "lat": 52.0481234,
                "lon": -0.0241234,
            },
            "organisation": draw(st.none() | st.just(word())),
            "contact": {"name": word(), "phone": number(), "email": f"{number()}@example.com"},
            "notes": word(),
        }

    secrets |= {"5ZZ", "52.048", "0.0241"}
    event = {
        "event_id": number(),
        "booking_id": "B-1",
        "operator_id": "op-1",
        "occurred_at": NOW.isoformat(),
        "status": draw(st.sampled_from(["requested", "cancelled"])),
        "service": draw(st.sampled_from(["taxi", "courier"])),
        "carries": draw(st.sampled_from(["parcel", "passenger"])),
        "pickup": stop(),
        "dropoff": stop(),
        "via": [stop()],
        "passenger": {"name": word(), "phone": number()},
        "booker": {
            "name": word(),
            "phone": number(),
            "email": f"{number()}@example.com",
            "account": {"id": number(), "type": "guest"},
            "relationship": word(),
        },
        "items": [{"description": word(), "kind": word(), "barcode": number()}],
        "payment": {"method": "card", "token": f"tok_{number()}"},
        "notes": {"driver": word(), "office": word()},
        "driver": {"id": number(), "name": word(), "phone": number(), "vehicle": word()},
        "device": {"id": number(), "ip": "203.0.113.77"},
        "change_reason": word(),
        "changed_by": "booker",
        "handover": {"recipient_name": word()},
        "related": [{"booking_id": number(), "relation": "return"}],
        "reference": word(),
        "source_status": word(),
        "source": word(),
    }
    return event, secrets | {"203.0.113"}


def explained(event: dict[str, Any]) -> Explanation:
    """The booking judged and explained, as the scorer and the command do it."""
    arrived = Arrived(decode_booking(encode(event)), 1)
    state = fold_all([arrived])
    assert state is not None
    facts = Facts(state, NOW)
    signals = Policy(PROGRAM).reader.read(facts)
    judged = Policy(PROGRAM).judge("op-1", signals, (), NOW)
    evidence = {fired.rule.id: evidence_of(fired.signals, facts) for fired in judged.verdict.fired}
    stops = [
        StopPremises(one.kind, one.residential, one.source, one.confidence) for one in (facts.pickup, facts.dropoff)
    ]
    made = made_of(judged, signals, PROGRAM, NOW, premises=Premises(*stops), evidence=evidence, events=[arrived])
    return explain(made, read_stored(made.signals), Held(PROGRAM, "shipped with this version"))


def rendered(found: Explanation, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    show.explanation(console, found, rules=True, unknown=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@settings(deadline=None, max_examples=40)
@given(bookings())
def test_nothing_that_was_written_into_a_booking_is_shown(made: tuple[dict[str, Any], set[str]]) -> None:
    event, secrets = made
    found = explained(event)
    assert found.again.same, found.again
    # On one endless line nothing is folded, so that nothing hides in two halves.
    for output in (encode(to_builtins(found)).decode(), rendered(found, 6_000)):
        assert {secret for secret in secrets if secret in output} == set()
        assert not set("ΑΒΓΔΕΖΗΘ") & set(output)
    assert "given, not shown: address.line1" in rendered(found, 6_000)


@settings(deadline=None, max_examples=15)
@given(bookings())
def test_it_fits_a_terminal_of_80_columns(made: tuple[dict[str, Any], set[str]]) -> None:
    lines = rendered(explained(made[0]), 80).splitlines()
    assert max(map(len, lines)) <= 80
