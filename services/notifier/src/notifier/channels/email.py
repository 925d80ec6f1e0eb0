"""E-mail through the deployment's own mail server (SMTP), as text and as HTML, with a link to acknowledge.

`delivered` means that the server has taken it; nobody tells whether it was read, except by the link. Where the server
never answered, the next attempt sends the same `Message-ID`, by which mailboxes fold the copies into one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from html import escape
from typing import Literal

import aiosmtplib
from msgspec import Struct

from notifier.channels import confirm, message
from notifier.channels.channel import Attempt
from notifier.channels.links import Links, Ticket
from notifier.channels.message import Message
from notifier.channels.plain import one_line, plain
from notifier.channels.unexpected import unexpected
from notifier.rung_rows import Delivery
from pickup_runtime.clock import Clock

#: An alert that has expired is still worth taking on for a while.
_GOOD_FOR = timedelta(hours=2)
_SUBJECT = "Pickup check"

LinkOf = Callable[[Delivery], str]


class MailServer(Struct, frozen=True):
    """`tls`: `starttls` on a plain connection, `tls` from the start, or `none` for a relay on the same machine. `user`
    and `password` where it asks for them."""

    host: str
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = None


class EmailChannel:
    """`sender` is the address that mail comes from; ValueError when it is none. `link_of` gives the address of the
    acknowledge page."""

    name = "email"

    def __init__(
        self, server: MailServer, clock: Clock, *, sender: str, link_of: LinkOf | None, timeout_s: float = 10.0
    ) -> None:
        self._server = server
        self._clock = clock
        address = _address(sender)
        if address is None:
            raise ValueError("the sender is no e-mail address")
        self._sender = address
        self._link_of = link_of
        self._timeout_s = timeout_s

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Send one mail, on a connection of its own."""
        told = message.read(delivery.body)
        to = _address(told.to) if told is not None else None
        if told is None or to is None:
            return Attempt("refused", "to: no e-mail address")
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._send(self._mail(told, to, delivery))
        except TimeoutError:
            return Attempt("try_again", "timed out")
        except (aiosmtplib.SMTPException, OSError) as error:
            return _ended(error)
        except Exception as error:
            return unexpected(self.name, error)

    async def close(self) -> None:
        """Nothing is kept open between mails."""

    async def _send(self, mail: EmailMessage) -> Attempt:
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            timeout=self._timeout_s,
            # Otherwise the machine's own name is asked of the network, and the loop waits.
            local_hostname=self._sender.domain,
        )
        try:
            await client.connect()
            if server.user is not None:
                await client.login(server.user, server.password or "")
            await client.send_message(mail)
            # It is taken. Whether the server is polite about the end does not matter any more.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await client.quit(timeout=0.5)
            return Attempt("delivered")
        finally:
            client.close()

    def _mail(self, told: Message, to: Address, delivery: Delivery) -> EmailMessage:
        # Of a missed drill there is no alert to take on.
        link = self._link_of(delivery) if self._link_of is not None and delivery.telling != "drill" else None
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["From"] = self._sender
        mail["To"] = to
        mail["Subject"] = _subject(told)
        mail["Date"] = format_datetime(delivery.created_at.astimezone(UTC))
        mail["Message-ID"] = f"<{delivery.delivery_id}@{self._sender.domain}>"
        # RFC 3834: no holiday notes in answer.
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Importance"] = "high"
        mail["Content-Language"] = told.language if told.language.isascii() and told.language.isalpha() else "en"
        mail.set_content(_text(told, link))
        mail.add_alternative(_html(told, link), subtype="html")
        return mail


def acknowledge_link(links: Links, public_url: str) -> LinkOf:
    """The address of the page on which this delivery's recipient acknowledges, good until two hours past its
    deadline."""

    def link_of(delivery: Delivery) -> str:
        ticket = Ticket(
            confirm.PURPOSE,
            delivery.operator_id,
            delivery.booking_id,
            str(delivery.delivery_id),
            int((delivery.deadline + _GOOD_FOR).timestamp()),
        )
        return f"{public_url.rstrip('/')}{confirm.PATH}/{links.sign(ticket)}"

    return link_of


def _address(text: str) -> Address | None:
    """One plain mailbox and nothing else."""
    if not text.isascii() or len(text) > 254 or any(one in text for one in '\r\n,;<> \t"()'):
        return None
    try:
        found = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        return None
    return found if found.username and found.domain else None


def _subject(told: Message) -> str:
    """One line, and no encoded word of somebody else's: Python's mail package would decode it, breaks and all."""
    return one_line(told.subject or _SUBJECT).replace("=?", "= ?")[:150]


def _text(told: Message, link: str | None) -> str:
    parts = [plain(told.text)]
    parts += [f"Open the alert: {told.link}"] if told.link and told.link not in told.text else []
    parts += [f"Say that you are on it: {link}"] if link else []
    return "\n\n".join(parts) + "\n"


def _html(told: Message, link: str | None) -> str:
    inner = told.html or "".join(f"<p>{_lines(block)}</p>" for block in plain(told.text).split("\n\n"))
    if told.link and escape(told.link) not in inner:
        inner += f'<p><a href="{escape(told.link)}">Open the alert</a></p>'
    if link:
        inner += f'<p><a href="{escape(link)}"><strong>Say that you are on it</strong></a></p>'
    return f'<!doctype html><html lang="{escape(told.language)}"><body>{inner}</body></html>'


def _lines(block: str) -> str:
    return "<br>".join(map(escape, block.split("\n")))


def _ended(error: Exception) -> Attempt:
    """5xx is final (RFC 5321, 4.2.1): this mail, or this account, is not wanted, and the next channel should have its
    turn. What the server says in words may repeat the address, so that only its code is kept."""
    code = _code(error)
    if code is None:
        return Attempt("try_again", "no answer" if isinstance(error, OSError) else type(error).__name__)
    return Attempt("refused" if 500 <= code < 600 else "try_again", f"answered {code}")


def _code(error: Exception) -> int | None:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return min((one.code for one in error.recipients), default=None)
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
