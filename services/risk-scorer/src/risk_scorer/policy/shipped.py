"""The ruleset that is shipped with the scorer."""

from __future__ import annotations

from importlib import resources

from risk_scorer.policy.checked import checked
from risk_scorer.policy.compile import Program

NAME = "uk-courier-fraud.yaml"


def text() -> str:
    """The document as it stands in the package."""
    return (resources.files("risk_scorer") / "rulesets" / NAME).read_text()


def program() -> Program:
    """The shipped ruleset, compiled."""
    return checked(text(), source=NAME)
