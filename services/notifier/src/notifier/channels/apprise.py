"""Everything else, through Apprise: Teams, Slack, Signal, Telegram, PagerDuty and a hundred more
(https://github.com/caronc/apprise/wiki).

Its plugins block, so they run in threads of this channel's own; when all of them hang, an attempt says so at once
instead of queueing. Apprise tells whether it worked and not why: every failure is tried again. It has no idempotency
keys: what was accepted by a service that then did not answer is said twice.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, NotifyType

from notifier.channels import message
from notifier.channels.channel import Attempt
from notifier.channels.guard import PublicResolver, check_literal
from notifier.channels.message import Message
from notifier.channels.plain import one_line, plain
from notifier.channels.unexpected import ended_by
from notifier.channels.webhook import SecretOf
from notifier.rung_rows import Delivery

#: Plugins that reach no person elsewhere, but this machine's own desktop, log or devices.
_LOCAL = frozenset({"dbus", "kde", "qt", "glib", "gnome", "macosx", "windows", "blink1", "syslog"})


class AppriseChannel:
    """A message's `to` is the name of a secret, and the secret is the address in Apprise's form."""

    name = "apprise"

    def __init__(
        self, secret_of: SecretOf, *, timeout_s: float = 10.0, at_once: int = 8, allow_private: bool = False
    ) -> None:
        self._secret_of = secret_of
        self._timeout_s = timeout_s
        self._resolver = None if allow_private else PublicResolver()
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="apprise")
        self._free = at_once
        self._asset = AppriseAsset(app_id="Pickup Guard", async_mode=False, http_redirects=False, secure_logging=True)
        _load_plugins()
        # What it writes of a failure may hold an address, a token or what a service answered.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Notify once. A thread that has not come back keeps its place until it does."""
        told = message.read(delivery.body)
        if told is None or not told.to:
            return Attempt("refused", "to: no name of a secret")
        try:
            plugin = self._plugin(await self._secret_of(delivery.operator_id, told.to))
            if plugin is None:
                return Attempt("refused", "the secret is no address that Apprise reaches somebody at")
            await self._check(plugin)
            return await self._notify(plugin, told)
        except TimeoutError:
            return Attempt("try_again", "timed out")
        except Exception as error:
            return ended_by(self.name, error)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._resolver is not None:
            await self._resolver.close()

    def _plugin(self, url: str) -> NotifyBase | None:
        if url.partition("://")[0].lower() in _LOCAL:
            return None
        found: NotifyBase | None = Apprise.instantiate(url, asset=self._asset, suppress_exceptions=True)
        if found is not None:
            found.socket_connect_timeout = min(3.0, self._timeout_s)
            found.socket_read_timeout = self._timeout_s
        return found

    async def _check(self, plugin: NotifyBase) -> None:
        """Where the address names a host, it has to be a public one. The plugin asks for the name again when it
        connects: this guards against mistakes, not against a name that changes in between."""
        host = getattr(plugin, "host", None)
        if self._resolver is None or not isinstance(host, str) or not host:
            return
        check_literal(host)
        await self._resolver.resolve(host, getattr(plugin, "port", None) or 443)

    async def _notify(self, plugin: NotifyBase, told: Message) -> Attempt:
        if self._free <= 0:
            return Attempt("try_again", "all threads are waiting for a service")
        told_text = plain(told.text)
        body = f"{told_text}\n{told.link}" if told.link and told.link not in told_text else told_text
        self._free -= 1
        working = self._threads.submit(_said, plugin, body, one_line(told.subject or ""))
        loop = asyncio.get_running_loop()
        working.add_done_callback(lambda done: _back(loop, self._freed, done))
        async with asyncio.timeout(self._timeout_s):
            worked = await asyncio.wrap_future(working)
        return Attempt("delivered") if worked else Attempt("try_again", "the service did not take it")

    def _freed(self) -> None:
        self._free += 1


def _load_plugins() -> None:
    """All at once and now: the first use would otherwise read them while everything else waits."""
    with warnings.catch_warnings():
        # One of them imports a module that Python 3.13 drops, and does without it there.
        warnings.simplefilter("ignore", DeprecationWarning)
        Apprise.instantiate("json://localhost", suppress_exceptions=True)


def _said(plugin: NotifyBase, body: str, subject: str) -> bool:
    service = Apprise(asset=plugin.asset)
    service.add(plugin)
    said: Any = service.notify(
        body=body,
        title=subject,
        notify_type=NotifyType.WARNING,
        body_format=NotifyFormat.TEXT,
        interpret_escapes=False,
    )
    return bool(said)


def _back(loop: asyncio.AbstractEventLoop, freed: Any, _: Future[bool]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(freed)
