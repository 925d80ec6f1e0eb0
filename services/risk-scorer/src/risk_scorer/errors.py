"""What the scorer refuses.

ScorerError
├── RulesetFault    a ruleset document is wrong; holds every fault found, each with its line and column
└── ListingFault    what was given for a list can't be read; never says what it was
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class ScorerError(Exception):
    """Something the scorer refuses to work with."""


class ListingFault(ScorerError):
    """Something that can't be put on a list."""


class Fault(Struct, frozen=True, order=True):
    """One thing wrong in a document, at a line and column counted from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


class RulesetFault(ScorerError):
    """A ruleset that must not be used."""

    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        self.source = source
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(f"{source}: {fault}" for fault in self.faults))
