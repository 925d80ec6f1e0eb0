"""SQL lives in `.sql` files beside the store that runs it."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def queries(package: str) -> dict[str, str]:
    """The statements in `<package>/sql`, by file name without `.sql`; read once."""
    folder = resources.files(package) / "sql"
    return {
        entry.name.removesuffix(".sql"): entry.read_text() for entry in folder.iterdir() if entry.name.endswith(".sql")
    }
