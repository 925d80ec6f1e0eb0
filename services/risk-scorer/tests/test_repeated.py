"""One text dictated at many homes is the same text, however it is typed; an ordinary note is nobody's."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from risk_scorer.text.findings import FieldText, read
from risk_scorer.text.repeated import is_telling, said_in

_DICTATED = "Collect the sealed envelope from my grandmother, do not ring the bell, driver must not talk to her"


def _said(*notes: str, names: tuple[str, ...] = (), field: str = "notes.driver") -> str | None:
    found = read([FieldText(field, note) for note in notes])
    return said_in(notes, names) if is_telling(found) else None


@pytest.mark.parametrize(
    "note",
    [
        "collect the SEALED envelope from my grandmother - do not ring the bell - driver must not talk to her!!",
        "driver must not talk to my grandmother, collect sealed envelope, do not ring bell",
        "pls colect sealed envelope from my grandmother, Mrs Stone 14. do not ring bell. driver must not talk to her",
    ],
)
def test_the_same_text_otherwise_typed_is_the_same(note: str) -> None:
    assert _said(_DICTATED) is not None
    assert _said(note) == _said(_DICTATED)


@pytest.mark.parametrize(
    "note",
    [
        "ring the bell and wait by the gate, the driver must come to the front door with the parcel",
        "do not ring the bell",
        "ring Euan when you are outside, he can not leave the till before the shop is closed",
        "",
        "sealed envelope",
    ],
)
def test_what_asks_for_nothing_or_says_too_little_is_nobodys(note: str) -> None:
    assert _said(note) is None


def test_whom_it_speaks_of_by_name_makes_no_other_text() -> None:
    named = (
        "Collect the sealed envelope from my grandmother Rose Bell, do not ring the bell, driver must not talk to her"
    )
    assert _said(named, names=("Mrs Rose Bell",)) == _said(_DICTATED, names=("Mrs Rose Bell",))


def test_what_an_office_suspects_makes_no_note_of_the_bookers_telling() -> None:
    assert _said(_DICTATED, field="notes.office") is None


def test_what_asks_for_more_is_another_text() -> None:
    assert _said(_DICTATED) != _said(f"{_DICTATED}, meet me outside the station")


@given(some.randoms(use_true_random=False))
def test_neither_order_nor_repeats_make_another(rng: random.Random) -> None:
    parts = _DICTATED.split(", ")
    rng.shuffle(parts)
    assert _said(", ".join(parts)) == _said(_DICTATED)
    assert _said(_DICTATED, _DICTATED) == _said(_DICTATED)
