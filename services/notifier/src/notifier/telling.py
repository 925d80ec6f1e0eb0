"""From what is to be told to messages: the operator's ladder, laid into the time that is left, in words. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from notifier import messages
from notifier.alerts.alert import Alert, Change, Telling
from notifier.alerts.ladder import People, Planned, people_of, plan, rungs_for, window_end
from notifier.alerts.templates import ENGLISH, Texts, chosen
from notifier.alerts.wording import Worded, message, question
from notifier.rung_rows import Delivery
from notifier.watch import Watched
from pickup_contracts.alert import Audience
from pickup_contracts.booking import Driver
from pickup_contracts.operator import OperatorProfile
from pickup_runtime.operators import OperatorDirectory

#: The signed page on which a recipient answers, or `None` for one that has none.
LinkFor = Callable[[Alert, Audience, str], str | None]
#: Opens a push subscription as it is kept; `None` when it can't be.
Unseal = Callable[[bytes], str | None]
#: How long it is tried to ask a driver how a booking ended.
_ASKED_FOR = timedelta(minutes=10)


class Teller:
    """Makes the messages of a change. `channels` are those that this deployment has."""

    def __init__(
        self,
        operators: OperatorDirectory,
        *,
        channels: frozenset[str] = frozenset({"webhook"}),
        link_for: LinkFor | None = None,
        unseal: Unseal | None = None,
    ) -> None:
        self._operators = operators
        self._channels = channels
        self._link_for = link_for
        self._unseal = unseal

    def pushes_to(self, change: Change) -> tuple[str, str] | None:
        """The operator and driver whose phone may have asked to be warned, when a change is told; `None` when nobody
        hears of it, or there is no push."""
        return self.phone_of(change.alert) if change.telling is not None else None

    def phone_of(self, alert: Alert) -> tuple[str, str] | None:
        """Likewise whatever is told of an alert; `None` where there is no push."""
        if self._unseal is None or "push" not in self._channels or alert.driver is None:
            return None
        return alert.operator_id, alert.driver

    def question(self, alert: Alert, watched: Watched | None, now: datetime, phone: bytes | None) -> Delivery | None:
        """The driver asked once more how a booking ended, by push or by text; `None` when neither reaches them, or
        there is no page to answer on. Nothing is tried for long: the answer is of use, not urgent."""
        profile = self._operators.get(alert.operator_id)
        link = self._link(alert, "driver", "driver")
        addresses = self._driver_to(alert, watched, phone)
        channel = next((one for one in ("push", "sms") if one in self._channels and one in addresses), None)
        if profile is None or link is None or channel is None:
            return None
        texts = driver_texts(profile, alert.driver)
        worded = Worded(question(alert, texts), texts.language, texts.phrases.subject_driver)
        return Delivery(
            delivery_id=messages.delivery_id(alert, channel, "question"),
            alert_id=alert.alert_id,
            operator_id=alert.operator_id,
            booking_id=alert.booking_id,
            channel=channel,
            body=messages.to_person(worded, addresses[channel], channel, link),
            deadline=now + _ASKED_FOR,
            attempts=0,
            created_at=now,
            change=alert.change,
            telling="question",
            audience="driver",
            recipient="driver",
            due_at=now,
            driver=alert.driver,
        )

    def deliveries(
        self, change: Change, watched: Watched | None, now: datetime, phone: bytes | None = None
    ) -> list[Delivery]:
        """What is to be sent because of a change: its ladder, and its command. Nothing for an operator that is not
        known: nobody has said how to reach them. `phone` is the sealed push subscription of `pushes_to`."""
        alert = change.alert
        profile = self._operators.get(alert.operator_id)
        if profile is None:
            return []
        made: list[Delivery] = []
        if change.telling is not None:
            made = self._ladder(change.telling, alert, profile, self._driver_to(alert, watched, phone), now)
        if change.command is not None and profile.webhook is not None:
            made.append(messages.command(alert, change.command, now))
        return made

    def _ladder(
        self, telling: Telling, alert: Alert, profile: OperatorProfile, driver_to: dict[str, str], now: datetime
    ) -> list[Delivery]:
        people = people_of(profile, driver_to=driver_to, channels=self._channels)
        ends = window_end(telling, alert, now)
        pressing = alert.urgent or telling in ("expired", "unconfirmed")
        planned = plan(rungs_for(profile, telling, alert), people, begins=now, deadline=ends, urgent=pressing)
        texts = driver_texts(profile, alert.driver)
        return [self._delivery(one, telling, alert, profile, texts, people, ends, now) for one in planned]

    def _delivery(
        self,
        planned: Planned,
        telling: Telling,
        alert: Alert,
        profile: OperatorProfile,
        texts: Texts,
        people: People,
        ends: datetime,
        now: datetime,
    ) -> Delivery:
        if planned.channel == "webhook":
            page = self._link(alert, "driver", "driver") if alert.alerting else None
            made = messages.webhook(alert, now, telling=telling, texts=texts, phone=profile.office_phone, page=page)
        else:
            worded = message(
                alert,
                telling,
                planned.audience,
                planned.channel,
                texts=texts,
                office_phone=profile.office_phone,
                zone=people.zone,
            )
            link = self._link(alert, planned.audience, planned.recipient)
            made = Delivery(
                delivery_id=messages.delivery_id(alert, planned.channel, planned.rung, planned.recipient),
                alert_id=alert.alert_id,
                operator_id=alert.operator_id,
                booking_id=alert.booking_id,
                channel=planned.channel,
                body=messages.to_person(worded, planned.to, planned.channel, link),
                deadline=ends,
                attempts=0,
                created_at=now,
            )
        return msgspec.structs.replace(
            made,
            deadline=ends,
            change=alert.change,
            rung=planned.rung,
            telling=telling,
            audience=planned.audience,
            recipient=planned.recipient,
            due_at=planned.due_at,
            give_up_at=planned.give_up_at,
            opens=planned.opens,
            closes=planned.closes,
            urgent=alert.urgent,
            driver=alert.driver if planned.audience == "driver" else None,
        )

    def _link(self, alert: Alert, audience: Audience, recipient: str) -> str | None:
        return self._link_for(alert, audience, recipient) if self._link_for is not None else None

    def _driver_to(self, alert: Alert, watched: Watched | None, phone: bytes | None) -> dict[str, str]:
        """The driver's address by channel, as far as it is known."""
        driver = watched.booking.driver if watched is not None else None
        found: dict[str, str] = {}
        if not isinstance(driver, Driver):
            return found
        found["dispatch_note"] = alert.booking_id
        if isinstance(driver.phone, str) and driver.phone:
            found |= {"sms": driver.phone, "voice": driver.phone}
        if phone is not None and self._unseal is not None and (to := self._unseal(phone)) is not None:
            found["push"] = to
        return found


def driver_texts(profile: OperatorProfile | None, driver: str | None) -> Texts:
    """The texts in the driver's language, or the operator's."""
    if profile is None:
        return chosen(ENGLISH, frozenset())
    language = profile.driver_languages.get(driver or "", profile.language)
    return chosen(language, frozenset(profile.unreviewed_languages))
