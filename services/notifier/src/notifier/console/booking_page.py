"""`/alerts/{alert_id}`: one booking's page, and what can be done on it. Another operator's alert is not there (404).

A form that has no token of this browser is refused (403); one of a page that time has overtaken does nothing, and the
page is shown as it is now (409). So does a form that is sent once more.
"""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.exceptions import NotFoundException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Template

from notifier.accounts.principal import Principal
from notifier.accounts.roles import Permission
from notifier.actions import Actor
from notifier.alerts.alert import Alert, Refusal, Why
from notifier.alerts.look_alikes import LOOK_ALIKES, WORDS
from notifier.audit.ledger import Ledger
from notifier.audit.views import ViewLog
from notifier.console import words
from notifier.console.auth import Doorkeeper
from notifier.console.desk import Desk
from notifier.console.forms import ACTS, Act, Form, found, read
from notifier.console.sheet import NEEDS, Sheets
from notifier.store import Store
from pickup_contracts.card_numbers import holds_card_number

_DONE: dict[str, str] = {
    "hold_confirmed": "Noted: you have stopped the driver.",
    "recall_confirmed": "Noted: you have turned the driver round.",
    "release_confirmed": "Noted: you have let the job go on.",
    "hold_refused": "Noted: the driver is not stopped. The duty manager is told.",
    "recall_refused": "Noted: the driver is not turned round. The duty manager is told.",
    "release_refused": "Noted: the driver does not know yet. The duty manager is told.",
    "acknowledge": "You are on it.",
    "hold": "Hold asked for. It counts once your system confirms it.",
    "release": "Release asked for. It counts once your system confirms it.",
    "recall": "Recall asked for. It counts once your system confirms it.",
    "clear": "Noted as harmless, and closed.",
    "scam": "Noted as a scam. While the booking goes on, the alert stays.",
    "refer": "Reference noted.",
    "answer": "Written down.",
    "undo": "Taken back.",
    "release_record": "Noted. Above stands when the record goes.",
    "keep_record": "The record is kept.",
}
REFUSED: dict[Why, str] = {
    "no_such_alert": "There is no such alert.",
    "closed": "It is closed already.",
    "not_held": "There is nothing to release.",
    "already": "That is done already.",
    "nothing_to_undo": "There is nothing to take back.",
    "too_late": "More than ten minutes have passed: it can't be taken back any more.",
    "answered": "It was answered before.",
    "overtaken": "The alert has been raised higher since that message. Look again, then decide.",
    "not_a_scam": "It is not noted as a scam: its record goes by itself.",
    "not_over": "The booking is not over yet.",
    "changed": "This booking has changed since you opened the page. Nothing was done: look again, then decide.",
}
_NOTHING = "Nothing was filled in."
_CARD = "That looks like a card number. Nothing was written down: never note one anywhere."


def routes(doorkeeper: Doorkeeper, store: Store, desk: Desk, ledger: Ledger, views: ViewLog) -> list[HTTPRouteHandler]:
    """The routes."""
    sheets = Sheets(store, ledger, desk)

    async def shown(who: Principal, alert_id: UUID, *, said: str = "", wrong: str = "", status: int = 200) -> Template:
        alert = await store.alert(who.operator_id, alert_id)
        if alert is None:
            raise NotFoundException
        views.looked(who, "booking", alert.booking_id)
        context = {
            "who": who,
            "sheet": await sheets.sheet(who, alert),
            "said": said,
            "wrong": wrong,
            "look_alikes": LOOK_ALIKES,
            "clear_words": WORDS,
            "questions": words.questions(alert.pattern),
            "words": words,
            "once": uuid.uuid4(),
        }
        return Template("booking.html", context=context, status_code=status)

    @get("/alerts/{alert_id:uuid}", include_in_schema=False)
    async def page(request: Request[Any, Any, Any], alert_id: UUID) -> Template | Redirect:
        key = await doorkeeper.by_session(request)
        if key is None:
            return Redirect("/login")
        who = await doorkeeper.require(request, "view")
        return await shown(who, alert_id, said=_DONE.get(request.query_params.get("done", ""), ""))

    @post("/alerts/{alert_id:uuid}/{act:str}", include_in_schema=False)
    async def take(request: Request[Any, Any, Any], alert_id: UUID, act: str) -> Template | Redirect:
        known = _known(act)
        who = await doorkeeper.require(request, _permission(known))
        if await store.alert(who.operator_id, alert_id) is None:
            raise NotFoundException
        sent = await request.form()
        form = read({name: sent.getall(name) for name in sent})
        if form is None:
            raise ValidationException("the form is not one of this page's")
        if holds_card_number(form.comment) or holds_card_number(form.police_reference):
            return await shown(who, alert_id, wrong=_CARD, status=422)
        done = await _act(desk, who, alert_id, known, form)
        if done is None:
            return await shown(who, alert_id, wrong=_NOTHING, status=422)
        if isinstance(done, Refusal):
            if done.reason == "no_such_alert":
                raise NotFoundException
            return await shown(who, alert_id, wrong=REFUSED[done.reason], status=409)
        said = f"{known}_{form.done}" if form.done else known
        return Redirect("/" if form.back == "list" else f"/alerts/{alert_id}?done={said}", status_code=303)

    return [page, take]


async def _act(desk: Desk, who: Principal, alert_id: UUID, act: Act, form: Form) -> Alert | Refusal | None:
    """Do it; `None` when the form lacks what the action is about."""
    actions, operator_id, actor = desk.actions, who.operator_id, actor_of(who)
    match act:
        case "acknowledge":
            return await actions.acknowledge(operator_id, alert_id, actor)
        case "hold" | "release" | "recall" if form.done:
            return await actions.by_hand(operator_id, alert_id, act, form.done, actor, seen=form.seen)
        case "hold":
            return await actions.hold(operator_id, alert_id, actor, seen=form.seen)
        case "release":
            return await actions.release(operator_id, alert_id, actor, seen=form.seen)
        case "recall":
            return await actions.recall(operator_id, alert_id, actor, seen=form.seen)
        case "clear":
            if not form.clear_reason:
                return None
            return await actions.clear(operator_id, alert_id, actor, form.clear_reason, seen=form.seen)
        case "scam":
            return await actions.confirm_scam(operator_id, alert_id, actor, seen=form.seen)
        case "refer":
            if not form.police_reference:
                return None
            return await actions.refer(operator_id, alert_id, actor, form.police_reference)
        case "answer":
            said = found(form)
            return await actions.answer(operator_id, alert_id, actor, said, form.once or None) if said else None
        case "undo":
            return await actions.undo(operator_id, alert_id, actor)
        case "release_record":
            return await actions.release_record(operator_id, alert_id, actor)
        case "keep_record":
            return await actions.keep_record(operator_id, alert_id, actor)


def actor_of(who: Principal) -> Actor:
    """Whom the record shows. Administrators act as dispatchers do."""
    return Actor(who.holder, "duty_manager" if who.role == "duty_manager" else "dispatcher")


def _known(act: str) -> Act:
    for one in ACTS:
        if one == act:
            return one
    raise NotFoundException


def _permission(act: Act) -> Permission:
    return NEEDS[act]
