"""Settings that every service shares, read once from `PICKUP_*` environment variables in a service's `main.py`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pickup_runtime.broker import Broker, Mechanism, Protocol, tls_context, uses_sasl, uses_tls
from pickup_runtime.errors import SettingsFault


class KafkaSettings(BaseSettings):
    """What it takes to reach Kafka, for services and command line alike. What is empty is as good as not set."""

    model_config = SettingsConfigDict(env_prefix="PICKUP_", extra="ignore", frozen=True, allow_inf_nan=False)

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="host:port of a Kafka broker, comma separated")
    kafka_security_protocol: Protocol = Field("PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL")
    kafka_sasl_mechanism: Mechanism | None = Field(None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_ca_file: Path | None = Field(
        None, description="who signs the brokers' certificates, PEM; unset: the system's"
    )
    kafka_certificate_file: Path | None = Field(None, description="shown to brokers that ask for one, PEM")
    kafka_key_file: Path | None = Field(None, description="the key of that certificate, PEM, not encrypted")

    @field_validator(
        "kafka_sasl_mechanism",
        "kafka_sasl_username",
        "kafka_sasl_password",
        "kafka_ca_file",
        "kafka_certificate_file",
        "kafka_key_file",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    def broker(self) -> Broker:
        """Where Kafka is and how to speak to it. What is set but would not be used is refused: whoever set a password
        does not want it to be spoken to without.

        Raises:
            SettingsFault: a setting is missing or of no use beside the others, or a file can't be read.
        """
        protocol = self.kafka_security_protocol
        sasl = {
            "PICKUP_KAFKA_SASL_MECHANISM": self.kafka_sasl_mechanism,
            "PICKUP_KAFKA_SASL_USERNAME": self.kafka_sasl_username,
            "PICKUP_KAFKA_SASL_PASSWORD": self.kafka_sasl_password,
        }
        files = {
            "PICKUP_KAFKA_CA_FILE": self.kafka_ca_file,
            "PICKUP_KAFKA_CERTIFICATE_FILE": self.kafka_certificate_file,
            "PICKUP_KAFKA_KEY_FILE": self.kafka_key_file,
        }
        if uses_sasl(protocol):
            for name, value in sasl.items():
                if value is None:
                    raise SettingsFault(f"{name} is not set, and PICKUP_KAFKA_SECURITY_PROTOCOL={protocol} needs it")
        else:
            _refuse_unused(sasl, protocol, "SASL_SSL")
        if not uses_tls(protocol):
            _refuse_unused(files, protocol, "SASL_SSL" if uses_sasl(protocol) else "SSL")
        if self.kafka_key_file is not None and self.kafka_certificate_file is None:
            raise SettingsFault("PICKUP_KAFKA_CERTIFICATE_FILE is not set, and PICKUP_KAFKA_KEY_FILE is its key")
        return Broker(
            self.kafka_bootstrap,
            protocol,
            self.kafka_sasl_mechanism,
            self.kafka_sasl_username,
            self.kafka_sasl_password,
            tls_context(*files.values()) if uses_tls(protocol) else None,
        )


def _refuse_unused(values: Mapping[str, object], protocol: Protocol, other: Protocol) -> None:
    for name, value in values.items():
        if value is not None:
            raise SettingsFault(
                f"{name} is set, and PICKUP_KAFKA_SECURITY_PROTOCOL={protocol} makes no use of it: "
                f"set that to {other}, or leave this out"
            )


class RuntimeSettings(KafkaSettings):
    """What a process needs to reach its broker and to speak to its operators. Services add their own fields."""

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
