"""Rulesets as a person names them: a file, the one that is live, the one that is shipped."""

from __future__ import annotations

from pathlib import Path

from pickupctl.errors import CommandFault, InputFault
from pickupctl.files import text_of
from risk_scorer.errors import RulesetFault
from risk_scorer.policy import shipped
from risk_scorer.policy.checked import checked
from risk_scorer.policy.compile import Program

#: The policy that workers follow unless they were told another.
NAME = shipped.program().ruleset.name


def read(file: Path) -> tuple[str, Program]:
    """A checked ruleset and its text.

    Raises:
        InputFault: the file can't be read, or every fault in it with its line and column.
    """
    text = text_of(file)
    return text, compiled(text, str(file))


def compiled(text: str, source: str) -> Program:
    """A checked ruleset.

    Raises:
        InputFault: every fault with its line and column.
    """
    try:
        return checked(text, source=source)
    except RulesetFault as error:
        count = len(error.faults)
        raise InputFault(f"{source} can't be used: {count} fault{'s' if count > 1 else ''}\n{error}") from None


def usable(text: str, source: str) -> Program:
    """A ruleset that was published; the shipped ones of today know its signals, or it is of no use any more.

    Raises:
        CommandFault: it can't be used with this version.
    """
    try:
        return checked(text, source=source)
    except RulesetFault as error:
        raise CommandFault(f"{source} was published, and this version of Pickup Guard can't use it:\n{error}") from None
