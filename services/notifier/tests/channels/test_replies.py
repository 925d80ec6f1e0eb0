"""What drivers text back, as they write it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.replies import CODES, for_provider, read


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1", "collected"),
        (" 1 ", "collected"),
        ("1.", "collected"),
        ("1 got it", "collected"),
        ("1, got it 5 min ago", "collected"),
        ("(1)", "collected"),
        ("#1", "collected"),
        ("1️⃣", "collected"),
        ("\uff11", "collected"),
        ('"1"', "collected"),
        ("1\n\nSent from my phone", "collected"),
        ("2", "refused"),
        ("2 - did not take it", "refused"),
        ("2!", "refused"),
        ("3", "call_me"),
        ("3 please call", "call_me"),
        ("3 ring me on 07700 900 123", "call_me"),
        ("4", "understood"),
        ("4. Ok", "understood"),
    ],
)
def test_what_is_understood(text: str, meaning: str) -> None:
    assert read(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "ok",
            "yes",
            "5",
            "0",
            "12",
            "21",
            "1st",
            "2nd",
            "3rd",
            "10 minutes away",
            "2:30",
            "1/2",
            "1.5 miles",
        ),
        *("2 minutes away", "2 mins", "1 min", "3 miles to go", "1 or 2?", "1 2", "2 not 1", "1 bag", "1 more job"),
        *("be there in 2", "got it", "I pressed 1", "£2", "-2", "¼", "-", "1️⃣2️⃣", "2 hrs", "1am", "1 pm", "3 o'clock"),
        *("4 mins", "4 of them", "1 4", "4 or 1?", "4pm"),
    ],
)
def test_what_is_asked_again(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("text", ["STOP", "stop", " Stop. ", "HELP", "Start", "UNSUBSCRIBE"])
def test_what_the_provider_answers_itself(text: str) -> None:
    assert for_provider(text)
    assert read(text) is None


@given(st.text(max_size=200))
def test_what_is_understood_begins_with_its_number(text: str) -> None:
    meaning = read(text)
    if meaning is not None:
        first = next(one for one in text if one.isalnum())
        assert CODES[str(unicodedata.decimal(first))] == meaning


@given(st.sampled_from("1234"), st.sampled_from(["", " ", ".", "!", ") ", " - "]))
def test_a_number_alone_is_always_understood(code: str, after: str) -> None:
    assert read(code + after) == CODES[code]
