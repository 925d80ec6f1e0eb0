"""How texts are parted, checked against the standard's own figures and against a slower count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.segments import Size, fit, simpler, size

#: 3GPP TS 23.038: every character of the basic table, and those of the extension table.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
#: Plain letters, signs of the extension table, beyond GSM-7, and beyond 16 bits.
_texts = st.text(st.sampled_from("abc XYZ é€[]~ŵŷ日🚕"), max_size=700)


def test_the_table_is_whole() -> None:
    assert (len(set(BASIC)), len(set(EXTENSION))) == (127, 10)
    assert size(BASIC).encoding == "GSM-7"
    assert size(EXTENSION) == Size("GSM-7", 20, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Size("GSM-7", 0, 1)),
        ("a" * 160, Size("GSM-7", 160, 1)),
        ("a" * 161, Size("GSM-7", 161, 2)),
        ("a" * 306, Size("GSM-7", 306, 2)),
        ("a" * 307, Size("GSM-7", 307, 3)),
        ("€" * 80, Size("GSM-7", 160, 1)),
        # An escape is not parted from its character: 76 fit where 76.5 would.
        ("€" * 153, Size("GSM-7", 306, 3)),
        ("a" + "€" * 152, Size("GSM-7", 305, 2)),
        ("ŵ" * 70, Size("UCS-2", 70, 1)),
        ("ŵ" * 71, Size("UCS-2", 71, 2)),
        ("ŵ" * 134, Size("UCS-2", 134, 2)),
        ("ŵ" * 135, Size("UCS-2", 135, 3)),
        ("🚕" * 35, Size("UCS-2", 70, 1)),
        ("🚕" * 67, Size("UCS-2", 134, 3)),
        ("a" * 69 + "ŵ", Size("UCS-2", 70, 1)),
        ("a" * 70 + "`", Size("UCS-2", 71, 2)),
    ],
)
def test_known_sizes(text: str, expected: Size) -> None:
    assert size(text) == expected


@given(_texts)
def test_units_are_those_of_the_encoding(text: str) -> None:
    found = size(text)
    gsm = all(one in BASIC or one in EXTENSION for one in text)
    assert found.encoding == ("GSM-7" if gsm else "UCS-2")
    assert found.units == (
        sum(2 if one in EXTENSION else 1 for one in text) if gsm else len(text.encode("utf-16-le")) // 2
    )
    alone, joined = (160, 153) if gsm else (70, 67)
    assert (found.segments == 1) == (found.units <= alone)
    # What is not parted costs at most one unit in each part but the last.
    assert found.units <= max(alone, found.segments * joined)
    assert found.segments <= max(1, -(-found.units // (joined - 1)))


@given(_texts, st.text(st.sampled_from("abc:/?#"), max_size=60), st.integers(1, 5))
def test_what_is_fitted_keeps_its_tail_and_its_cap(text: str, tail: str, at_most: int) -> None:
    fitted, cut = fit(text, tail, at_most=at_most)
    assert fitted.endswith(tail)
    assert size(fitted).segments <= at_most
    if cut:
        assert size(text + tail).segments > at_most
        kept = fitted.removesuffix(tail).removesuffix("...")
        assert text.startswith(kept)
    else:
        assert fitted == text + tail


def test_it_is_cut_at_a_word() -> None:
    fitted, cut = fit("word " * 60, " #ABCDE", at_most=1)
    assert cut
    assert fitted.removesuffix("... #ABCDE").endswith("word")


def test_a_curly_apostrophe_costs_nothing() -> None:
    typed = "Don\u2019t collect \u2013 \u201cjob 5\u201d\u2026"
    assert size(typed).encoding == "UCS-2"
    assert simpler(typed) == 'Don\'t collect - "job 5"...'
    assert size(simpler(typed)).encoding == "GSM-7"
