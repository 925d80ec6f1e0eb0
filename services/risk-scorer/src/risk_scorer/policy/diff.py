"""What is different between two rulesets, for whoever has to decide about it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from risk_scorer.policy.ruleset import Rule, Ruleset
from risk_scorer.policy.terms import Terms


class FieldChange(Struct, frozen=True):
    """A field with what it was and what it is; `None` where it was or is not given."""

    field: str
    before: object
    after: object


class RuleChange(Struct, frozen=True):
    rule_id: str
    title: str
    changes: list[FieldChange]


class TermChange(Struct, frozen=True):
    """A term with what it was and what it is; `None` where there was or is none. `rules` are those of which the
    condition is another by it, though it is written as before."""

    name: str
    before: str | None
    after: str | None
    rules: list[str]


class Difference(Struct, frozen=True):
    """`ruleset` are changes of the head: version, owner, description, bands. Rules are matched by id, terms by name."""

    ruleset: list[FieldChange]
    terms: list[TermChange]
    added: list[Rule]
    removed: list[Rule]
    changed: list[RuleChange]

    def __bool__(self) -> bool:
        return bool(self.ruleset or self.terms or self.added or self.removed or self.changed)

    @property
    def effective(self) -> bool:
        """Whether any decision could come out differently: not by a title, an owner, a date or an example."""
        return (
            bool(self.added or self.removed)
            or any(term.rules for term in self.terms)
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
        list(_terms(before, after)),
        [rule for rule in after.rules if rule.id not in old],
        [rule for rule in before.rules if rule.id not in new],
        [
            RuleChange(rule.id, rule.title, changes)
            for rule in after.rules
            if rule.id in old and (changes := _fields(old[rule.id], rule))
        ],
    )


def _terms(before: Ruleset, after: Ruleset) -> Iterator[TermChange]:
    old, new = Terms(before), Terms(after)
    was = {term.name: _one_line(term.when) for term in before.terms}
    now = {term.name: _one_line(term.when) for term in after.terms}
    conditions = {rule.id: rule.when for rule in before.rules}
    # Written as before, and yet another condition: by one of the terms that it speaks of.
    moved = {
        rule.id: spoken_of
        for rule in after.rules
        if _one_line(conditions.get(rule.id, "")) == _one_line(rule.when)
        and _one_line(old.put_in(rule.when)) != _one_line(new.put_in(rule.when))
        and (spoken_of := old.spoken_of(rule.when) | new.spoken_of(rule.when))
    }
    for name in dict.fromkeys([*now, *was]):
        if was.get(name) != now.get(name):
            by_it = [rule for rule, spoken_of in moved.items() if name in spoken_of]
            yield TermChange(name, was.get(name), now.get(name), by_it)


def _fields(before: Struct, after: Struct) -> list[FieldChange]:
    return [
        FieldChange(name, _plain(getattr(before, name)), _plain(getattr(after, name)))
        for name in before.__struct_fields__
        if _plain(getattr(before, name)) != _plain(getattr(after, name))
    ]


def _plain(value: object) -> object:
    """A condition's spaces say nothing; the rest as it would be written."""
    return _one_line(value) if isinstance(value, str) else msgspec.to_builtins(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())
