"""Signing in with a login and a password: lock-out first, equal work for everybody, then the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from notifier.accounts import passwords
from notifier.accounts.lockout import PER_LOGIN, PER_SOURCE, login_subject, source_subject
from notifier.accounts.logins import login as known_login
from notifier.accounts.principal import Principal
from notifier.guesses import GuessStore
from notifier.people import PeopleStore, Person
from pickup_runtime import metrics, tokens
from pickup_runtime.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")

#: Each hash takes 64 MiB and a core for tens of milliseconds: so many at a time, the others wait.
_AT_A_TIME = 2
SETUP_PREFIX = "pgw"


class LocalLogin:
    """Local accounts. `key` keeps logins and addresses out of the table that counts guesses."""

    def __init__(self, people: PeopleStore, guesses: GuessStore, clock: Clock, *, key: bytes) -> None:
        self._people = people
        self._guesses = guesses
        self._clock = clock
        self._key = key
        self._turns = asyncio.Semaphore(_AT_A_TIME)

    async def sign_in(self, login: str, password: str, source: str) -> Principal | None:
        """Who that is; `None` whatever the reason: nobody of that name, a wrong password, shut out, locked out."""
        name = known_login(login) or ""
        now = self._clock.now()
        counted = ((login_subject(self._key, name), PER_LOGIN), (source_subject(self._key, source), PER_SOURCE))
        if not await self._guesses.take(counted, now):
            metrics.sign_ins.labels("password", "locked_out").inc()
            return None
        person = await self._people.person(name)
        kept = person.password_hash if person is not None else None
        right = await self._off_the_loop(passwords.matches, kept, password)
        if person is None or not right or person.disabled_at is not None:
            metrics.sign_ins.labels("password", "refused").inc()
            if person is not None:
                why = "disabled" if right else "no password" if kept is None else "wrong password"
                await self._people.refused(person, why, now)
            return None
        await self._guesses.give_back([subject for subject, _ in counted], now)
        if kept is not None and passwords.outdated(kept):
            await self._people.refresh_password(person, await self._off_the_loop(passwords.hashed, password))
        metrics.sign_ins.labels("password", "opened").inc()
        return principal_of(person)

    async def invited(self, token: str) -> Person | None:
        """Whose link to choose a password that is, while it works."""
        digest = _digest(token)
        return await self._people.invited(digest, self._clock.now()) if digest is not None else None

    async def choose_password(self, token: str, password: str) -> tuple[Principal | None, str | None]:
        """Use the link up: who has an account now, or why not."""
        digest, person = _digest(token), await self.invited(token)
        if digest is None or person is None:
            return None, "This link does not work any more. Ask your administrator for another one."
        why = passwords.fault(password, person.login)
        if why is not None:
            return None, f"{why[0].upper()}{why[1:]}."
        kept = await self._off_the_loop(passwords.hashed, password)
        chosen = await self._people.choose_password(digest, kept, now=self._clock.now())
        if chosen is None:
            return None, "This link does not work any more. Ask your administrator for another one."
        return principal_of(chosen), None

    async def unlock(self, login: str) -> None:
        """Let somebody try again at once."""
        await self._guesses.clear(login_subject(self._key, login))

    async def _off_the_loop(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        async with self._turns:
            return await asyncio.to_thread(work, *arguments, **named)


def principal_of(person: Person) -> Principal:
    """A person as the one who acts."""
    return Principal(
        operator_id=person.operator_id,
        holder=person.display_name,
        role=person.role,
        subject=f"person:{person.person_id}",
    )


def _digest(token: str) -> bytes | None:
    presented = tokens.parse(SETUP_PREFIX, token)
    return tokens.digest(presented.secret) if presented is not None else None
