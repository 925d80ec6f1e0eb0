"""The published JSON Schemas are those of the types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pickup_contracts.schemas import SCHEMAS, document

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_published_as_generated(name: str) -> None:
    published = json.loads((FOLDER / f"{name}.json").read_text())
    assert published == json.loads(document(name)), "run `make schemas`"


def test_nothing_else_is_published() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(SCHEMAS)
