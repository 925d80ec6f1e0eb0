"""What `risk.policies.v1` carries: rulesets, entries of the watch and trust lists, and an operator's own settings.

One compacted partition. A ruleset's key is its name, `list/<entry id>` an entry's, `override/<operator>` an operator's;
a message without a value (a tombstone) takes back what its key named.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from pickup_contracts.assessment import Decision
from pickup_contracts.booking import Moment, OperatorId
from pickup_contracts.codec import decode_with
from pickup_contracts.errors import MalformedEvent

ListName = Literal["watch", "trust"]
EntityKind = Literal["phone", "email", "account", "address", "device", "token"]
PolicyName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
RuleIdText = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
EntryId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
#: Who published or what for: shown to people and kept in the history, so never a customer's name or number.
Remark = Annotated[str, Meta(max_length=200)]
Score = Annotated[int, Meta(ge=1, le=100)]
#: 64 bits of a keyed hash, signed.
Hash = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]

_LIST, _OVERRIDE = "list/", "override/"


class RulesetDocument(Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A published ruleset. `text` is the YAML document byte for byte; `fingerprint` the SHA-256 of it."""

    name: PolicyName
    version: Annotated[str, Meta(min_length=1, max_length=32)]
    text: Annotated[str, Meta(max_length=1_000_000)]
    fingerprint: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    published_at: Moment
    published_by: Remark
    note: Remark = ""


class ListEntry(Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Somebody or something to watch for, or to trust, as keyed hashes only. `entities` are the hashes under which the
    scorer knows it: an address has one with its postcode and one without. `operator_id` says on whose bookings; without
    one, on those of every operator that shares links. `band` is the least decision of a watched booking, the highest of
    a trusted one. After `expires_at` the entry means nothing."""

    entry_id: EntryId
    list_name: ListName
    kind: EntityKind
    entities: Annotated[list[Hash], Meta(min_length=1, max_length=8)]
    band: Decision
    reason: Annotated[str, Meta(min_length=3, max_length=200)]
    source: Annotated[str, Meta(min_length=2, max_length=120)]
    added_at: Moment
    added_by: Remark
    expires_at: Moment
    operator_id: OperatorId | None = None

    def live(self, at: datetime) -> bool:
        """Whether the entry means anything at that moment."""
        return self.added_at <= at < self.expires_at


class BandOverride(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The lowest score of a band at one operator; `None` keeps the ruleset's."""

    review: Score | None = None
    warn: Score | None = None
    hold_recommended: Score | None = None


class OperatorOverrides(Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One operator's settings on top of the ruleset. `rules_off` do not count at all there. `alert_budget` is how many
    alerts per 1,000 bookings the operator wants at most: a backtest measures against it, no decision depends on it."""

    operator_id: OperatorId
    bands: BandOverride = BandOverride()
    rules_off: Annotated[list[RuleIdText], Meta(max_length=500)] = []
    alert_budget: Annotated[float, Meta(gt=0, le=1000)] | None = None
    published_at: Moment
    published_by: Remark


PolicyMessage = RulesetDocument | ListEntry | OperatorOverrides

_decoders: dict[type, msgspec.json.Decoder[PolicyMessage]] = {
    kind: msgspec.json.Decoder(kind, strict=True) for kind in (RulesetDocument, ListEntry, OperatorOverrides)
}


def policy_key(message: PolicyMessage) -> bytes:
    """The key that a message travels under."""
    if isinstance(message, RulesetDocument):
        return message.name.encode()
    if isinstance(message, ListEntry):
        return f"{_LIST}{message.entry_id}".encode()
    return f"{_OVERRIDE}{message.operator_id}".encode()


def list_key(entry_id: str) -> bytes:
    """The key of an entry, to take it back."""
    return f"{_LIST}{entry_id}".encode()


def override_key(operator_id: str) -> bytes:
    """The key of an operator's settings, to take them back."""
    return f"{_OVERRIDE}{operator_id}".encode()


def kind_of(key: str) -> type[RulesetDocument] | type[ListEntry] | type[OperatorOverrides]:
    """What a key names."""
    if key.startswith(_LIST):
        return ListEntry
    return OperatorOverrides if key.startswith(_OVERRIDE) else RulesetDocument


def decode_policy(key: bytes, value: bytes) -> PolicyMessage:
    """A message of `risk.policies.v1`.

    Raises:
        MalformedEvent: it is not one, or it stands under a key that is not its own.
    """
    message = decode_with(_decoders[kind_of(key.decode(errors="replace"))], value)
    if policy_key(message) != key:
        raise MalformedEvent(None, "stands under a key that is not its own")
    return message
