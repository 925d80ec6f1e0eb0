"""Steps and findings come to their topics in the order in which they happened, however many notifiers publish."""

from __future__ import annotations

import pytest

from notifier.outbox import Outbox
from pickup_contracts.alert import alert_id
from tests.integration.telling.office import INES, Office


async def test_while_one_publishes_no_other_overtakes_it(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    alert = alert_id(office.operator_id, "b")
    await office.actions.confirm_scam(office.operator_id, alert, INES)
    one, other = Outbox(office.pool), Outbox(office.pool)
    async with one.outcomes(1) as found:
        await office.actions.undo(office.operator_id, alert, INES)
        async with other.outcomes(10) as overtaking:
            assert overtaking.rows == [], "what undoes the finding waits for the finding"
        async with other.steps(10) as steps:
            assert len(steps.rows) > 0, "the other outbox is free"
    async with other.outcomes(10) as after:
        assert [row.event_id for row in after.rows if row in found.rows] == []
        assert len(after.rows) == 1


async def test_what_one_could_not_publish_comes_first_for_the_next(office: Office) -> None:
    await office.consumer.handle([office.event(1), office.assessment("warn")])
    alert = alert_id(office.operator_id, "b")
    await office.actions.confirm_scam(office.operator_id, alert, INES)
    await office.actions.undo(office.operator_id, alert, INES)
    with pytest.raises(TimeoutError):
        async with Outbox(office.pool).outcomes(1) as lost:
            raise TimeoutError
    async with Outbox(office.pool).outcomes(10) as again:
        assert again.rows[:1] == lost.rows
        assert len(again.rows) == 2
