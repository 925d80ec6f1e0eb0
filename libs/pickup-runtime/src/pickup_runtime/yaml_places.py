"""Where each part of a YAML document stands, so that an error can name its line and column."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

Path = tuple[object, ...]


class Places:
    """Lines and columns by path, as in `("rules", 3, "when")`; both count from 1."""

    def __init__(self, root: yaml.Node | None) -> None:
        self._marks: dict[Path, tuple[int, int]] = {}
        for path, node in _walk((), root) if root is not None else ():
            block = isinstance(node, yaml.ScalarNode) and node.style in (">", "|")
            mark = node.start_mark
            self._marks[path] = (mark.line + (2 if block else 1), 3 if block else mark.column + 1)

    def at(self, path: Path) -> tuple[int, int]:
        """The place of `path`, or of the nearest part above it that is there."""
        known = path
        while known and known not in self._marks:
            known = known[:-1]
        return self._marks.get(known, (1, 1))


def place_of(message: str) -> tuple[Path, str]:
    """msgspec's `… - at `$.rules[3].when`` as a path and a sentence that names the field."""
    reason, _, where = message.partition(" - at `")
    path: list[object] = []
    for part in where.strip("`$").replace("[", ".[").split("."):
        if part == "[":
            break
        if part.startswith("["):
            # An index that msgspec does not tell (`[...]`) ends the path.
            if not part[1:-1].isdigit():
                break
            path.append(int(part[1:-1]))
        elif part:
            path.append(part)
    named = where.strip("`$").removeprefix(".")
    sentence = reason[:1].lower() + reason[1:]
    return tuple(path), f"{named}: {sentence}" if named else sentence


def _walk(path: Path, node: yaml.Node) -> Iterator[tuple[Path, yaml.Node]]:
    yield path, node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _walk((*path, key.value), value)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk((*path, index), value)
