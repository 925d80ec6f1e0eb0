"""A mail server (aiosmtpd) that keeps what it takes, and fails at the stage where it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Literal, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: `mailbox_full` and `unknown_mailbox` come at RCPT, `busy` and `spam` after the mail, `hang` and `drop` before it is
#: taken, `lost` and `rude` after: never answered, or gone as soon as it was.
MailFault = Literal["mailbox_full", "unknown_mailbox", "busy", "spam", "hang", "drop", "lost", "rude"]
USER, PASSWORD = "guard", "pass-word"


class MailServer:
    """`faults` are spent one a mail, oldest first. `wants_login` refuses mail from strangers."""

    def __init__(self, *, wants_login: bool = False) -> None:
        self.faults: list[MailFault] = []
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.port = 0
        self._wants_login = wants_login
        self._over = asyncio.Event()
        self._next: MailFault | None = None

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._next = self.faults.pop(0) if self.faults else None
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._next == "mailbox_full":
            return f"452 4.2.2 mailbox of {address} is full"
        if self._next == "unknown_mailbox":
            return f"550 5.1.1 {address}: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        match self._next:
            case "busy":
                return "451 4.3.0 try again later"
            case "spam":
                return "554 5.7.1 not wanted"
            case "hang":
                await self._over.wait()
            case "drop":
                cast(Any, server.transport).abort()
        if self._next in ("hang", "drop"):
            return "421 closing"
        self.mails.append(message_from_bytes(envelope.original_content or b"", policy=default))
        self.recipients += envelope.rcpt_tos
        if self._next == "lost":
            await self._over.wait()
        if self._next == "rude":
            asyncio.get_running_loop().call_later(0.01, cast(Any, server.transport).abort)
        return "250 2.0.0 taken"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[MailServer]:
        loop = asyncio.get_running_loop()
        sessions: list[SMTP] = []

        def session() -> SMTP:
            made = SMTP(
                self,
                loop=loop,
                hostname="mail.test",
                auth_required=self._wants_login,
                auth_require_tls=False,
                authenticator=_check,
            )
            sessions.append(made)
            return made

        server = await loop.create_server(session, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._over.set()
            server.close()
            for one in sessions:
                if one.transport is not None:
                    cast(Any, one.transport).abort()
            await asyncio.sleep(0.01)


def _check(_: SMTP, __: Session, ___: Envelope, mechanism: str, secret: Any) -> AuthResult:
    good = isinstance(secret, LoginPassword) and (secret.login, secret.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=good)
