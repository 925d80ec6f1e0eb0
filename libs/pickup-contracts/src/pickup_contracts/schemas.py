"""The JSON Schemas (2020-12) of what travels on the topics. `python -m pickup_contracts.schemas FOLDER` writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec

from pickup_contracts.alert import AlertEvent
from pickup_contracts.assessment import Assessment
from pickup_contracts.booking import BookingEvent
from pickup_contracts.operator import OperatorProfile
from pickup_contracts.outcome import Outcome
from pickup_contracts.policy import ListEntry, OperatorOverrides, RulesetDocument

SCHEMAS: dict[str, type] = {
    "booking-event": BookingEvent,
    "assessment": Assessment,
    "alert-event": AlertEvent,
    "outcome": Outcome,
    "operator-profile": OperatorProfile,
    "policy-ruleset": RulesetDocument,
    "policy-list-entry": ListEntry,
    "policy-operator-overrides": OperatorOverrides,
}


def document(name: str) -> str:
    """One schema as JSON text."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(SCHEMAS[name])}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Write every schema into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCHEMAS:
        (folder / f"{name}.json").write_text(document(name))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
