"""Numbers and mailboxes of people compared, as they are really written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk_scorer.parties.emails import email_key, same_email
from risk_scorer.parties.phones import phone_key, same_phone


@pytest.mark.parametrize(
    "written",
    [
        "07700 900101",
        "+44 7700 900101",
        "+44 (0)7700 900101",
        "0044 7700 900101",
        "447700900101",
        "(07700) 900-101",
        "07700.900.101",
        "tel:+447700900101",
        "07700 900101 ext 2",
        "07700 900101 (daughter)",
        "mob: 07700 900101",
        "07700 900101 / 020 7946 0123",
        "07700 900101 or 020 7946 0123",
        "O77OO 9OO1O1",
    ],
)
def test_one_line_however_it_is_written(written: str) -> None:
    assert phone_key(written) == "+447700900101"


@pytest.mark.parametrize("nothing", ["", "withheld", "Private", "anonymous", "TBC", "0", "00000000000", "123", "n/a"])
def test_no_number_is_unknown_beside_any(nothing: str) -> None:
    assert phone_key(nothing) is None
    assert same_phone(nothing, "07700 900101") is None
    assert same_phone(nothing, nothing) is None


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_none(text: str) -> None:
    key = phone_key(text)
    assert key is None or phone_key(key) == key


def test_one_mailbox() -> None:
    assert email_key(" Jo.Example+taxi@Example.com ") == "jo.example@example.com"
    assert same_email("jo.example@gmail.com", "JoExample+x@googlemail.com") is True
    assert same_email("jo.example@example.com", "joexample@example.com") is False
    assert email_key("mailto:jo@example.com") == "jo@example.com"
    assert email_key("+tag@example.com") == "+tag@example.com"


@pytest.mark.parametrize(
    "nothing", ["", "none", "no@no.com", "none@none.com", "a@b", "@", "withheld", "no-email@x.com"]
)
def test_no_mailbox_is_unknown_beside_any(nothing: str) -> None:
    assert email_key(nothing) is None
    assert same_email(nothing, "jo@example.com") is None
    assert same_email(nothing, nothing) is None


@given(st.text(max_size=30) | st.emails())
def test_any_text_is_a_mailbox_or_none(text: str) -> None:
    key = email_key(text)
    assert key is None or email_key(key.upper()) == key
