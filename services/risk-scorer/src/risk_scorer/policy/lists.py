"""Watch list over trust list over rules: what an entry of a list does to a verdict, and how it is explained.

A watched booking gets at least the entry's band, whatever rules and trust say. A trusted one gets at most the entry's
band, unless something on it is watched, or a rule with a floor of `hold_recommended` fired (ADR 0011).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from pickup_contracts.assessment import DECISIONS, Decision, Reason, rank
from pickup_contracts.policy import EntityKind, ListEntry, ListName
from risk_scorer import shapes
from risk_scorer.links import Hashed
from risk_scorer.policy.verdict import Scale, Verdict

#: In which roles a trusted entity vouches for a booking: as who orders it, and as where it begins or ends. Somebody
#: trusted who is only to receive it, or is to be rung at the door, vouches for nothing: whoever books names them.
VOUCHING: dict[EntityKind, frozenset[int]] = {
    "phone": frozenset({shapes.BOOKER}),
    "email": frozenset({shapes.BOOKER}),
    "account": frozenset({shapes.ACCOUNT}),
    "address": frozenset({shapes.PICKUP, shapes.DROPOFF}),
    "device": frozenset({shapes.DEVICE}),
    "token": frozenset({shapes.TOKEN}),
}
_FIELDS = {
    shapes.BOOKER: "booker",
    shapes.PICKUP_CONTACT: "pickup.contact",
    shapes.RECIPIENT: "dropoff.contact",
    shapes.PASSENGER_ROLE: "passenger",
    shapes.NOTED: "notes",
    shapes.PICKUP: "pickup.address",
    shapes.DROPOFF: "dropoff.address",
    shapes.VIA: "via",
    shapes.ACCOUNT: "booker.account",
    shapes.DEVICE: "device",
    shapes.TOKEN: "payment.token",
}
#: What `rule_id` begins with in the reason that an entry gives.
PREFIX = "list/"


class Hit(Struct, frozen=True):
    """An entry that a booking meets, and in which roles."""

    entry: ListEntry
    roles: tuple[int, ...]


class Lists:
    """All entries, by hash. Not changed once made."""

    def __init__(self, entries: Iterable[ListEntry] = ()) -> None:
        self.entries: dict[str, ListEntry] = {entry.entry_id: entry for entry in entries}
        self._by_hash: dict[int, list[ListEntry]] = {}
        for entry in self.entries.values():
            for entity in entry.entities:
                self._by_hash.setdefault(entity, []).append(entry)

    def hits(self, scopes: Sequence[Hashed], operator_id: str, at: datetime) -> tuple[Hit, ...]:
        """The live entries that a booking's entities meet, those of the watch list first. `scopes` are its hashes at
        its operator and, where that shares links, the shared ones."""
        by_hash = self._by_hash
        if not by_hash:
            return ()
        met: dict[str, list[int]] = {}
        for scope in scopes:
            for entity, role in scope.entities:
                for entry in by_hash.get(entity, ()):
                    if entry.operator_id in (None, operator_id) and entry.live(at) and _means_something(entry, role):
                        roles = met.setdefault(entry.entry_id, [])
                        if role not in roles:
                            roles.append(role)
        found = [Hit(self.entries[entry_id], tuple(roles)) for entry_id, roles in met.items()]
        return tuple(sorted(found, key=lambda hit: (hit.entry.list_name != "watch", hit.entry.entry_id)))

    def next_expiry(self) -> datetime | None:
        """When the first of the entries ends, or ended."""
        return min((entry.expires_at for entry in self.entries.values()), default=None)


def _means_something(entry: ListEntry, role: int) -> bool:
    return role in _FIELDS if entry.list_name == "watch" else role in VOUCHING[entry.kind]


def apply(verdict: Verdict, asked: Sequence[tuple[ListName, Decision]], scale: Scale) -> Verdict:
    """The verdict with the lists over it. `asked` is what the entries that were met ask for."""
    if not asked:
        return verdict
    watched = [band for name, band in asked if name == "watch"]
    score = verdict.score
    if watched:
        score = scale.at_least(score, max(watched, key=rank))
    elif verdict.floor != DECISIONS[-1]:
        score = scale.at_most(score, min((band for _, band in asked), key=rank))
    if score == verdict.score:
        return verdict
    return Verdict(score, scale.band(score), verdict.pattern, verdict.fired, verdict.shadow, verdict.floor)


def listed(hits: Sequence[Hit], before: Verdict) -> tuple[list[Reason], list[Reason]]:
    """The reasons that entries give, to stand before those of the rules and after them: list, reason and source,
    never who or what was met. `before` is the verdict without the lists."""
    first: list[Reason] = []
    last: list[Reason] = []
    watched = any(hit.entry.list_name == "watch" for hit in hits)
    for hit in hits:
        entry = hit.entry
        evidence = sorted(_FIELDS[role] for role in hit.roles if role in _FIELDS)
        title = f"On the {entry.list_name} list: {entry.reason} ({entry.source})"
        if entry.list_name == "watch":
            first.append(Reason(PREFIX + entry.entry_id, title, 0, evidence))
        else:
            outweighed = watched or before.floor == DECISIONS[-1]
            last.append(
                Reason(PREFIX + entry.entry_id, title + (", outweighed here" if outweighed else ""), 0, evidence)
            )
    return first, last
