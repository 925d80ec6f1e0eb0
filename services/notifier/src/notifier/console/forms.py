"""What the forms of a booking's page send, read strictly: what is too long, or not offered, is refused. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from notifier.actions import Done, Found
from notifier.alerts.look_alikes import WORDS
from pickup_contracts.booking import Observation

Act = Literal[
    "acknowledge",
    "hold",
    "release",
    "recall",
    "clear",
    "scam",
    "refer",
    "answer",
    "undo",
    "release_record",
    "keep_record",
]
ACTS: tuple[Act, ...] = get_args(Act)


class Form(Struct, frozen=True):
    """`seen` is the mark of the alert as it was shown, `once` tells a form that is sent twice, `back` where to go.
    `done` is what a person says of a command that no system was asked for."""

    seen: Annotated[str, Meta(max_length=64)] = ""
    once: Annotated[str, Meta(max_length=64, pattern=r"^[0-9a-f-]*$")] = ""
    back: Literal["", "list"] = ""
    done: Literal["", "confirmed", "refused"] = ""
    clear_reason: Annotated[str, Meta(max_length=8)] = ""
    police_reference: Annotated[str, Meta(max_length=64)] = ""
    comment: Annotated[str, Meta(max_length=500)] = ""
    finding: Literal["unknown", "suspected_scam"] = "unknown"
    action: Literal[""] | Done = ""
    observations: list[Observation] = []


def read(sent: Mapping[str, Sequence[object]]) -> Form | None:
    """A form, by its fields' values; `None` when it is not one that the page sends. Marks that turn text round and
    characters that are none are taken out of what somebody wrote."""
    if not all(isinstance(value, str) for values in sent.values() for value in values):
        # A file in the place of a text.
        return None
    known: dict[str, Any] = {name: values[-1] for name, values in sent.items() if name in _ONE and values}
    known |= {
        name: plain(known[name], lines=name == "comment") for name in ("police_reference", "comment") if name in known
    }
    known["observations"] = list(dict.fromkeys(sent.get("observations", ())))
    try:
        form = msgspec.convert(known, Form)
    except msgspec.ValidationError:
        return None
    return form if not form.clear_reason or form.clear_reason in WORDS else None


def found(form: Form) -> Found | None:
    """What the answer box says; `None` when nothing was filled in."""
    said = Found(
        finding=form.finding,
        action=form.action or None,
        observations=tuple(form.observations),
        comment=form.comment or None,
    )
    return said if said != Found() else None


def plain(text: str, *, lines: bool = False) -> str:
    """Text as it was meant: without control characters and marks of direction, line breaks only where they may be."""
    kept = (" " if one in "\r\n\t" and not lines else one for one in text.replace("\r\n", "\n"))
    return "".join(one for one in kept if one == "\n" or unicodedata.category(one) not in ("Cc", "Cf", "Cs")).strip()


_ONE = frozenset(Form.__struct_fields__) - {"observations"}
