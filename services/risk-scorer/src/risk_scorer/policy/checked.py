"""The door that every ruleset comes in by, wherever it was written: checked against the signals that there are."""

from __future__ import annotations

from risk_scorer import news
from risk_scorer.policy.compile import Program, load
from risk_scorer.signals.catalogue import TYPES
from risk_scorer.signals.links import room as history

#: Signals of the history come from one look: all of a booking's are known, or none.
HISTORY = frozenset(signal.name for signal in history.signals)
_TELLS = {signal.name: news.raises(*signal.of) for signal in history.signals}


def checked(text: str, *, source: str = "ruleset") -> Program:
    """The ruleset, checked and compiled.

    Raises:
        RulesetFault: with the line and column of every fault.
    """
    return load(text, TYPES, together=HISTORY, tells=_TELLS, source=source)
