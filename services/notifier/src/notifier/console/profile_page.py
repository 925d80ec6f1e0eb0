"""`/admin/profile`: an operator's administrator reads, checks and publishes its profile, and sees what its ladder does.

The check is that of `pickupctl operator apply`, with line and column. Two administrators do not overwrite each other.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from aiokafka import AIOKafkaProducer
from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Template

from notifier.alerts.preview import preview
from notifier.alerts.templates import languages
from notifier.console.who import Holder, Who
from notifier.profiles import Profiles, mark
from notifier.store import Store
from pickup_contracts.operator import OperatorProfile
from pickup_runtime import logs
from pickup_runtime.clock import Clock
from pickup_runtime.operators import OperatorDirectory
from pickup_runtime.profile_yaml import ProfileNotWhole, as_yaml, parse_profile

#: A profile of a large firm, as a form sends it: every line break and colon is three bytes there.
_MAX_BYTES = 512 * 1024
_EXAMPLE = timedelta(minutes=15)
_REFUSED: dict[str, tuple[str, int]] = {
    "overtaken": ("Somebody else has published meanwhile: open the page anew and make your change there.", 409),
    "busy": ("Somebody else is publishing at this moment: open the page anew and make your change there.", 409),
    "unconfirmed": ("The broker has not confirmed it, and may have it: open the page anew in a minute, and look.", 503),
}
_log = logs.get("profile")


class Draft(msgspec.Struct):
    """What was typed. `based_on` says which profile it began with; `publish` is empty when it is only to be checked."""

    text: str = ""
    based_on: str = ""
    publish: str = ""


def profile_routes(
    operators: OperatorDirectory, producer: AIOKafkaProducer, store: Store, clock: Clock, who: Who
) -> list[HTTPRouteHandler]:
    """The routes, for the console's application. `who` gives the signed-in administrator."""
    profiles = Profiles(store.pool, operators, producer, clock)

    @get("/admin/profile", include_in_schema=False)
    async def show(request: Request[Any, Any, Any]) -> Template:
        holder = await who(request)
        profile = operators.get(holder.operator_id)
        text = as_yaml(profile) if profile is not None else f"operator_id: {holder.operator_id}\nname: \n"
        return _page(holder, text, mark(profile), profile, clock)

    @post("/admin/profile", include_in_schema=False, status_code=200, request_max_body_size=_MAX_BYTES)
    async def take(
        request: Request[Any, Any, Any], data: Annotated[Draft, Body(media_type=RequestEncodingType.URL_ENCODED)]
    ) -> Template:
        holder = await who(request)
        text = data.text.replace("\r\n", "\n")

        def answer(problem: str, status: int, profile: OperatorProfile | None = None) -> Template:
            return _page(holder, text, data.based_on, profile, clock, problem=problem, status=status)

        try:
            profile = parse_profile(text, languages())
        except ProfileNotWhole as fault:
            return answer(str(fault), 422)
        if profile.operator_id != holder.operator_id:
            return answer("operator_id: is not yours, and can't be changed here", 422)
        if not data.publish:
            return _page(holder, text, data.based_on, profile, clock, said="It is whole. Not published yet.")
        done = await profiles.publish(profile, based_on=data.based_on, by=holder.holder)
        if done != "published":
            return answer(*_REFUSED[done], profile)
        _log.info("profile_published", operator=holder.operator_id)
        said = "Published: every service uses it within a second."
        return _page(holder, as_yaml(profile), mark(profile), profile, clock, said=said)

    return [show, take]


def _page(
    holder: Holder,
    text: str,
    based_on: str,
    profile: OperatorProfile | None,
    clock: Clock,
    *,
    problem: str = "",
    said: str = "",
    status: int = 200,
) -> Template:
    shown = (
        preview(profile, begins=clock.now(), window=_EXAMPLE, driver_phone=True, urgent=False, recall=False)
        if profile is not None
        else None
    )
    context = {
        "who": holder,
        "operator_id": holder.operator_id,
        "text": text,
        "based_on": based_on,
        "problem": problem,
        "said": said,
        "shown": shown,
        "minutes": int(_EXAMPLE.total_seconds() // 60),
    }
    return Template("profile.html", context=context, status_code=status)
