"""A stretch of an operator's audit as a file that holds by itself: JSON lines, the first one saying what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from notifier.audit.chain import Break, Entry, Walk, moment
from notifier.audit.signing import Checkpoint, holds
from notifier.errors import AuditFault

FORMAT = "pickup-audit-export-1"


def covering(checkpoints: Sequence[Checkpoint], first: int, last: int) -> list[Checkpoint]:
    """The checkpoints within a stretch, and the one that covers its end, if there is one yet."""
    inside = [one for one in checkpoints if first <= one.number < last]
    return [*inside, *sorted((one for one in checkpoints if one.number >= last), key=lambda one: one.number)[:1]]


def header(operator_id: str, first: int, last: int, checkpoints: Sequence[Checkpoint]) -> bytes:
    """The first line."""
    return _line(
        {
            "format": FORMAT,
            "operator_id": operator_id,
            "first": first,
            "last": last,
            "checkpoints": [checkpoint_document(one) for one in checkpoints],
        }
    )


def line(entry: Entry) -> bytes:
    """One entry's line. `body` stays text, so that what was hashed can be hashed again."""
    fields = {name: getattr(entry, name) for name in Entry.__struct_fields__}
    return _line({**fields, "at": moment(entry.at), "previous": entry.previous.hex(), "hash": entry.hash.hex()})


def checkpoint_document(one: Checkpoint) -> dict[str, Any]:
    """A checkpoint as it is handed on."""
    fields = {name: getattr(one, name) for name in Checkpoint.__struct_fields__}
    return {**fields, "at": moment(one.at), "hash": one.hash.hex(), "signature": one.signature.hex()}


def verify_file(
    lines: Iterable[bytes],
    keys: dict[str, Ed25519PublicKey],
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[str, int, int, list[Break]]:
    """Check an export: its operator, how many entries it has, up to which number a checkpoint that a trusted key
    signed vouches for them, and where it does not hold.

    Raises:
        AuditFault: it is no export; names the line.
    """
    rest = iter(lines)
    head = _decoded(next(rest, b""), 1)
    try:
        operator_id, first, last = str(head["operator_id"]), int(head["first"]), int(head["last"])
        checkpoints = [_checkpoint(one) for one in head["checkpoints"]]
        known = head["format"] == FORMAT
    except (KeyError, TypeError, ValueError):
        known = False
    if not known:
        raise AuditFault("line 1: this is no export of an audit")
    good = {one.number: one.hash for one in checkpoints if one.operator_id == operator_id and holds(one, keys)}
    found = [
        Break(operator_id, one.number, f"the checkpoint of {one.at:%Y-%m-%d} is not signed by a trusted key")
        for one in checkpoints
        if good.get(one.number) != one.hash
    ]
    walk = Walk(operator_id, start=None, signed=good)
    for entry in _entries(rest):
        if walk.entries == 0 and entry.number != first:
            found.append(walk.missing(first, entry.number - 1))
        found += walk.take(entry)
        if on_progress is not None and walk.entries % 1_000 == 0:
            on_progress(entry.number - first, last - first)
    reached = walk.reached.number if walk.reached is not None else first - 1
    if reached < last:
        found.append(walk.missing(reached + 1, last))
    return operator_id, walk.entries, max((number for number in good if number <= reached), default=0), found


def _entries(lines: Iterator[bytes]) -> Iterator[Entry]:
    for number, text in enumerate(lines, 2):
        fields = _decoded(text, number)
        try:
            yield msgspec.convert(
                {**fields, "previous": bytes.fromhex(fields["previous"]), "hash": bytes.fromhex(fields["hash"])}, Entry
            )
        except (KeyError, TypeError, ValueError):
            raise AuditFault(f"line {number}: this is no entry of an audit") from None


def _checkpoint(fields: dict[str, Any]) -> Checkpoint:
    held = {"hash": bytes.fromhex(fields["hash"]), "signature": bytes.fromhex(fields["signature"])}
    return msgspec.convert({**fields, **held}, Checkpoint)


def _decoded(text: bytes, number: int) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise AuditFault(f"line {number}: not a JSON object") from None


def _line(document: dict[str, Any]) -> bytes:
    return msgspec.json.encode(document) + b"\n"
