"""Settings that every service shares, read once from `PICKUP_*` environment variables in a service's `main.py`."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class RuntimeSettings(BaseSettings):
    """What a process needs to reach its broker and to speak to its operators. Services add their own fields."""

    model_config = SettingsConfigDict(env_prefix="PICKUP_", extra="ignore", frozen=True, allow_inf_nan=False)

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="host:port of a Kafka broker, comma separated")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    http_host: str = Field("127.0.0.1", description="address the service's HTTP server binds")


def dsn_with_password(dsn: str, password: SecretStr | None) -> str:
    """`dsn` with the password filled in, so that addresses and secrets can come from different places. The password is
    given as it is, with whatever it holds; what the DSN itself holds is quoted already, as in every address."""
    if password is None:
        return dsn
    parts = urlsplit(dsn)
    credentials, _, host = parts.netloc.rpartition("@")
    user = credentials.partition(":")[0]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password.get_secret_value(), safe='')}@{host}"))
