"""Who is behind a request, for route modules that do not care how that is found out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from litestar import Request

from notifier.accounts.roles import Permission


class Holder(Protocol):
    """A person, or the operator's own system, of one operator; `holder` is the name in the record."""

    @property
    def operator_id(self) -> str: ...

    @property
    def holder(self) -> str: ...

    def may(self, permission: Permission) -> bool: ...


#: Who it is, when they may do what the route does; raises NotAuthorizedException or PermissionDeniedException else.
Who = Callable[[Request[Any, Any, Any]], Awaitable[Holder]]
