"""Who acts, once the doorkeeper has let them in."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from notifier.accounts.roles import Permission, may


class Principal(Struct, frozen=True, kw_only=True):
    """Somebody at the page or behind the API. `holder` is what the record of an alert shows; `subject` tells two
    people of one name apart (`person:<id>` or `key:<id>`). `session_id` is `None` for a request with a key."""

    operator_id: str
    holder: str
    role: str
    subject: str
    session_id: UUID | None = None

    def may(self, permission: Permission) -> bool:
        return may(self.role, permission)
