"""The ruleset that is shipped, compiled once for all tests: to read and check it takes half a second."""

from __future__ import annotations

from risk_scorer.policy import shipped

PROGRAM = shipped.program()
