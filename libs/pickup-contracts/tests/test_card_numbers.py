"""Card numbers are found however they are grouped; what only looks like one is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup_contracts.card_numbers import holds_card_number


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "card is 4111 1111 1111 1111 thanks",
        "4111-1111-1111-1111",
        "amex 3782 822463 10005",
        "378282246310005",
        "5555555555554444.",
        "(6011111111111117)",
        "4111  1111  1111  1111",
        "4111 - 1111 - 1111 - 1111",
        "4111_1111_1111_1111",
        "4111/1111/1111/1111",
        "4111\n1111\r\n1111\n1111",
        "4111\u200b1111\u200b11\u200b111111",
        "4111\u00a01111\u00a01111\u00a01111",
        "４１１１１１１１１１１１１１１１",  # noqa: RUF001  full-width digits are digits to a reader
    ],
)
def test_found(text: str) -> None:
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4111111111111112",  # the check digit is wrong
        "1234567812345670",  # no issuer begins so
        "ring 07700 900123 or 020 7946 0071",
        "asset 411111111111",
        "JD0041111111111111111111",
        "2026-11-20 11:02:10 and 2026-11-21 12:00:00",
        "41111111111111111111111",
    ],
)
def test_left_alone(text: str) -> None:
    assert not holds_card_number(text)


@given(st.text(max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    assert holds_card_number(text) in (True, False)
