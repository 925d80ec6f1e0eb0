"""The scorer's settings, from `PICKUP_*`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from pickup_runtime.errors import SettingsFault
from pickup_runtime.settings import RuntimeSettings, dsn_with_password
from risk_scorer.entities import Keys
from risk_scorer.lanes import LANES


class ScorerSettings(RuntimeSettings):
    """`entity_key` and `shared_key` are 32 bytes in hexadecimal, made by `openssl rand -hex 32`; they are kept outside
    the database, and links made under a lost key are lost with it."""

    scorer_dsn: SecretStr
    scorer_password: SecretStr | None = Field(None, description="of the role in the DSN, when it is kept apart")
    entity_key: SecretStr
    shared_key: SecretStr
    scorer_port: int = Field(8081, ge=1, le=65535)
    ruleset_file: Path | None = Field(None, description="used in place of the shipped one, until one is published")
    scorecard_file: Path | None = Field(None, description="a suggested scorecard, scored in shadow beside the ruleset")
    os_places_key: SecretStr | None = Field(None, description="of an OS Places API project; no lookups without it")
    os_places_url: str = Field("https://api.os.uk/search/places/v1", description="the API's base")
    os_places_timeout_s: float = Field(0.15, gt=0, le=5, description="the longest that a batch waits for lookups")
    os_places_at_most: int = Field(8, ge=1, le=100, description="lookups under way at once")
    os_places_below: float = Field(0.6, ge=0, le=0.8, description="look up places that are believed less than this")
    os_places_failures: int = Field(5, ge=1, description="failures in a row after which no lookups are tried")
    os_places_pause_s: float = Field(30.0, gt=0, description="for how long none are tried then")
    os_places_found_days: float = Field(30.0, gt=0, le=30, description="how long a found place is believed")
    os_places_nothing_days: float = Field(1.0, gt=0, le=30, description="how long an address stays not found")
    batch_events: int = Field(250, ge=1, le=5000)
    batch_wait_s: float = Field(0.005, gt=0, le=5)
    batches_in_flight: int = Field(LANES, ge=1, le=32, description="more where the database takes longer to answer")

    def dsn(self) -> str:
        """Where this service's schema is, with the password."""
        return dsn_with_password(self.scorer_dsn.get_secret_value(), self.scorer_password)

    def keys(self) -> Keys:
        """The two secrets as bytes.

        Raises:
            SettingsFault: one is not 32 bytes of hexadecimal, or both are the same.
        """
        keys = Keys(key_bytes("PICKUP_ENTITY_KEY", self.entity_key), key_bytes("PICKUP_SHARED_KEY", self.shared_key))
        if keys.entity == keys.shared:
            raise SettingsFault("PICKUP_SHARED_KEY must not be the same as PICKUP_ENTITY_KEY")
        return keys


def key_bytes(name: str, secret: SecretStr) -> bytes:
    """A secret as bytes.

    Raises:
        SettingsFault: it is not 32 bytes of hexadecimal, or more.
    """
    try:
        key = bytes.fromhex(secret.get_secret_value())
    except ValueError:
        key = b""
    if len(key) < 32:
        raise SettingsFault(f"{name} must be at least 32 bytes in hexadecimal: make one with `openssl rand -hex 32`")
    return key
