"""Whether a process lives and whether it can do its work: two questions with two answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

Check = Callable[[], Awaitable[bool]]
Detail = Callable[[], object]


class Health(Struct, frozen=True):
    """`checks` says of each dependency whether it answered, `details` what else there is to tell."""

    ready: bool
    checks: dict[str, bool]
    details: dict[str, object] = {}


class HealthBoard:
    """The checks of one process, registered in its composition root."""

    def __init__(self, service: str, version: str) -> None:
        self.service = service
        self.version = version
        self._checks: dict[str, Check] = {}
        self._details: dict[str, Detail] = {}

    def register(self, name: str, check: Check) -> None:
        """Add a check; it must answer within about a second and not raise."""
        self._checks[name] = check

    def describe(self, name: str, detail: Detail) -> None:
        """Add something to tell, which makes the process neither ready nor unready."""
        self._details[name] = detail

    async def look(self) -> Health:
        """Run every check."""
        results = {name: await check() for name, check in self._checks.items()}
        return Health(all(results.values()), results, {name: detail() for name, detail in self._details.items()})
