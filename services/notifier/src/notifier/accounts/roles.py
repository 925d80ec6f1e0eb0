"""Roles, and the one table of what each may do."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["viewer", "dispatcher", "duty_manager", "admin"]
Permission = Literal[
    "view",
    "acknowledge",
    "hold",
    "release",
    "recall",
    "clear",
    "confirm",
    "report",
    "evidence",
    "release_record",
    "audit",
    "views",
    "manage_people",
    "edit_profile",
]

#: In rising order; each may do what the one before it may.
ROLES: tuple[Role, ...] = get_args(Role)

_ADDED: dict[Role, frozenset[Permission]] = {
    "viewer": frozenset({"view"}),
    "dispatcher": frozenset({"acknowledge", "hold", "release", "recall", "clear", "confirm", "report"}),
    "duty_manager": frozenset({"evidence", "release_record", "audit"}),
    "admin": frozenset({"views", "manage_people", "edit_profile"}),
}


def permissions(role: str) -> frozenset[Permission]:
    """What a role may do; nothing for a word that is no role."""
    if role not in ROLES:
        return frozenset()
    below = ROLES[: ROLES.index(role) + 1]
    return frozenset().union(*(_ADDED[one] for one in below))


def may(role: str, permission: Permission) -> bool:
    return permission in permissions(role)
