"""What is different between two rulesets, for whoever has to decide about it."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from risk_scorer.policy.ruleset import Rule, Ruleset


class FieldChange(Struct, frozen=True):
    """A field with what it was and what it is; `None` where it was or is not given."""

    field: str
    before: object
    after: object


class RuleChange(Struct, frozen=True):
    rule_id: str
    title: str
    changes: list[FieldChange]


class Difference(Struct, frozen=True):
    """`ruleset` are changes of the head: version, owner, description, bands. Rules are matched by id."""

    ruleset: list[FieldChange]
    added: list[Rule]
    removed: list[Rule]
    changed: list[RuleChange]

    def __bool__(self) -> bool:
        return bool(self.ruleset or self.added or self.removed or self.changed)

    @property
    def effective(self) -> bool:
        """Whether any decision could come out differently: not by a title, an owner, a date or an example."""
        return (
            bool(self.added or self.removed)
            or any(change.field.startswith("bands.") for change in self.ruleset)
            or any(change.field in _EFFECTIVE for rule in self.changed for change in rule.changes)
        )


_EFFECTIVE = frozenset({"when", "points", "band_floor", "band_ceiling", "pattern", "shadow"})
_HEAD = ("name", "version", "owner", "description")


def difference(before: Ruleset, after: Ruleset) -> Difference:
    """What `after` changes about `before`, rules in the order of their documents."""
    old = {rule.id: rule for rule in before.rules}
    new = {rule.id: rule for rule in after.rules}
    head = [
        FieldChange(name, getattr(before, name), getattr(after, name))
        for name in _HEAD
        if getattr(before, name) != getattr(after, name)
    ]
    head += [
        FieldChange(f"bands.{change.field}", change.before, change.after)
        for change in _fields(before.bands, after.bands)
    ]
    return Difference(
        head,
        [rule for rule in after.rules if rule.id not in old],
        [rule for rule in before.rules if rule.id not in new],
        [
            RuleChange(rule.id, rule.title, changes)
            for rule in after.rules
            if rule.id in old and (changes := _fields(old[rule.id], rule))
        ],
    )


def _fields(before: Struct, after: Struct) -> list[FieldChange]:
    return [
        FieldChange(name, _plain(getattr(before, name)), _plain(getattr(after, name)))
        for name in before.__struct_fields__
        if _plain(getattr(before, name)) != _plain(getattr(after, name))
    ]


def _plain(value: object) -> object:
    """A condition's spaces say nothing; the rest as it would be written."""
    return " ".join(value.split()) if isinstance(value, str) else msgspec.to_builtins(value)
