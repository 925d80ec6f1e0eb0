"""Evidence of one booking for the police: what was decided and why, who was told, who did what; minimal and signed.

The pack is a JSON document and the same as a PDF. A third file signs both, so that each can be checked by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from notifier.alerts.alert import Alert
from notifier.audit.chain import Entry, moment
from notifier.audit.export import checkpoint_document, covering
from notifier.audit.signing import Checkpoint, Signer, key_id, pem, public_key, signed_by
from notifier.errors import AuditFault

FORMAT = "pickup-evidence-1"
SIGNATURE = "pickup-evidence-signature-1"
#: Of what was sent, the words; never whom they were addressed to.
_WORDS = ("headline", "driver_text", "office_steps", "title", "text")
_DECIDED = (
    "kind",
    "state",
    "decision",
    "score",
    "pattern",
    "act_before",
    "raised_at",
    "updated_at",
    "acknowledged_at",
    "acknowledged_by",
    "closed_at",
    "close_reason",
    "assessment_id",
    "booking_version",
)


class Told(Struct, frozen=True):
    """One thing that was told on one channel."""

    channel: str
    state: str
    attempts: int
    first_attempt_at: datetime | None
    delivered_at: datetime | None
    body: bytes


class Seen(Struct, frozen=True):
    """An entity of the booking, by its keyed hash."""

    kind: str
    role: str
    hash: str


class Request(Struct, frozen=True, kw_only=True):
    """Who asked for a pack, and for what. `references` are the police's and the bank's numbers."""

    by: str
    reason: str
    at: datetime
    references: tuple[str, ...] = ()


def pack(
    alert: Alert,
    request: Request,
    *,
    entries: Sequence[Entry],
    checkpoints: Sequence[Checkpoint],
    told: Sequence[Told],
    entities: Sequence[Seen],
    ruleset: str | None,
    chain_length: int,
    contact: Mapping[str, str] | None,
) -> dict[str, Any]:
    """The pack's document. `contact` is the booking's own pickup and phone, where it was asked for and is still held;
    `ruleset` is `None` where the scorer was not asked."""
    last = max((one.number for one in entries), default=0)
    cover = covering(checkpoints, last, last)
    return {
        "format": FORMAT,
        "operator_id": alert.operator_id,
        "booking_id": alert.booking_id,
        "made": {
            "at": moment(request.at),
            "by": request.by,
            "reason": request.reason,
            "references": list(request.references),
        },
        "decision": {**{name: _plain(getattr(alert, name)) for name in _DECIDED}, "ruleset": ruleset},
        "reasons": [{"rule_id": one.rule_id, "title": one.title, "points": one.points} for one in alert.reasons],
        "told": [_told(one) for one in told],
        "timeline": [
            {
                "number": one.number,
                "at": moment(one.at),
                "kind": one.kind,
                "actor": one.actor,
                "body": one.body,
                "previous": one.previous.hex(),
                "hash": one.hash.hex(),
            }
            for one in entries
        ],
        "entities": [{"kind": one.kind, "role": one.role, "hash": one.hash} for one in entities],
        "contact": dict(contact) if contact is not None else None,
        "audit": {
            "entries_checked": chain_length,
            "checkpoint": checkpoint_document(cover[0]) if cover else None,
        },
    }


def encoded(document: Mapping[str, Any]) -> bytes:
    """The document as it is written, hashed and signed."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def signature(files: Mapping[str, bytes], signer: Signer, at: datetime) -> bytes:
    """The file that signs the others, by their names and SHA-256."""
    said = {
        "format": SIGNATURE,
        "made_at": moment(at),
        "files": {name: hashlib.sha256(text).hexdigest() for name, text in sorted(files.items())},
        "key_id": signer.key_id,
        "public_key": pem(signer.public),
    }
    return encoded({**said, "signature": signer.sign(_statement(said)).hex()})


def verify(
    signed: bytes, files: Mapping[str, bytes | None], keys: Mapping[str, Ed25519PublicKey]
) -> tuple[str, list[str], bool]:
    """Check a pack: the name of the key that signed it, what is wrong, and whether that key is a trusted one.
    `files` are those beside the signature, `None` where one is not there.

    Raises:
        AuditFault: this signs no pack.
    """
    try:
        said = msgspec.json.decode(signed, type=dict[str, Any])
        made = bytes.fromhex(said.pop("signature"))
        hashes, key = msgspec.convert(said["files"], dict[str, str]), public_key(said["public_key"].encode())
        known = said["format"] == SIGNATURE
    except (msgspec.MsgspecError, KeyError, ValueError, AttributeError, TypeError):
        known = False
    if not known:
        raise AuditFault("this is no signature of a pack of evidence")
    name = key_id(key)
    if not signed_by({name: key}, name, made, _statement(said)):
        return name, ["the signature does not hold"], False
    wrong = []
    for file, expected in hashes.items():
        text = files.get(file)
        if text is None:
            wrong.append(f"{file} is missing")
        elif hashlib.sha256(text).hexdigest() != expected:
            wrong.append(f"{file} was altered")
    return name, wrong, name in keys


def files_of(signed: bytes) -> list[str]:
    """The names of the files that a signature speaks of; none when it is no signature."""
    try:
        return list(msgspec.convert(msgspec.json.decode(signed)["files"], dict[str, str]))
    except (msgspec.MsgspecError, KeyError, TypeError):
        return []


def _statement(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _told(one: Told) -> dict[str, Any]:
    return {
        "channel": one.channel,
        "state": one.state,
        "attempts": one.attempts,
        "first_attempt_at": _plain(one.first_attempt_at),
        "delivered_at": _plain(one.delivered_at),
        "words": _words(one.body),
        "sha256": hashlib.sha256(one.body).hexdigest(),
    }


def _words(body: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return {}
    if not isinstance(document, dict):
        return {}
    inner = document.get("data")
    found = {**document, **(inner if isinstance(inner, dict) else {})}
    return {name: found[name] for name in _WORDS if found.get(name)}


def _plain(value: Any) -> Any:
    return moment(value) if isinstance(value, datetime) else value if value is None else msgspec.to_builtins(value)
