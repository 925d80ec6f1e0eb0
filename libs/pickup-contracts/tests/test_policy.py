"""What travels on `risk.policies.v1` stands under its own key, and nothing else is taken for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from pickup_contracts.codec import encode
from pickup_contracts.errors import MalformedEvent
from pickup_contracts.policy import (
    BandOverride,
    ListEntry,
    OperatorOverrides,
    PolicyMessage,
    RulesetDocument,
    decode_policy,
    list_key,
    override_key,
    policy_key,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RULESET = RulesetDocument(
    name="uk-courier-fraud",
    version="1",
    text="name: x",
    fingerprint="0" * 64,
    published_at=NOW,
    published_by="ops",
)
ENTRY = ListEntry(
    entry_id="w-1",
    list_name="watch",
    kind="phone",
    entities=[-(2**63), 2**63 - 1],
    band="warn",
    reason="named by two victims",
    source="police liaison",
    added_at=NOW,
    added_by="ops",
    expires_at=NOW + timedelta(days=1),
)
OVERRIDES = OperatorOverrides(
    operator_id="op-1", bands=BandOverride(warn=70), rules_off=["urgent"], published_at=NOW, published_by="ops"
)


@pytest.mark.parametrize(
    ("message", "key"),
    [(RULESET, b"uk-courier-fraud"), (ENTRY, list_key("w-1")), (OVERRIDES, override_key("op-1"))],
)
def test_a_message_comes_back_from_its_own_key_only(message: PolicyMessage, key: bytes) -> None:
    assert policy_key(message) == key
    assert decode_policy(key, encode(message)) == message
    with pytest.raises(MalformedEvent):
        decode_policy(key + b"x", encode(message))


@pytest.mark.parametrize("missing", ["reason", "source", "expires_at", "entities"])
def test_an_entry_without_reason_source_or_expiry_is_no_entry(missing: str) -> None:
    document = msgspec.to_builtins(ENTRY)
    del document[missing]
    with pytest.raises(MalformedEvent, match=missing):
        decode_policy(list_key("w-1"), msgspec.json.encode(document))


def test_an_entry_means_something_until_it_expires() -> None:
    assert ENTRY.live(NOW)
    assert not ENTRY.live(NOW + timedelta(days=1))
    assert not ENTRY.live(NOW - timedelta(seconds=1))
