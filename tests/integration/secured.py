"""A broker that lets nobody in who does not show what it asks for, with certificates of this test's own."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pickup_runtime.broker import Protocol
from pickup_runtime.embedded.kafka import EmbeddedKafka

USER = "pickup"
#: With what a password generator might put there.
PASSWORD = "s3cr3t/#@?%&+:~"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"


class Certificates:
    """An authority, and what it has signed: files in PEM form, each with its key behind it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        made = self._certificate(self._name, self._key, authority=True)
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def sign(self, name: str, *addresses: str) -> Path:
        """A certificate and its key, for `addresses` of this machine."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, addresses)
        file = self._folder / f"{name}-of-{self.file.name}"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return file

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        addresses: tuple[str, ...] = (),
        *,
        authority: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if addresses:
            names = [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def broker(folder: Path, authority: Certificates) -> EmbeddedKafka:
    """Not started yet. It takes passwords by PLAIN and SCRAM with and without TLS, and certificates of `authority`."""
    protocols: tuple[Protocol, ...] = ("SASL_PLAINTEXT", "SASL_SSL", "SSL")
    server = authority.sign("broker", "127.0.0.1")
    properties = {
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(server),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.file),
        "listener.name.ssl.ssl.client.auth": "required",
    }
    for listener in ("sasl_plaintext", "sasl_ssl"):
        start = f"listener.name.{listener}"
        properties[f"{start}.plain.sasl.jaas.config"] = f'{_PLAIN} required user_{USER}="{PASSWORD}";'
        for bits in (256, 512):
            properties[f"{start}.scram-sha-{bits}.sasl.jaas.config"] = f"{_SCRAM} required;"
    return EmbeddedKafka(folder, also=protocols, properties=properties, scram={USER: PASSWORD})


def settings(
    server: EmbeddedKafka,
    protocol: Protocol,
    *,
    mechanism: str | None = None,
    password: str = PASSWORD,
    authority: Path | None = None,
    certificate: Path | None = None,
) -> Mapping[str, str]:
    """The environment of a process that reaches it by `protocol`."""
    made = {"PICKUP_KAFKA_BOOTSTRAP": server.address(protocol), "PICKUP_KAFKA_SECURITY_PROTOCOL": protocol}
    if mechanism is not None:
        made |= {
            "PICKUP_KAFKA_SASL_MECHANISM": mechanism,
            "PICKUP_KAFKA_SASL_USERNAME": USER,
            "PICKUP_KAFKA_SASL_PASSWORD": password,
        }
    if authority is not None:
        made["PICKUP_KAFKA_CA_FILE"] = str(authority)
    if certificate is not None:
        made["PICKUP_KAFKA_CERTIFICATE_FILE"] = str(certificate)
    return made
