"""People, their sessions and the guesses at their passwords. Every change is in the audit with who made it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from notifier.accounts.lifetime import ABSOLUTE, SETUP
from notifier.accounts.principal import Principal
from notifier.accounts.provider import Identity
from notifier.accounts.roles import Role
from notifier.audit import ledger
from notifier.audit.entries import Note, note
from notifier.errors import PersonFault
from pickup_runtime.postgres import Connection, Pool
from pickup_runtime.sql import queries

_SQL = queries("notifier")


class Person(Struct, frozen=True):
    """Somebody with an account. With `issuer` and `subject` a provider vouches for them; `password_hash` is that of a
    local account, absent until they have chosen a password."""

    person_id: UUID
    operator_id: str
    login: str
    display_name: str
    role: str
    password_hash: str | None
    issuer: str | None
    subject: str | None
    created_at: datetime
    disabled_at: datetime | None


class Seat(Struct, frozen=True):
    """A session as it is kept, and who sits there as they are now."""

    session_id: UUID
    created_at: datetime
    seen_at: datetime
    principal: Principal


class PeopleStore:
    """Reads, and changes in a transaction each."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def person(self, login: str) -> Person | None:
        row = await self._pool.fetchrow(_SQL["read_person"], login)
        return Person(*row) if row is not None else None

    async def people(self, operator_id: str | None = None) -> list[Person]:
        return [Person(*row) for row in await self._pool.fetch(_SQL["list_people"], operator_id)]

    async def add(
        self, operator_id: str, login: str, name: str, role: Role, *, token_sha256: bytes, by: str, now: datetime
    ) -> Person:
        """A new local account, opened by the link whose token has that hash.

        Raises:
            PersonFault: the login is taken.
        """
        async with self._changing() as (connection, notes):
            row = await connection.fetchrow(
                _SQL["add_person"], uuid.uuid4(), operator_id, login, name, role, None, None, now
            )
            if row is None:
                raise PersonFault("this login is taken")
            person = Person(*row)
            await connection.execute(_SQL["set_setup_link"], person.person_id, token_sha256, now + SETUP)
            notes.append(_of(person, "person.added", by, now, role=role))
        return person

    async def by_identity(self, identity: Identity, *, now: datetime) -> Person:
        """Whom a provider vouches for, made at their first sign-in; role and name follow the provider.

        Raises:
            PersonFault: they are disabled here.
        """
        async with self._changing() as (connection, notes):
            row = await connection.fetchrow(_SQL["read_person_by_subject"], identity.issuer, identity.subject)
            if row is None:
                login = f"{identity.subject} at {identity.issuer}"
                made = await connection.fetchrow(
                    _SQL["add_person"],
                    uuid.uuid4(),
                    identity.operator_id,
                    login,
                    identity.name,
                    identity.role,
                    identity.issuer,
                    identity.subject,
                    now,
                )
                if made is not None:
                    notes.append(_of(Person(*made), "person.added", "provider", now, role=identity.role))
                row = await connection.fetchrow(_SQL["read_person_by_subject"], identity.issuer, identity.subject)
            person = Person(*row)
            if person.disabled_at is not None or person.operator_id != identity.operator_id:
                raise PersonFault("not admitted here")
            if (person.role, person.display_name) != (identity.role, identity.name):
                await connection.execute(_SQL["set_person_role"], person.person_id, identity.role, identity.name)
                if person.role != identity.role:
                    notes.append(
                        _of(person, "person.role", "provider", now, role=identity.role, role_before=person.role)
                    )
        return person

    async def set_role(self, login: str, role: Role, *, by: str, now: datetime) -> Person:
        """Give another role; it counts from the person's next request.

        Raises:
            PersonFault: there is nobody of that login.
        """
        async with self._changing() as (connection, notes):
            person = await _lock(connection, login)
            await connection.execute(_SQL["set_person_role"], person.person_id, role, person.display_name)
            notes.append(_of(person, "person.role", by, now, role=role, role_before=person.role))
        return person

    async def set_disabled(self, login: str, disabled: bool, *, by: str, now: datetime) -> Person:
        """Shut somebody out, at once and at every browser; or let them in again.

        Raises:
            PersonFault: there is nobody of that login.
        """
        async with self._changing() as (connection, notes):
            person = await _lock(connection, login)
            await connection.execute(_SQL["set_person_disabled"], person.person_id, now if disabled else None)
            if disabled:
                await connection.execute(_SQL["revoke_sessions_of"], person.person_id, now)
            notes.append(_of(person, "person.disabled" if disabled else "person.enabled", by, now))
        return person

    async def set_password(self, login: str, password_hash: str, *, by: str, now: datetime) -> Person:
        """Another password; whoever is signed in with the old one is signed out.

        Raises:
            PersonFault: there is nobody of that login, or a provider vouches for them.
        """
        async with self._changing() as (connection, notes):
            person = await _lock(connection, login)
            await _give_password(connection, person, password_hash, now)
            notes.append(_of(person, "person.password", by, now))
        return person

    async def invite(self, login: str, token_sha256: bytes, *, by: str, now: datetime) -> Person:
        """Another link to choose a password with; an earlier one stops working.

        Raises:
            PersonFault: there is nobody of that login, or a provider vouches for them.
        """
        async with self._changing() as (connection, notes):
            person = await _lock(connection, login)
            if person.issuer is not None:
                raise PersonFault("signs in with a provider and has no password here")
            await connection.execute(_SQL["set_setup_link"], person.person_id, token_sha256, now + SETUP)
            notes.append(_of(person, "person.invited", by, now))
        return person

    async def invited(self, token_sha256: bytes, now: datetime) -> Person | None:
        """Whose link that is, while it works."""
        row = await self._pool.fetchrow(_SQL["read_person_by_setup"], token_sha256, now)
        return Person(*row) if row is not None else None

    async def choose_password(self, token_sha256: bytes, password_hash: str, *, now: datetime) -> Person | None:
        """Use the link up; `None` when it does not work (any more)."""
        async with self._changing() as (connection, notes):
            row = await connection.fetchrow(_SQL["read_person_by_setup"], token_sha256, now)
            if row is None:
                return None
            person = Person(*row)
            await _give_password(connection, person, password_hash, now)
            notes.append(_of(person, "person.password", person.display_name, now))
        return person

    async def refresh_password(self, person: Person, password_hash: str) -> None:
        """The same password, hashed with today's parameters; another one set meanwhile stays."""
        await self._pool.execute(_SQL["refresh_password"], person.person_id, person.password_hash, password_hash)

    async def open_session(
        self, token_sha256: bytes, principal: Principal, *, how: str, replaces: bytes | None, now: datetime
    ) -> None:
        """Sign in: a new session, never an old one under a new name."""
        kind, _, identity = principal.subject.partition(":")
        async with self._changing() as (connection, notes):
            if replaces is not None:
                await connection.execute(_SQL["revoke_session"], replaces, now)
            await connection.execute(
                _SQL["add_session"],
                uuid.uuid4(),
                token_sha256,
                UUID(identity) if kind == "person" else None,
                identity if kind == "key" else None,
                now,
            )
            notes.append(
                note(
                    "session.opened",
                    principal.operator_id,
                    now,
                    actor=principal.holder,
                    body={"subject": identity, "how": how},
                )
            )

    async def seat(self, token_sha256: bytes) -> Seat | None:
        """The session of a token, unless it was revoked or its person shut out."""
        row = await self._pool.fetchrow(_SQL["read_session"], token_sha256)
        if row is None or row["operator_id"] is None:
            return None
        return Seat(
            row["session_id"],
            row["created_at"],
            row["seen_at"],
            Principal(
                operator_id=row["operator_id"],
                holder=row["holder"],
                role=row["role"],
                subject=row["subject"],
                session_id=row["session_id"],
            ),
        )

    async def touch(self, session_id: UUID, now: datetime) -> None:
        await self._pool.execute(_SQL["touch_session"], session_id, now)

    async def close_session(self, token_sha256: bytes, principal: Principal, *, now: datetime) -> None:
        """Sign out."""
        async with self._changing() as (connection, notes):
            if await connection.fetchval(_SQL["revoke_session"], token_sha256, now) is not None:
                notes.append(note("session.closed", principal.operator_id, now, actor=principal.holder))

    async def refused(self, person: Person, why: str, now: datetime) -> None:
        """Write down that somebody failed to sign in as this person."""
        async with self._changing() as (_, notes):
            notes.append(_of(person, "session.refused", None, now, why=why))

    async def forget(self, now: datetime) -> None:
        """Drop sessions that can't open anything any more."""
        await self._pool.execute(_SQL["forget_sessions"], now - 2 * ABSOLUTE)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[tuple[Connection, list[Note]]]:
        """A transaction, and what it will have written into the audit when it ends."""
        async with self._pool.acquire() as connection, connection.transaction():
            notes: list[Note] = []
            yield connection, notes
            await ledger.append(connection, notes)


async def _lock(connection: Connection, login: str) -> Person:
    row = await connection.fetchrow(_SQL["lock_person"], login)
    if row is None:
        raise PersonFault("there is nobody of that login")
    return Person(*row)


async def _give_password(connection: Connection, person: Person, password_hash: str, now: datetime) -> None:
    if person.issuer is not None:
        raise PersonFault("signs in with a provider and has no password here")
    await connection.execute(_SQL["set_password"], person.person_id, password_hash)
    await connection.execute(_SQL["revoke_sessions_of"], person.person_id, now)


def _of(person: Person, kind: str, by: str | None, now: datetime, **body: str) -> Note:
    return note(kind, person.operator_id, now, actor=by, body={"subject": person.person_id, **body})
