"""Walking a decoded event: every text with the dotted path that the sender knows it by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Visit = Callable[[str, str, str], str]


def visit_texts(node: Any, visit: Visit, path: str = "") -> None:
    """Call `visit(path, field, text)` for every text in a document, and put its answer in the text's place."""
    if isinstance(node, dict):
        for name, value in node.items():
            where = f"{path}.{name}" if path else name
            if isinstance(value, str):
                node[name] = visit(where, name, value)
            elif value is not None:
                visit_texts(value, visit, where)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            if not isinstance(value, str):
                visit_texts(value, visit, f"{path}[{index}]")
