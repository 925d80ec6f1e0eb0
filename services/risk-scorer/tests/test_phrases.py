"""Phrase lists are refused by file, line and reason, and one topic can take over what is harmless of another."""

from __future__ import annotations

import pytest

from risk_scorer.text.phrases import PhraseFault, load, parse

_HEAD = "language: en\nowner: desk\nreview_by: 2027-01-01\nreviewed: true\ntopics:\n"


@pytest.mark.parametrize(
    ("topics", "said"),
    [
        ("  police:\n    phrases: [police, '']\n", "line 7, column 23: police: a phrase is empty"),
        (
            "  police:\n    phrases:\n      - police\n      - officer\n      - police\n",
            "line 10, column 9: police: the phrase is there twice: 'police'",
        ),
        (
            "  police:\n    phrases:\n      - <rank> smith\n",
            "line 8, column 9: police: the phrase names a class that is not there, <rank>: '<rank> smith'",
        ),
        (
            "  police:\n    harmless_as: authority\n    phrases: [police]\n",
            "line 7, column 18: police: harmless_as names a topic that is not there: 'authority'",
        ),
        ("  police:\n    phrases: police\n", "line 6, column 3: topics[...].phrases: expected `array`, got `str`"),
        (
            "  police:\n    phrases: [police]\n  police:\n    phrases: [pc]\n",
            "line 8, column 3: this key was there before",
        ),
        ("  police: [police]\n", "expected `object`, got `array`"),
        ("  police:\n    phrases: [police\n", "not valid YAML"),
        ("  police:\n    phrases: [police]\n    always: true\n", "always"),
    ],
)
def test_a_list_is_refused_with_what_is_wrong(topics: str, said: str) -> None:
    with pytest.raises(PhraseFault) as refused:
        parse(_HEAD + topics, source="en.yaml")
    assert str(refused.value).startswith("en.yaml: ")
    assert said in str(refused.value)


def test_a_wording_that_is_harmless_already_is_not_listed_again() -> None:
    borrowed = "  authority:\n    phrases: [court]\n    not: [tennis court]\n  police:\n    harmless_as: authority\n"
    with pytest.raises(PhraseFault, match="there twice: 'tennis court'"):
        parse(f"{_HEAD}{borrowed}    phrases: [police]\n    not: [tennis court]\n", source="en.yaml")
    document = parse(f"{_HEAD}{borrowed}    phrases: [police]\n    not: [police dog show]\n", source="en.yaml")
    assert document.harmless("police") == ["tennis court", "police dog show"]
    assert document.harmless("authority") == ["tennis court"]


def test_the_shipped_list_holds_what_is_harmless_of_police_once() -> None:
    document = load("en")
    assert set(document.topics["authority"].excluded) < set(document.harmless("police"))
