"""Roles, lock-out, lifetimes, passwords and providers' claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.accounts import passwords
from notifier.accounts.lifetime import ABSOLUTE, IDLE, alive
from notifier.accounts.lockout import (
    PER_LOGIN,
    PER_SOURCE,
    Limit,
    give_back,
    locked_until,
    login_subject,
    source_subject,
    take,
)
from notifier.accounts.logins import login
from notifier.accounts.provider import Provider, identity, read_providers
from notifier.accounts.roles import ROLES, may, permissions
from notifier.console.sign_in import WRONG_PASSWORD
from notifier.errors import ProviderFault

START = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)
_seconds = st.integers(0, 3 * 24 * 3600)


def test_each_role_may_do_what_the_one_below_it_may() -> None:
    for below, above in pairwise(ROLES):
        assert permissions(below) < permissions(above)
    assert permissions("viewer") == {"view"}
    assert may("dispatcher", "hold")
    assert not may("dispatcher", "audit")
    assert may("duty_manager", "audit")
    assert not may("duty_manager", "manage_people")
    assert may("admin", "views")


def test_a_word_that_is_no_role_may_do_nothing() -> None:
    assert permissions("root") == frozenset()


@given(st.lists(st.tuples(_seconds, st.booleans()), max_size=200), st.sampled_from([PER_LOGIN, PER_SOURCE]))
def test_no_stretch_of_time_has_more_wrong_guesses_than_its_limit(
    tries: list[tuple[int, bool]], policy: tuple[Limit, ...]
) -> None:
    kept: tuple[datetime, ...] = ()
    wrong: list[datetime] = []
    for second, right in sorted(tries):
        now = START + timedelta(seconds=second)
        taken = take(kept, policy, now)
        if taken is None:
            assert locked_until(kept, policy, now) is not None, "refused, so locked, right or wrong"
            continue
        kept = give_back(taken, now) if right else taken
        if not right:
            wrong.append(now)
    for limit in policy:
        for end in wrong:
            assert sum(end - limit.window < at <= end for at in wrong) <= limit.guesses


@given(st.lists(_seconds, max_size=60))
def test_a_lock_opens_by_itself_when_it_says(seconds: list[int]) -> None:
    kept: tuple[datetime, ...] = ()
    for second in sorted(seconds):
        kept = take(kept, PER_LOGIN, START + timedelta(seconds=second)) or kept
    now = START + timedelta(seconds=max(seconds, default=0))
    until = locked_until(kept, PER_LOGIN, now)
    if until is not None:
        assert until > now
        assert take(kept, PER_LOGIN, until - timedelta(microseconds=1)) is None
        assert take(kept, PER_LOGIN, until) is not None


def test_five_wrong_guesses_close_the_login_for_a_quarter_of_an_hour() -> None:
    kept: tuple[datetime, ...] = ()
    for second in range(5):
        kept = take(kept, PER_LOGIN, START + timedelta(seconds=second)) or pytest.fail("closed too early")
    assert take(kept, PER_LOGIN, START + timedelta(minutes=14)) is None
    assert take(kept, PER_LOGIN, START + timedelta(minutes=15)) is not None


def test_an_address_is_counted_by_its_network_and_kept_only_as_a_keyed_hash() -> None:
    key = b"k" * 32
    assert source_subject(key, "2001:db8:1:2::1") == source_subject(key, "2001:db8:1:2:ffff::9")
    assert source_subject(key, "2001:db8:1:2::1") != source_subject(key, "2001:db8:1:3::1")
    assert source_subject(key, "::ffff:192.0.2.7") == source_subject(key, "192.0.2.7")
    assert source_subject(key, "192.0.2.7") != source_subject(key, "192.0.2.8")
    assert source_subject(key, "192.0.2.7") != source_subject(b"o" * 32, "192.0.2.7")
    assert login_subject(key, "192.0.2.7") != source_subject(key, "192.0.2.7")


@given(st.integers(0, 30 * 3600), st.integers(0, 30 * 3600))
def test_a_session_lives_no_longer_than_a_shift_nor_unused(used_after: int, now_after: int) -> None:
    seen = START + timedelta(seconds=used_after)
    now = seen + timedelta(seconds=now_after)
    assert alive(START, seen, now) == (now - START < ABSOLUTE and now - seen < IDLE)


def test_logins_are_one_however_they_are_typed() -> None:
    assert login("  Ines@Firm.Example ") == "ines@firm.example"
    assert login("\uff29nes") == "ines"
    for wrong in ("", "two words", "a/b", "x" * 129, "nul\x00"):
        assert login(wrong) is None


def test_a_password_is_long_varied_and_not_the_login() -> None:
    assert passwords.fault("short", "ines") is not None
    assert passwords.fault("aaaaaaaaaaaaaaaa", "ines") is not None
    assert passwords.fault("my-Ines-password", "ines@firm.example") is not None
    assert passwords.fault("x" * 201, "ines") is not None
    assert passwords.fault("green bicycle lamp", "ines@firm.example") is None


def test_a_password_matches_its_hash_alone() -> None:
    kept = passwords.hashed("green bicycle lamp")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, "green bicycle lamp")
    assert not passwords.matches(kept, "green bicycle lamq")
    assert not passwords.matches(None, "green bicycle lamp")
    assert not passwords.matches("not a hash", "green bicycle lamp")
    assert not passwords.outdated(kept)
    assert passwords.outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + kept.rpartition("$")[2])


PROVIDER = Provider(
    id="office",
    label="Office",
    issuer="https://id.firm.example",
    client_id="console",
    operator_id="op-a",
    role_claim="realm_access.roles",
    roles={"desk": "dispatcher", "boss": "admin", "look": "viewer"},
)


def test_the_highest_of_several_roles_counts() -> None:
    found = identity(PROVIDER, {"sub": "1", "name": " Ines\n P. ", "realm_access": {"roles": ["look", "boss", "desk"]}})
    assert found is not None
    assert (found.role, found.name, found.operator_id) == ("admin", "Ines P.", "op-a")


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "1"},
        {"sub": "1", "realm_access": {"roles": ["other"]}},
        {"sub": "1", "realm_access": "boss"},
        {"sub": "1", "realm_access": {"roles": [["boss"], {"boss": 1}, None]}},
        {"realm_access": {"roles": ["boss"]}},
        {"sub": 7, "realm_access": {"roles": ["boss"]}},
        {"sub": "", "realm_access": {"roles": ["boss"]}},
    ],
)
def test_without_a_role_that_is_meant_nobody_is_let_in(claims: dict[str, object]) -> None:
    assert identity(PROVIDER, claims) is None


def test_a_claim_may_have_dots_in_its_name() -> None:
    dotted = msgspec.structs.replace(PROVIDER, role_claim="https://firm.example/role")
    found = identity(dotted, {"sub": "1", "https://firm.example/role": "desk"})
    assert found is not None
    assert found.role == "dispatcher"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("issuer: http://id.firm.example", "https"),
        ("scopes: [email]", "openid"),
        ("role_claim: null", "nobody"),
        ("roles: {desk: king}", "king"),
        ("rolls: {}", "rolls"),
    ],
)
def test_a_wrong_set_up_is_refused_with_its_field(change: str, said: str) -> None:
    lines = {
        "id": "office",
        "label": "Office",
        "issuer": "https://id.firm.example",
        "client_id": "c",
        "operator_id": "op-a",
        "role_claim": "groups",
        "roles": "{desk: dispatcher}",
    }
    key, _, value = change.partition(": ")
    lines[key] = value
    text = "providers:\n- " + "\n  ".join(f"{name}: {value}" for name, value in lines.items())
    with pytest.raises(ProviderFault, match=said):
        read_providers(text.encode())


def test_the_sentence_for_a_wrong_password_says_how_long_the_door_may_be_shut() -> None:
    said = {timedelta(minutes=15): "for a quarter of an hour", timedelta(days=1): "for up to a day"}
    assert all(said[limit.window] in WRONG_PASSWORD for limit in PER_LOGIN)
