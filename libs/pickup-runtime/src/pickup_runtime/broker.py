"""Where Kafka is, and how it is spoken to: one description, from which every client of it is made."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from pydantic import SecretStr

from pickup_runtime.errors import SettingsFault

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class Broker(Struct, frozen=True):
    """A cluster and how to speak to it. `bootstrap` is `host:port`, comma separated; without TLS in the protocol `tls`
    is `None`, without SASL `mechanism`, `username` and `password` are."""

    bootstrap: str
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism | None = None
    username: str | None = None
    password: SecretStr | None = None
    tls: ssl.SSLContext | None = None

    @property
    def security(self) -> dict[str, Any]:
        """aiokafka's options for it, but for the address."""
        options: dict[str, Any] = {"security_protocol": self.protocol}
        if self.tls is not None:
            options["ssl_context"] = self.tls
        if self.mechanism is not None and self.password is not None:
            options["sasl_mechanism"] = self.mechanism
            options["sasl_plain_username"] = self.username
            options["sasl_plain_password"] = self.password.get_secret_value()
        return options

    @property
    def options(self) -> dict[str, Any]:
        """What every aiokafka client is made with: consumers, producers, the admin client."""
        return {"bootstrap_servers": self.bootstrap, **self.security}


#: A broker, or the bare address of one that asks nothing.
Address: TypeAlias = "Broker | str"


def broker_at(address: Address) -> Broker:
    return Broker(address) if isinstance(address, str) else address


def tls_context(ca_file: Path | None, certificate_file: Path | None, key_file: Path | None) -> ssl.SSLContext:
    """How a broker's certificate is checked (by the system's authorities without `ca_file`), and which is shown to it.

    Raises:
        SettingsFault: a file can't be read or is not what it should be; names the setting.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file is not None else None)
    except OSError as error:
        raise SettingsFault(f"PICKUP_KAFKA_CA_FILE: {_why(error, 'certificates in PEM form')}") from None
    if certificate_file is not None:
        if key_file is not None and not key_file.is_file():
            raise SettingsFault(f"PICKUP_KAFKA_KEY_FILE: there is no file {key_file}")
        try:
            # A key that is encrypted would have the terminal asked for its password.
            context.load_cert_chain(certificate_file, key_file, password=lambda: b"")
        except OSError as error:
            wanted = "a certificate and its unencrypted key, both in PEM form"
            raise SettingsFault(
                f"PICKUP_KAFKA_CERTIFICATE_FILE, PICKUP_KAFKA_KEY_FILE: {_why(error, wanted)}"
            ) from None
    return context


def _why(error: OSError, wanted: str) -> str:
    if isinstance(error, ssl.SSLError):
        return f"{wanted} are wanted, and that is not what is there ({error.reason})"
    return f"the file can't be read: {error.strerror}"


def uses_tls(protocol: Protocol) -> bool:
    return protocol.endswith("SSL")


def uses_sasl(protocol: Protocol) -> bool:
    return protocol.startswith("SASL")
