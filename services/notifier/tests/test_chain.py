"""The chain: whatever is done to it afterwards is found, and where."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.audit.chain import GENESIS, Entry, Place, breaks, moment, sealed
from notifier.audit.signing import Signer, holds, pem, public_key, trusted
from notifier.errors import AuditFault

START = datetime(2026, 5, 1, 10, 0, 0, 123456, tzinfo=UTC)
_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


@st.composite
def chains(draw: st.DrawFn, least: int = 2) -> list[Entry]:
    place = Place()
    made: list[Entry] = []
    for index in range(draw(st.integers(least, 12))):
        entry = Entry(
            operator_id="op-a",
            number=0,
            at=START + timedelta(seconds=index * draw(st.integers(0, 100))),
            kind=draw(st.sampled_from(["alert.raised", "session.opened"])),
            actor=draw(st.none() | _text),
            booking_id=draw(st.none() | _text),
            body=draw(_text),
            previous=GENESIS,
            hash=GENESIS,
        )
        made.append(sealed(entry, place))
        place = Place(made[-1].number, made[-1].hash)
    return made


def end(chain: list[Entry]) -> Place:
    return Place(chain[-1].number, chain[-1].hash)


def check(chain: list[Entry], head: Place) -> list[int]:
    """The numbers at which it does not hold."""
    return [one.number for one in breaks(chain, "op-a", start=Place(), head=head)]


@given(chains())
def test_a_chain_that_nobody_touched_holds(chain: list[Entry]) -> None:
    assert check(chain, end(chain)) == []


@given(chains(), st.data())
def test_an_alteration_is_found_where_it_is(chain: list[Entry], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(chain) - 1))
    entry, head = chain[index], end(chain)
    field, value = data.draw(
        st.sampled_from(
            [
                ("at", entry.at + timedelta(microseconds=1)),
                ("kind", entry.kind + "x"),
                ("actor", "x" if entry.actor is None else None),
                ("booking_id", (entry.booking_id or "") + "x"),
                ("body", entry.body + " "),
                ("operator_id", "op-b"),
            ]
        )
    )
    chain[index] = msgspec.structs.replace(entry, **{field: value})
    assert entry.number in check(chain, head)
    assert min(check(chain, head)) == entry.number


@given(chains(), st.data())
def test_an_alteration_with_a_fresh_hash_is_found_at_the_next(chain: list[Entry], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(chain) - 1))
    head, entry = end(chain), chain[index]
    before = Place(entry.number - 1, entry.previous)
    chain[index] = sealed(msgspec.structs.replace(entry, body=entry.body + " "), before)
    assert check(chain, head) == [min(entry.number + 1, len(chain))]


@given(chains(), st.data())
def test_whoever_computes_everything_anew_is_found_by_the_checkpoint(chain: list[Entry], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(chain) - 1))
    signed = data.draw(st.integers(index, len(chain) - 1))
    vouched = {chain[signed].number: chain[signed].hash}
    place = Place(chain[index].number - 1, chain[index].previous)
    chain[index] = msgspec.structs.replace(chain[index], body=chain[index].body + " ")
    for later in range(index, len(chain)):
        chain[later] = sealed(chain[later], place)
        place = Place(chain[later].number, chain[later].hash)
    found = breaks(chain, "op-a", start=Place(), signed=vouched, head=place)
    assert [one.number for one in found] == [signed + 1]
    assert "checkpoint" in found[0].why


@given(chains(), st.data())
def test_what_is_missing_is_named(chain: list[Entry], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(chain) - 1))
    last = data.draw(st.integers(first, len(chain) - 1))
    head = end(chain)
    del chain[first : last + 1]
    (found,) = breaks(chain, "op-a", start=Place(), head=head)
    assert found.number == first + 1
    assert found.why == (f"missing: {first + 1}" if first == last else f"missing: {first + 1} to {last + 1}")


@given(chains(), st.data())
def test_a_swap_is_found(chain: list[Entry], data: st.DataObject) -> None:
    one = data.draw(st.integers(0, len(chain) - 2))
    other = data.draw(st.integers(one + 1, len(chain) - 1))
    head = end(chain)
    chain[one], chain[other] = chain[other], chain[one]
    assert one + 1 in check(chain, head)


@given(chains(), st.data())
def test_a_swap_of_contents_under_the_old_numbers_is_found(chain: list[Entry], data: st.DataObject) -> None:
    one = data.draw(st.integers(0, len(chain) - 2))
    other = data.draw(st.integers(one + 1, len(chain) - 1))
    head = end(chain)
    a, b = chain[one], chain[other]
    chain[one] = msgspec.structs.replace(b, number=a.number)
    chain[other] = msgspec.structs.replace(a, number=b.number)
    assert min(check(chain, head)) == one + 1


@given(chains(), st.data())
def test_what_is_put_in_is_found(chain: list[Entry], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(chain)))
    head = end(chain)
    place = Place(chain[index - 1].number, chain[index - 1].hash) if index else Place()
    chain.insert(index, sealed(msgspec.structs.replace(chain[0], body="put in", kind="put in"), place))
    assert min(check(chain, head)) in (index + 1, index + 2)


@given(chains())
def test_an_excerpt_holds_by_itself(chain: list[Entry]) -> None:
    assert breaks(chain[1:], "op-a", start=None) == []


@given(chains())
def test_the_hash_can_be_computed_with_a_standard_library(chain: list[Entry]) -> None:
    previous = "00" * 32
    for number, entry in enumerate(chain, 1):
        said = ["pickup-audit-1", "op-a", number, entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")]
        said += [entry.kind, entry.actor, entry.booking_id, entry.body, previous]
        previous = hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
        assert entry.hash.hex() == previous


def test_a_moment_is_written_in_utc_with_microseconds() -> None:
    summer = datetime.fromisoformat("2026-05-01T11:00:00+01:00")
    assert moment(summer) == "2026-05-01T10:00:00.000000Z"


def test_a_checkpoint_holds_for_what_it_was_signed_for_alone() -> None:
    signer = Signer.from_hex("11" * 32)
    keys = trusted([signer.public])
    made = signer.checkpoint("op-a", Place(7, b"h" * 32), START)
    assert holds(made, keys)
    for change in (
        {"number": 8},
        {"hash": b"i" * 32},
        {"operator_id": "op-b"},
        {"at": START + timedelta(days=1)},
        {"signature": bytes(64)},
        {"key_id": "0" * 16},
    ):
        assert not holds(msgspec.structs.replace(made, **change), keys)
    assert not holds(made, trusted([Signer.from_hex("22" * 32).public]))
    assert holds(made, trusted([public_key(pem(signer.public).encode())]))


@pytest.mark.parametrize("text", ["", "zz", "11" * 31])
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AuditFault, match="PICKUP_AUDIT_KEY"):
        Signer.from_hex(text)
