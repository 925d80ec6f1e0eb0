"""Errors in YAML documents name their place."""

from __future__ import annotations

import yaml

from pickup_runtime.yaml_places import Places, place_of

_TEXT = "name: x\nrules:\n  - id: a\n    when: b\n  - id: c\n"


def test_places_count_from_one() -> None:
    places = Places(yaml.compose(_TEXT, Loader=yaml.SafeLoader))
    assert places.at(("rules", 0, "when")) == (4, 11)
    assert places.at(("rules", 1, "when")) == (5, 5)
    assert places.at(("nothing",)) == (1, 1)


def test_msgspecs_path_is_read() -> None:
    path, sentence = place_of("Expected `str`, got `int` - at `$.rules[3].when`")
    assert path == ("rules", 3, "when")
    assert sentence == "rules[3].when: expected `str`, got `int`"
