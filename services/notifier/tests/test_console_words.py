"""The page has words for every code, reads forms strictly, and links only what is shared. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.actions import Done, Finding
from notifier.alerts.alert import CommandState, State, Telling
from notifier.alerts.look_alikes import LOOK_ALIKES, WORDS
from notifier.alerts.rungs import RungState
from notifier.audit.chain import GENESIS, Entry
from notifier.console import words
from notifier.console.forms import found, plain, read
from notifier.console.linked import Neighbour, links
from notifier.console.seen_in import in_words
from notifier.console.timeline import lines
from notifier.watch import watch
from pickup_contracts.alert import AlertEventType, alert_id
from pickup_contracts.assessment import Decision
from pickup_contracts.booking import Observation
from pickup_contracts.codec import decode_booking

AT = datetime(2026, 11, 20, 11, 2, 10, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (["notes.driver"], "note for the driver"),
        (["pickup, items, dropoff.notes"], "the pickup; the goods; note on the drop-off"),
        (["items[2].description", "items[0].description"], "what the goods are said to be"),
        (["via[1].address.line1", "via"], "address of the stop on the way; the stops on the way"),
        (["2 other homes in 7 days", "booker.phone"], "2 other homes in 7 days; the booker's phone"),
        (["cancelled as the driver stopped"], "cancelled as the driver stopped"),
        (["not here, nor there"], "not here, nor there"),
        (["some.new_field[3].of_a_newer_scorer"], "some new field of a newer scorer"),
        ([], ""),
    ],
)
def test_where_a_reason_was_seen_is_said_in_words(evidence: list[str], said: str) -> None:
    assert in_words(evidence) == said


@pytest.mark.parametrize(
    ("codes", "known"),
    [
        (Observation, words.OBSERVATIONS),
        (Done, words.DONE),
        (Finding, words.FINDINGS),
        (Decision, words.DECISIONS),
        (State, words.STATES),
        (CommandState, words.command_states(connected=True)),
        (CommandState, words.command_states(connected=False)),
        (RungState, words.DELIVERIES),
        (Telling, words.TELLINGS),
    ],
)
def test_every_code_has_words(codes: Any, known: dict[str, str]) -> None:
    assert set(get_args(codes)) - set(known) == set()


def test_look_alikes_are_the_families_but_the_one_that_clears_nothing() -> None:
    assert set(WORDS) == {f"N{number:02}" for number in range(1, 45)} - {"N43"}
    assert sum(map(len, LOOK_ALIKES.values())) == len(WORDS), "none stands in two groups"
    assert not re.search("fraudster|victim", " ".join(WORDS.values()), re.IGNORECASE)


@pytest.mark.parametrize("kind", list(get_args(AlertEventType)))
def test_every_step_has_a_line_in_the_timeline(kind: str) -> None:
    body = {"audience": "driver", "channel": "sms", "recipient_ref": "driver", "detail": "warn"}
    (line,) = lines([entry(f"alert.{kind}", body)], LONDON)
    assert line.what[0].isupper()
    assert "_" not in line.what
    assert line.clock == "11:02:10"


def entry(kind: str, body: dict[str, Any]) -> Entry:
    return Entry(
        operator_id="op-a", number=1, at=AT, kind=kind, actor="Ines", booking_id="b",
        body=msgspec.json.encode(body).decode(), previous=GENESIS, hash=GENESIS,
    )  # fmt: skip


def test_a_lowered_alert_and_a_finding_read_as_sentences() -> None:
    said = lines(
        [
            entry("alert.raised", {"detail": "lowered from hold_recommended to warn"}),
            entry("alert.raised", {"detail": "warn"}),
            entry("alert.failed", {"channel": "sms", "recipient_ref": "dispatcher-2", "detail": "HTTP 500"}),
            entry("outcome.reported", {"finding": "cleared", "clear_reason": "N17", "comment": True}),
            entry("outcome.reported", {"finding": "unknown"}),
            entry("alert.decided", {}),
        ],
        LONDON,
    )
    assert [one.what for one in said] == [
        "Lowered from likely scam to warning",
        "Raised: warning",
        "Did not reach dispatcher-2 by text (HTTP 500)",
        "Found: harmless; Sold online, the buyer sent a courier; a note",
        "Found: taken back, not known",
    ]


@given(
    st.dictionaries(st.sampled_from(["seen", "once", "comment", "observations", "finding", "x"]), st.lists(st.text()))
)
def test_a_form_is_read_or_refused_and_never_holds_what_turns_text_round(sent: dict[str, Sequence[str]]) -> None:
    form = read(sent)
    if form is not None:
        assert not set("\u202e\u2066\x00\u200f") & set(form.comment)
        assert form.finding in ("unknown", "suspected_scam")
        assert found(form) is None or form.comment or form.observations or form.finding != "unknown"


def test_text_is_kept_as_it_was_meant() -> None:
    assert plain("  O'Brien – 14\u202e €\x00\r\n") == "O'Brien – 14 €"
    assert plain("one\r\ntwo", lines=True) == "one\ntwo"
    assert plain("CAD 1\r\nX: y") == "CAD 1 X: y"


def watched(booking_id: str, **more: Any) -> Any:
    event = {"event_id": "e", "operator_id": "op-a", "booking_id": booking_id, "occurred_at": "2026-11-20T11:00:00Z"}
    return watch(None, decode_booking(msgspec.json.encode({**event, **more})))


def neighbour(booking_id: str, **more: Any) -> Neighbour:
    return Neighbour(
        alert_id=alert_id("op-a", booking_id), booking_id=booking_id, state="open", decision="warn", finding=None,
        raised_at=AT, watched=watched(booking_id, **more),
    )  # fmt: skip


def stop(line1: str | None, postcode: str | None = "SG8 5AA", phone: str | None = None) -> dict[str, Any]:
    return {"address": {"line1": line1, "postcode": postcode}, "contact": {"phone": phone}}


def test_linked_is_what_shares_a_place_or_a_phone_however_written() -> None:
    mine = watched("mine", pickup=stop("14 Meadow Close"), dropoff=stop("Station", "WD17 1AA", "+447700900001"))
    found_ = links(
        mine,
        [
            neighbour("home", pickup=stop("14, MEADOW close", "sg85aa")),
            neighbour("ride", dropoff=stop("14 Meadow Close")),
            neighbour("phone", pickup=stop(None, None, "+44 7700 900001")),
            neighbour("other", pickup=stop("15 Meadow Close"), dropoff=stop(None, None, "999")),
            neighbour("mine", pickup=stop("14 Meadow Close")),
            neighbour("nowhere", pickup=stop("", "")),
        ],
    )
    assert [(one.neighbour.booking_id, one.shares) for one in found_] == [
        ("home", ("same pickup",)),
        ("ride", ("pickup here is drop-off there",)),
        ("phone", ("phone at the drop-off here is phone at the pickup there",)),
    ]
    assert links(None, [neighbour("home", pickup=stop("14 Meadow Close"))]) == []
