"""Texts by audience, channel and language, out of `data/wording/*.yaml`: whole, and checked when they are loaded.

A text that is missing, one that nobody uses, and a placeholder that can't be filled stop the service at its start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

import msgspec
import yaml
from msgspec import Struct

from notifier.alerts.page_texts import DriverPage

ENGLISH = "en"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: What each audience's texts may be filled with. Nothing of it tells who or where somebody is.
PLACEHOLDERS: dict[str, frozenset[str]] = {
    "phrases": frozenset({"office_phone"}),
    "page": frozenset(),
    "driver": frozenset({"booking", "call"}),
    "driver_page": frozenset({"booking"}),
    "dispatcher": frozenset({"booking", "by", "headline", "steps", "driver_text"}),
    "duty_manager": frozenset({"booking", "by", "headline", "steps", "driver_text", "command"}),
}
#: Without these a text leaves its reader asking which job, or whom to call.
REQUIRED: dict[str, frozenset[str]] = {
    "driver": frozenset({"booking", "call"}),
    "dispatcher": frozenset({"booking"}),
    "duty_manager": frozenset({"booking"}),
}


class WordingFault(ValueError):
    """A file of texts is not whole, or a text can't be filled. Names file and place."""


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands on the dispatcher's page: a headline, and steps in order."""

    headline: str
    steps: tuple[str, ...]


class Brief(Struct, frozen=True, forbid_unknown_fields=True):
    """To a driver: `short` to be read at a glance, `spoken` to be read out."""

    short: str
    spoken: str


class Note(Struct, frozen=True, forbid_unknown_fields=True):
    """To the office: also `subject` and `long`, for e-mail."""

    short: str
    spoken: str
    subject: str
    long: str


class Phrases(Struct, frozen=True, forbid_unknown_fields=True):
    """`call` when the office's number is not known, `call_on` when it is. `reply` says how a driver answers a text,
    `keys` how a call, `_ride` where somebody rides along; `press` how the office takes an alert on during a call: a
    number means the same everywhere."""

    call: str
    call_on: str
    subject_driver: str
    reply: str
    keys: str
    reply_ride: str
    keys_ride: str
    press: str


class Pages(Struct, frozen=True, forbid_unknown_fields=True):
    parcel: Page
    hold: Page
    ride: Page
    runner: Page
    recall: Page
    recall_ride: Page
    review: Page
    review_collected: Page
    review_ride: Page
    review_runner: Page


class DriverTexts(Struct, frozen=True, forbid_unknown_fields=True):
    parcel: Brief
    hold: Brief
    ride: Brief
    runner: Brief
    recall: Brief
    recall_ride: Brief
    carry_on: Brief


class DispatcherTexts(Struct, frozen=True, forbid_unknown_fields=True):
    warning: Note
    recall: Note


class DutyManagerTexts(Struct, frozen=True, forbid_unknown_fields=True):
    warning: Note
    recall: Note
    expired: Note
    unconfirmed: Note


class Texts(Struct, frozen=True, forbid_unknown_fields=True):
    """One language. Only English has to have all audiences; an audience that is there is whole. `reviewed` is whether
    somebody who speaks it and knows the trade has read it."""

    language: str
    reviewed: bool
    phrases: Phrases
    driver: DriverTexts
    driver_page: DriverPage
    page: Pages | None = None
    dispatcher: DispatcherTexts | None = None
    duty_manager: DutyManagerTexts | None = None


@cache
def all_texts() -> dict[str, Texts]:
    """Every language's texts.

    Raises:
        WordingFault: one is not whole.
    """
    folder = resources.files("notifier") / "data" / "wording"
    found = {
        one.language: one for entry in folder.iterdir() if entry.name.endswith(".yaml")
        for one in (parse(entry.read_text(encoding="utf-8"), entry.name),)
    }  # fmt: skip
    english = found.get(ENGLISH)
    if english is None or not (english.page and english.dispatcher and english.duty_manager):
        raise WordingFault("en.yaml: English has to be whole: page, driver, dispatcher and duty_manager")
    return found


def languages() -> dict[str, bool]:
    """The languages that there are texts in, and whether they were reviewed."""
    return {language: texts.reviewed for language, texts in all_texts().items()}


def parse(text: str, name: str) -> Texts:
    """One language's texts, checked.

    Raises:
        WordingFault: naming the file, the place in it and what is wrong there.
    """
    try:
        texts = msgspec.convert(yaml.safe_load(text), Texts)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise WordingFault(f"{name}: {error}") from None
    for place, template in _templates(texts):
        audience = place.partition(".")[0]
        used = set(_PLACEHOLDER.findall(template))
        if unknown := used - PLACEHOLDERS[audience]:
            raise WordingFault(f"{name}: {place}: nothing fills {{{sorted(unknown)[0]}}}")
        if template.count("{") != template.count("}") or template.count("{") != len(_PLACEHOLDER.findall(template)):
            raise WordingFault(f"{name}: {place}: a brace without its partner")
        subject = place.endswith(".subject")
        if missing := REQUIRED.get(audience, frozenset()) - used - ({"call"} if subject else set()):
            raise WordingFault(f"{name}: {place}: lacks {{{sorted(missing)[0]}}}")
        if not template.strip():
            raise WordingFault(f"{name}: {place}: is empty")
    return texts


def filled(template: str, values: dict[str, str]) -> str:
    """The text with its placeholders filled. Every one has a value: loading has checked which there are."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], template).strip()


def plain(value: str, *, at_most: int = 40) -> str:
    """Somebody else's text, fit to stand in a message: one line, no control or direction marks, cut to length."""
    kept = "".join(letter for letter in value if letter.isprintable())
    return kept if len(kept) <= at_most else kept[: at_most - 3] + "..."


def chosen(language: str, unreviewed: frozenset[str]) -> Texts:
    """The texts in a language; English when there are none, or when nobody has reviewed them and the operator has not
    asked for them all the same."""
    texts = all_texts()
    found = texts.get(language)
    return found if found is not None and (found.reviewed or language in unreviewed) else texts[ENGLISH]


def _templates(texts: Texts) -> Iterator[tuple[str, str]]:
    """Every template with its place, as in `driver.recall.short`."""

    def walk(place: str, value: object) -> Iterator[tuple[str, str]]:
        if isinstance(value, str):
            yield place, value
        elif isinstance(value, tuple):
            for index, one in enumerate(value):
                yield from walk(f"{place}[{index}]", one)
        elif isinstance(value, Struct):
            for field in value.__struct_fields__:
                yield from walk(f"{place}.{field}", getattr(value, field))

    for audience in PLACEHOLDERS:
        yield from walk(audience, getattr(texts, audience))
