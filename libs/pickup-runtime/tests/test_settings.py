"""A password travels apart from the address it belongs to."""

from __future__ import annotations

from pydantic import SecretStr

from pickup_runtime.settings import dsn_with_password


def test_the_password_is_put_in() -> None:
    dsn = "postgresql://pickup_scorer@db:5432/x"
    assert dsn_with_password(dsn, SecretStr("s")) == "postgresql://pickup_scorer:s@db:5432/x"
    assert dsn_with_password(dsn, None) == dsn
