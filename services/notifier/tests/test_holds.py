"""Commands to the operator's system: asked, answered or not; nothing of them tells a booker a hold from a delay."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
from alert_cases import LEAD, NOW, assessed, raised
from alert_world import CHANNELS, booking, profile

from notifier.alerts import holds
from notifier.alerts.alert import Alert, Change, Command, Progress, Refusal
from notifier.alerts.changes import on_assessment
from notifier.alerts.holds import PUBLIC, automatic, unanswered
from notifier.alerts.templates import PLACEHOLDERS, Texts
from notifier.messages import command, webhook
from notifier.telling import Teller
from pickup_contracts.alert import CommandKind
from pickup_contracts.office import HoldPolicy
from pickup_runtime.operators import OperatorDirectory

WITHIN = timedelta(seconds=120)


def asked(alert: Alert, what: CommandKind = "hold") -> tuple[Alert, Command]:
    ask = {"hold": holds.hold, "release": holds.release, "recall": holds.recall}[what]
    change = ask(alert, "Ines", within=WITHIN, now=NOW)
    assert isinstance(change, Change)
    assert change.command is not None
    return change.alert, change.command


def test_a_hold_is_asked_once_and_confirmed() -> None:
    alert, hold = asked(raised())
    assert (alert.command_state, alert.confirm_by, alert.held) == ("requested", NOW + WITHIN, True)
    assert holds.hold(alert, "Ines", within=WITHIN, now=NOW) == Refusal("already")
    answered = holds.answer(alert, hold, "confirmed", "system", now=NOW)
    assert not isinstance(answered, Refusal)
    known, change = answered
    assert (known.state, change.alert.command_state) == ("confirmed", "confirmed")
    assert [step.type for step in change.steps] == ["hold_confirmed"]
    assert holds.answer(change.alert, known, "refused", "system", now=NOW) == Refusal("answered")
    released, release = asked(change.alert, "release")
    assert release.correlation_id != hold.correlation_id
    assert not released.held


def test_without_a_system_a_person_answers_for_what_they_did() -> None:
    done = holds.by_hand(raised(), None, "hold", "confirmed", "Ines", within=WITHIN, now=NOW)
    assert not isinstance(done, Refusal)
    command, change = done
    assert (command.state, command.answered_by, change.alert.command_state) == ("confirmed", "Ines", "confirmed")
    assert ([step.type for step in change.steps], change.telling) == (["hold_requested", "hold_confirmed"], None)
    assert change.command is None, "there is nobody to send it to"
    assert unanswered(change.alert, now=NOW + WITHIN) is None
    again = holds.by_hand(change.alert, command, "hold", "confirmed", "Ines", within=WITHIN, now=NOW)
    assert again == Refusal("already")
    failed = holds.by_hand(raised(), None, "hold", "refused", "Ines", within=WITHIN, now=NOW)
    assert not isinstance(failed, Refusal)
    assert (failed[1].telling, failed[1].alert.escalated_to) == ("unconfirmed", "duty_manager")


def test_what_was_asked_before_is_what_a_person_answers() -> None:
    alert, hold = asked(raised())
    done = holds.by_hand(alert, hold, "hold", "confirmed", "Ines", within=WITHIN, now=NOW)
    assert not isinstance(done, Refusal)
    assert (done[0].correlation_id, done[1].alert.commands) == (hold.correlation_id, 1)
    released, release = asked(done[1].alert, "release")
    gone = holds.by_hand(released, release, "release", "confirmed", "Ines", within=WITHIN, now=NOW)
    assert not isinstance(gone, Refusal)
    assert [step.type for step in gone[1].steps] == ["released"]
    assert holds.by_hand(raised(), None, "release", "confirmed", "Ines", within=WITHIN, now=NOW) == Refusal("not_held")


def test_silence_and_refusal_go_to_the_duty_manager() -> None:
    alert, hold = asked(raised())
    assert unanswered(alert, now=NOW + WITHIN - timedelta(seconds=1)) is None
    silent = unanswered(alert, now=NOW + WITHIN)
    assert silent is not None
    assert (silent.telling, silent.alert.escalated_to) == ("unconfirmed", "duty_manager")
    assert unanswered(silent.alert, now=NOW + 2 * WITHIN) is None
    refused = holds.answer(alert, hold, "refused", "system", now=NOW)
    assert not isinstance(refused, Refusal)
    assert refused[1].telling == "unconfirmed"
    assert not refused[1].alert.held


def test_a_late_answer_still_counts_and_one_to_an_older_command_changes_nothing() -> None:
    alert, hold = asked(raised())
    silent = unanswered(alert, now=NOW + WITHIN)
    assert silent is not None
    late = holds.answer(silent.alert, hold, "confirmed", "system", now=NOW + 2 * WITHIN)
    assert not isinstance(late, Refusal)
    assert late[1].alert.command_state == "confirmed"
    released, _ = asked(silent.alert, "release")
    old = holds.answer(released, hold, "confirmed", "system", now=NOW)
    assert not isinstance(old, Refusal)
    assert old[1].alert == released


def test_only_what_is_held_is_released() -> None:
    assert holds.release(raised(), "Ines", within=WITHIN, now=NOW) == Refusal("not_held")


def test_a_hold_is_automatic_only_where_the_profile_says_so() -> None:
    raise_ = Change(raised("hold_recommended"), telling="warning")
    assert automatic(raise_, HoldPolicy(), now=NOW).command is None
    hold = automatic(raise_, HoldPolicy(hold_recommended="automatic"), now=NOW)
    assert hold.command is not None
    assert (hold.command.command, hold.command.requested_by) == ("hold", "policy")
    milder = Change(raised("warn"), telling="warning")
    assert automatic(milder, HoldPolicy(hold_recommended="automatic"), now=NOW).command is None
    assert automatic(Change(raised("warn"), telling="lowered"), HoldPolicy(warn="automatic"), now=NOW).command is None
    recall = automatic(Change(raised("warn", too_late=True), telling="recall"), HoldPolicy(recall="automatic"), now=NOW)
    assert recall.command is not None
    assert recall.command.command == "recall"


def every_body() -> list[dict[str, Any]]:
    """Whatever the operator's system may be sent of a booking: warnings, recalls, closings, each command, in each
    state of each."""
    found = []
    for decision in ("warn", "hold_recommended"):
        for late in (False, True):
            alert = raised(decision, too_late=late)
            closed = msgspec.structs.replace(alert, state="closed", closed_at=NOW, close_reason="cleared")
            found += [webhook(one, NOW).body for one in (alert, closed)]
            for kind in ("hold", "recall"):
                after, first = asked(alert, kind)
                _, release = asked(after, "release")
                found += [command(after, one, NOW + timedelta(minutes=7)).body for one in (first, release)]
    return [json.loads(body) for body in found]


def test_nothing_that_a_booker_can_see_tells_a_held_booking_from_a_late_one() -> None:
    public = {json.dumps(body["public"], sort_keys=True) for body in every_body()}
    assert public == {json.dumps(msgspec.to_builtins(PUBLIC), sort_keys=True)}, "status, wording: one for all"
    assert {body["data"]["public_status"] for body in every_body()} == {"delayed"}
    (shown,) = map(json.loads, public)
    assert set(shown) == {"status", "text"}, "no time, no id, no count by which one could be told from another"
    for word in ("hold", "held", "stop", "recall", "check", "review", "scam", "police", "safety", "security"):
        assert word not in json.dumps(shown).lower()


def test_no_text_channel_or_role_is_a_bookers() -> None:
    """The product has no way to address a booker: there is no audience, no text and no ladder for one."""
    assert set(PLACEHOLDERS) - {"phrases", "page"} == {"driver", "driver_page", "dispatcher", "duty_manager"}
    assert not {"booker", "recipient", "customer"} & set(Texts.__struct_fields__)


def test_a_command_says_what_and_by_when_and_never_why() -> None:
    for body in (one for one in every_body() if one["type"].startswith("pickup.command.")):
        assert set(body["data"]) == {
            "command",
            "correlation_id",
            "operator_id",
            "booking_id",
            "alert_id",
            "confirm_by",
            "confirm_at",
            "public_status",
        }


def test_a_command_goes_out_with_the_warning_of_an_automatic_hold() -> None:
    operators = OperatorDirectory()
    operators.put(profile(holds=HoldPolicy(hold_recommended="automatic")))
    change = on_assessment(None, assessed("hold_recommended"), Progress(), lead=LEAD, now=NOW)
    assert change is not None
    made = automatic(change, profile(holds=HoldPolicy(hold_recommended="automatic")).holds, now=NOW)
    sent = Teller(operators, channels=CHANNELS).deliveries(made, booking("d-1"), NOW)
    assert [one.telling for one in sent if one.channel == "webhook"] == ["warning", "command"]
