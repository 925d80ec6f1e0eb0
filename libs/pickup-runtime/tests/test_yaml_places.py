"""Errors in YAML documents name their place."""

from __future__ import annotations

import pytest
import yaml

from pickup_runtime.yaml_places import Places, YamlFault, load, place_of

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


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("a: [", (1, 5), "not valid YAML"),
        ("a: 1\nb:\n  c: 2\n  c: 3\n", (4, 3), "this key was there before"),
        ("a: 1\nb: 2020-13-45\n", (2, 4), "a date that can't be"),
        ("a: " + "[" * 5000 + "]" * 5000, (1, None), "nested too deep"),
        ("a: " + "[" * 100 + "]" * 100, (1, 54), "nested too deep"),
        ("".join(" " * depth + "a:\n" for depth in range(2000)), (1000, None), "nested too deep"),
        ("? " + "[" * 800 + "]" * 800 + "\n: 1\n", (1, None), "nested too deep"),
        ("a: \ud800", (1, None), "a character that can't stand in it"),
        ("a: \x00", (1, None), "a character that can't stand in it"),
    ],
)
def test_what_is_no_document_is_refused_with_its_place(text: str, place: tuple[int, int | None], reason: str) -> None:
    with pytest.raises(YamlFault, match=reason) as caught:
        load(text)
    assert (caught.value.line, caught.value.column) == place


def test_aliases_that_hold_themselves_or_a_million_of_themselves_are_gone_through_once() -> None:
    itself, _ = load("a: &a [*a]\n")
    assert Places(itself).at(("a", 0, 0)) == (1, 4)
    many = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for above, name in zip("abcdefgh", "bcdefghi", strict=True):
        many += f"{name}: &{name} [{', '.join([f'*{above}'] * 9)}]\n"
    node, _ = load(many)
    assert Places(node).at(("b", 3)) == (1, 4)


def test_what_is_merged_into_a_mapping_may_be_said_anew() -> None:
    _, document = load("x: &x {a: 1, b: 2}\ny: {<<: *x, a: 3}\n")
    assert document == {"x": {"a": 1, "b": 2}, "y": {"a": 3, "b": 2}}


@pytest.mark.parametrize("text", [_TEXT, "a: 'é ü'\nb: |\n  one\n  twö\nc: {d: [1, é]}\ne: >-\n  folded\n  too\n"])
def test_the_fast_reader_knows_the_same_places(text: str) -> None:
    fast, document = load(text)
    slow = yaml.compose(text, Loader=yaml.SafeLoader)
    assert document == yaml.safe_load(text)
    assert marks(fast) == marks(slow)


def marks(node: yaml.Node | None) -> list[object]:
    assert node is not None
    here: list[object] = [(mark.line, mark.column, mark.index) for mark in (node.start_mark, node.end_mark)]
    for below in node.value if isinstance(node.value, list) else ():
        here += [marks(one) for one in (below if isinstance(below, tuple) else (below,))]
    return here
