"""Mail: what a mailbox gets, what a server may answer, and nothing hostile in a header."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage

import msgspec
import pytest
from channel_benches import MAILBOX, TIMEOUT_S, again, told
from hypothesis import given
from hypothesis import strategies as st
from standins.mail_server import PASSWORD, USER, MailServer

from notifier.channels.email import EmailChannel, acknowledge_link
from notifier.channels.email import MailServer as MailSettings
from notifier.channels.links import Links, Refusal
from notifier.channels.message import Message
from notifier.rung_rows import Delivery
from pickup_runtime.clock import SystemClock

LINKS = Links(b"k" * 32)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer().running() as made:
        yield made


def channel_to(server: MailServer, **more: str) -> EmailChannel:
    return EmailChannel(
        MailSettings("127.0.0.1", server.port, "none", **more),
        SystemClock(),
        sender="guard@firm.example",
        link_of=acknowledge_link(LINKS, "https://guard.example/"),
        timeout_s=TIMEOUT_S,
    )


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


async def sent(server: MailServer, one: Delivery) -> EmailMessage:
    attempt = await channel_to(server).attempt(one)
    assert (attempt.result, attempt.error) == ("delivered", None)
    return server.mails[-1]


async def test_a_mail_of_a_missed_drill_has_nothing_to_acknowledge(server: MailServer) -> None:
    one = msgspec.structs.replace(told("email", MAILBOX, "A drill was missed."), telling="drill")
    assert "acknowledge" not in "".join(parts(await sent(server, one)))


async def test_a_mail_has_a_text_an_html_part_and_a_link_to_acknowledge(server: MailServer) -> None:
    one = told("email", MAILBOX, "Check job 7.\n\nRing & ask.", subject="Check job 7", link="https://guard.example/a/1")
    mail = await sent(server, one)
    assert (mail["Subject"], mail["To"], mail["From"]) == ("Check job 7", MAILBOX, "guard@firm.example")
    assert mail["Message-ID"] == f"<{one.delivery_id}@firm.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert server.recipients == [MAILBOX]
    text, html = parts(mail)
    assert "Ring & ask." in text
    assert "<p>Ring &amp; ask.</p>" in html
    assert "https://guard.example/a/1" in text
    assert 'href="https://guard.example/a/1"' in html
    (token,) = re.findall(r"https://guard\.example/acknowledge/(\S+)", text)
    assert f'href="https://guard.example/acknowledge/{token}"' in html
    ticket = LINKS.verify(token, "acknowledge", one.deadline + timedelta(minutes=119))
    assert not isinstance(ticket, Refusal)
    assert (ticket.subject, ticket.booking_id) == (str(one.delivery_id), one.booking_id)
    assert isinstance(LINKS.verify(token, "acknowledge", one.deadline + timedelta(minutes=121)), Refusal)


async def test_a_mail_that_is_tried_again_is_the_same_mail(server: MailServer) -> None:
    one = told("email", MAILBOX)
    server.faults = ["lost"]
    assert (await channel_to(server).attempt(one)).result == "try_again"
    await channel_to(server).attempt(again(one))
    first, second = server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert parts(first) == parts(second)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("mailbox_full", "answered 452"),
        ("unknown_mailbox", "answered 550"),
        ("busy", "answered 451"),
        ("spam", "answered 554"),
    ],
)
async def test_of_what_a_server_says_only_its_code_is_kept(server: MailServer, fault: str, error: str) -> None:
    server.faults = [fault]  # type: ignore[list-item]
    assert (await channel_to(server).attempt(told("email", MAILBOX))).error == error
    assert server.mails == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_server_that_wants_a_password_gets_it() -> None:
    async with MailServer(wants_login=True).running() as server:
        assert (
            await channel_to(server, user=USER, password=PASSWORD).attempt(told("email", MAILBOX))
        ).result == "delivered"
        wrong = await channel_to(server, user=USER, password="wrong").attempt(told("email", MAILBOX))
        assert (wrong.result, wrong.error) == ("refused", "answered 535")
        without = await channel_to(server).attempt(told("email", MAILBOX))
        assert (without.result, without.error) == ("refused", "answered 530")
        assert len(server.mails) == 1


async def test_where_no_server_listens_it_is_tried_again(server: MailServer) -> None:
    channel = EmailChannel(
        MailSettings("127.0.0.1", 1, "none"),
        SystemClock(),
        sender="guard@firm.example",
        link_of=None,
        timeout_s=TIMEOUT_S,
    )
    attempt = await channel.attempt(told("email", MAILBOX))
    assert (attempt.result, attempt.error) == ("try_again", "no answer")


async def test_a_server_without_encryption_gets_nothing_when_encryption_is_asked_for(server: MailServer) -> None:
    channel = EmailChannel(
        MailSettings("127.0.0.1", server.port, "starttls"),
        SystemClock(),
        sender="guard@firm.example",
        link_of=None,
        timeout_s=TIMEOUT_S,
    )
    assert (await channel.attempt(told("email", MAILBOX))).result == "try_again"
    assert server.mails == []


@pytest.mark.parametrize(
    "to",
    [
        "duty@firm.example\r\nBcc: all@evil.example",
        "duty@firm.example, other@evil.example",
        "duty@firm.example;other@evil.example",
        "Duty <duty@firm.example>",
        "duty",
        "@firm.example",
        "duty@",
        "düty@firm.example",
        '"duty \r\n"@firm.example',
        "a" * 300 + "@firm.example",
        "",
    ],
)
async def test_what_is_not_one_mailbox_gets_nothing(server: MailServer, to: str) -> None:
    assert (await channel_to(server).attempt(told("email", to))).result == "refused"
    assert server.mails == []


@pytest.mark.parametrize(
    "hostile",
    [
        "Check\r\nBcc: all@evil.example",
        "Check\nContent-Type: text/html\n\n<script>",
        "Check\u2028Bcc: all@evil.example",
        "Check\x0bBcc: x",
        "\u202eevitca\u2066",
        "=?utf-8?q?Check=0D=0ABcc=3A_all=40evil.example?=",
        "x" * 5_000,
    ],
)
async def test_nothing_in_a_text_becomes_a_header(server: MailServer, hostile: str) -> None:
    mail = await sent(server, told("email", MAILBOX, hostile, subject=hostile, language='en"><script>'))
    assert set(mail.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "Importance",
        "Content-Language", "MIME-Version", "Content-Type", "X-Peer", "X-MailFrom", "X-RcptTo",
    }  # fmt: skip
    assert server.recipients == [MAILBOX]
    assert len(str(mail["Subject"])) <= 160
    _, html = parts(mail)
    assert "<script" not in html


@given(text=st.text(max_size=300), subject=st.text(max_size=200), language=st.text(max_size=5))
def test_any_words_make_a_mail_with_one_recipient(text: str, subject: str, language: str) -> None:
    channel = EmailChannel(MailSettings("127.0.0.1"), SystemClock(), sender="guard@firm.example", link_of=None)
    one = told("email", MAILBOX)
    to = channel._sender
    mail = channel._mail(Message(MAILBOX, text, subject, language=language), to, one)
    raw = mail.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert len(names) == len(set(names))
    assert set(names) <= {
        b"from", b"to", b"subject", b"date", b"message-id", b"auto-submitted", b"x-auto-response-suppress",
        b"importance", b"content-language", b"mime-version", b"content-type",
    }  # fmt: skip


async def test_html_that_the_notifier_made_is_kept_and_gets_the_link(server: MailServer) -> None:
    one = told("email", MAILBOX, "Check.", html="<ol><li>Ring</li></ol>")
    _, html = parts(await sent(server, one))
    assert "<ol><li>Ring</li></ol>" in html
    assert html.count("/acknowledge/") == 1


async def test_a_link_that_stands_in_the_html_is_not_put_in_twice(server: MailServer) -> None:
    link = "https://guard.example/d?a=1&b=2"
    one = told(
        "email", MAILBOX, "Check.", html='<p><a href="https://guard.example/d?a=1&amp;b=2">Open</a></p>', link=link
    )
    _, html = parts(await sent(server, one))
    assert html.count("/d?a=1") == 1


def test_an_address_to_send_from_has_to_be_one() -> None:
    with pytest.raises(ValueError, match="the sender is no e-mail address"):
        EmailChannel(MailSettings("127.0.0.1"), SystemClock(), sender="not an address", link_of=None)
    assert msgspec.structs.asdict(MailSettings("h"))["tls"] == "starttls"
