"""Keys: only their hash is kept, and only the right secret opens."""

from __future__ import annotations

import pytest

from pickup_runtime import tokens


def test_a_minted_key_opens_and_another_does_not() -> None:
    minted, other = tokens.mint("pg"), tokens.mint("pg")
    presented = tokens.parse_bearer("pg", f"Bearer {minted.text}")
    assert presented is not None
    assert presented.key_id == minted.key_id
    assert tokens.opens(minted.secret_sha256, presented)
    assert not tokens.opens(other.secret_sha256, presented)
    assert presented.secret.encode() not in minted.secret_sha256


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Basic abc", "Bearer pg_x_y", "Bearer pgc_abcdefgh_" + "x" * 43]
)
def test_what_is_no_key_is_none(header: str | None) -> None:
    assert tokens.parse_bearer("pg", header) is None
