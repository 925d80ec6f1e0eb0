"""An OperatorProfile as people write it: YAML, checked whole, every fault with line and column; and published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml
from aiokafka import AIOKafkaProducer

from pickup_contracts.cloudevents import headers
from pickup_contracts.codec import encode
from pickup_contracts.operator import OperatorProfile, ProfileFault, profile_faults
from pickup_contracts.topics import OPERATORS
from pickup_runtime.clock import SystemClock
from pickup_runtime.kafka import send_and_wait
from pickup_runtime.yaml_places import Places, YamlFault, load, place_of


class ProfileNotWhole(ValueError):
    """A profile can't be published. `line` and `column` count from 1; the message names the field, never its value."""

    def __init__(self, line: int, column: int | None, reason: str) -> None:
        super().__init__(f"line {line}, column {column}: {reason}" if column else f"line {line}: {reason}")
        self.line = line
        self.column = column
        self.reason = reason


def parse_profile(text: str, languages: Mapping[str, bool]) -> OperatorProfile:
    """A checked profile. `languages` are those that there are texts in, and whether they were reviewed.

    Raises:
        ProfileNotWhole: at the first fault.
    """
    try:
        node, document = load(text)
    except YamlFault as no_yaml:
        raise ProfileNotWhole(no_yaml.line, no_yaml.column, no_yaml.reason) from None
    try:
        profile = msgspec.convert(document, OperatorProfile)
    except msgspec.ValidationError as error:
        path, message = place_of(str(error))
        raise ProfileNotWhole(*Places(node).at(path), message) from None
    for fault in (*zone_faults(profile), *profile_faults(profile), *_language_faults(profile, languages)):
        field = ".".join(map(str, fault.path))
        raise ProfileNotWhole(*Places(node).at(fault.path), f"{field}: {fault.reason}")
    return profile


def as_yaml(profile: OperatorProfile) -> str:
    """A profile ready to be edited and published."""
    return yaml.safe_dump(msgspec.to_builtins(profile), sort_keys=False, allow_unicode=True)


async def publish_profile(producer: AIOKafkaProducer, profile: OperatorProfile) -> None:
    """Publish one profile and wait until the broker has it.

    Raises:
        BrokerUnavailable: it was not acknowledged in 15 s.
    """
    await send_and_wait(
        producer,
        OPERATORS,
        key=profile.operator_id.encode(),
        value=encode(profile),
        headers=headers(
            "pickup.operator.published",
            event_id=profile.operator_id,
            operator_id=profile.operator_id,
            subject=profile.operator_id,
            at=SystemClock().now(),
        ),
        timeout_s=15,
    )


def zone_faults(profile: OperatorProfile) -> Iterator[ProfileFault]:
    """A time zone that there is none of."""
    if profile.time_zone is None:
        return
    try:
        ZoneInfo(profile.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield ProfileFault(("time_zone",), "no such zone; Europe/London is one")


def _language_faults(profile: OperatorProfile, known: Mapping[str, bool]) -> Iterator[ProfileFault]:
    """Languages that there are no texts in, or only texts that nobody has reviewed and the profile does not ask for."""
    places: list[tuple[tuple[str | int, ...], str]] = [
        (("language",), profile.language),
        *((("driver_languages", driver), language) for driver, language in profile.driver_languages.items()),
        *((("unreviewed_languages", index), language) for index, language in enumerate(profile.unreviewed_languages)),
    ]
    for path, language in places:
        if language not in known:
            yield ProfileFault(path, f"no texts in this language; one of {', '.join(sorted(known))}")
        elif not known[language] and language not in profile.unreviewed_languages:
            yield ProfileFault(path, "nobody has reviewed its texts: list it under unreviewed_languages to use them")
