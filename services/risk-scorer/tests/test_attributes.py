"""What reading an attribute means, in a module that is compiled in the image (ADR 0081) as in Python.

`_columns` reads `mark` and `at` of whatever it is given. Here it is Python; tests/integration/test_compiled.py runs the
same tests against the compiled modules.
"""

from __future__ import annotations

import gc
from typing import Any

import pytest
from msgspec import Struct

from risk_scorer.history import Mark
from risk_scorer.store import _columns


class Slotted:
    __slots__ = ("at", "mark")

    def __init__(self, mark: object, at: object) -> None:
        self.mark = mark
        self.at = at


class Other(Struct):
    at: object
    more: object
    mark: object


def _read(one: Any) -> tuple[object, object]:
    _, (mark,), (at,) = _columns([(1, one)])
    return mark, at


def test_structs_and_slots_of_several_classes_in_turns() -> None:
    for turn in range(50):
        assert _read(Other(("at", turn), "more", turn)) == (turn, ("at", turn))
        assert _read(Slotted(turn, "at")) == (turn, "at")
        assert _read(Mark(turn, turn)) == (turn, turn)  # type: ignore[arg-type]


def test_an_empty_slot_is_an_attribute_that_is_not_there() -> None:
    one = Slotted(1, 2)
    assert _read(one) == (1, 2)
    del one.at
    with pytest.raises(AttributeError, match="at"):
        _read(one)


def test_a_class_that_changes_is_asked_again() -> None:
    class Changing(Slotted):
        __slots__ = ()

    one = Changing(1, 2)
    assert _read(one) == (1, 2)
    type.__setattr__(Changing, "mark", property(lambda self: "computed"))
    assert _read(one) == ("computed", 2)
    type.__delattr__(Changing, "mark")
    assert _read(one) == (1, 2)


def test_a_base_class_that_changes_is_asked_again() -> None:
    class Base:
        __slots__ = ()

    class Changing(Base):
        __slots__ = ("at",)

    one: Any = Changing()
    one.at = 2
    with pytest.raises(AttributeError, match="mark"):
        _read(one)
    type.__setattr__(Base, "mark", 1)
    assert _read(one) == (1, 2)
    type.__setattr__(Base, "mark", 3)
    assert _read(one) == (3, 2)


def test_a_class_that_answers_itself_is_let_answer() -> None:
    class Answering(Slotted):
        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            return f"its own {name}"

    assert _read(Answering(1, 2)) == ("its own mark", "its own at")


def test_a_slot_of_another_class_is_refused() -> None:
    class Borrowing:
        mark = Slotted.__dict__["mark"]
        at = 2

    with pytest.raises(TypeError, match="mark"):
        _read(Borrowing())


def test_classes_that_come_and_go_are_not_taken_for_each_other() -> None:
    for number in range(40):
        slots = ("mark", "at") if number % 2 else ("a", "at", "b", "mark")
        made: Any = type("Made", (), {"__slots__": slots})()
        made.mark, made.at = number, -number
        assert _read(made) == (number, -number)
        del made
        gc.collect()
