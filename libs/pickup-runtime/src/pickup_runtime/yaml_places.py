"""Where each part of a YAML document stands, so that an error can name its line and column."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

Path = tuple[object, ...]
#: libyaml's, an eighth of the time of the one in Python, where PyYAML was built with it. Places are the same.
_FAST: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: No document of ours goes deeper than a few levels.
_DEEPEST = 50
_TOO_DEEP = "nested too deep"


class YamlFault(ValueError):
    """A text is no YAML document that can be used. `line` and `column` count from 1; `None` where no place is known."""

    def __init__(self, line: int, column: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column
        self.reason = reason


def load(text: str) -> tuple[yaml.Node | None, object]:
    """A document with the nodes that say where its parts stand.

    Raises:
        YamlFault: it is not YAML, is nested too deep, or has a key twice, of which one would be lost without a word.
    """
    try:
        return _loaded(text, _FAST)
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in (error.problem or ""):
            raise YamlFault(error.problem_mark.line + 1 if error.problem_mark else 1, None, _TOO_DEEP) from None
    except (yaml.YAMLError, UnicodeEncodeError):
        pass
    # libyaml says less well what is wrong, and where.
    try:
        return _loaded(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, None)
        raise YamlFault(line, column, f"not valid YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise YamlFault(1, None, "not valid YAML: a character that can't stand in it") from None


def _loaded(text: str, loader_of: type[yaml.SafeLoader | yaml.CSafeLoader]) -> tuple[yaml.Node | None, object]:
    """Read once: the nodes, and the document made of them."""
    loader = loader_of(text)
    node: yaml.Node | None = None
    try:
        node = loader.get_single_node()
        if node is None:
            return None, None
        # Before the document is made of them, which puts what is merged (`<<`) among a mapping's own keys.
        for path, one in _walk(node):
            if len(path) > _DEEPEST:
                raise YamlFault(*_place(one), _TOO_DEEP)
            if (key := _twice(one)) is not None:
                raise YamlFault(*_place(key), "this key was there before")
        return node, loader.construct_document(node)
    except RecursionError:
        raise YamlFault(1, None, _TOO_DEEP) from None
    except YamlFault:
        raise
    except UnicodeEncodeError:
        raise
    except ValueError:
        line, column = next((_place(one) for _, one in _walk(node) if _impossible(one)), (1, None))
        raise YamlFault(line, column, "not valid YAML: a date that can't be; put it in quotes if it is none") from None
    finally:
        loader.dispose()


class Places:
    """Lines and columns by path, as in `("rules", 3, "when")`; both count from 1."""

    def __init__(self, root: yaml.Node | None) -> None:
        self._marks: dict[Path, tuple[int, int]] = {}
        for path, node in _walk(root):
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


def _walk(root: yaml.Node | None) -> Iterator[tuple[Path, yaml.Node]]:
    """Every part with its path, in the order of the text. What an alias stands for is gone through once: it may hold
    itself, or a million of itself."""
    seen: set[int] = set()
    left: list[tuple[Path, yaml.Node]] = [((), root)] if root is not None else []
    while left:
        path, node = left.pop()
        yield path, node
        if id(node) in seen:
            continue
        seen.add(id(node))
        below: list[tuple[Path, yaml.Node]] = []
        if isinstance(node, yaml.MappingNode):
            below = [
                ((*path, key.value if isinstance(key, yaml.ScalarNode) else None), value) for key, value in node.value
            ]
        elif isinstance(node, yaml.SequenceNode):
            below = [((*path, index), value) for index, value in enumerate(node.value)]
        left += reversed(below)


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _twice(node: yaml.Node) -> yaml.Node | None:
    """The first key of a mapping that was there before."""
    there: set[tuple[str, str]] = set()
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode):
            if (key.tag, key.value) in there:
                return key
            there.add((key.tag, key.value))
    return None


def _impossible(node: yaml.Node) -> bool:
    if not isinstance(node, yaml.ScalarNode) or not node.tag.endswith(":timestamp"):
        return False
    try:
        yaml.safe_load(node.value)
    except ValueError:
        return True
    return False
