"""Entities as keyed hashes."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from risk_scorer.entities import Keys, entity_hash


@given(key=st.binary(min_size=1, max_size=200), text=st.text(max_size=200))
def test_a_hash_is_the_head_of_an_hmac_sha256_whatever_the_key_and_the_text(key: bytes, text: str) -> None:
    whole = hmac.digest(key, f"phone\0{text}".encode(), "sha256")
    assert entity_hash(Keys(b"", key), "phone", text, None) == int.from_bytes(whole[:8], "big", signed=True)
    own = hmac.digest(key, f"phone\0op-1\0{text}".encode(), "sha256")
    assert entity_hash(Keys(key, b""), "phone", text, "op-1") == int.from_bytes(own[:8], "big", signed=True)
