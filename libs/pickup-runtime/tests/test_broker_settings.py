"""How Kafka is spoken to, from settings that belong together: whoever sets a password is not heard without one."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from pickup_runtime.errors import SettingsFault
from pickup_runtime.settings import KafkaSettings

_SASL = {
    "PICKUP_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "PICKUP_KAFKA_SASL_USERNAME": "pickup",
    "PICKUP_KAFKA_SASL_PASSWORD": "secret",
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KafkaSettings.model_fields:
        monkeypatch.delenv(f"PICKUP_{name.upper()}", raising=False)


def broker(monkeypatch: pytest.MonkeyPatch, protocol: str, **env: str) -> dict[str, object]:
    monkeypatch.setenv("PICKUP_KAFKA_SECURITY_PROTOCOL", protocol)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return KafkaSettings().broker().options  # type: ignore[call-arg]


def test_nothing_set_is_plain() -> None:
    found = KafkaSettings().broker().options  # type: ignore[call-arg]
    assert found == {"bootstrap_servers": "127.0.0.1:9092", "security_protocol": "PLAINTEXT"}


def test_a_password_goes_to_the_client_and_into_no_description(monkeypatch: pytest.MonkeyPatch) -> None:
    assert broker(monkeypatch, "SASL_PLAINTEXT", **_SASL) == {
        "bootstrap_servers": "127.0.0.1:9092",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "pickup",
        "sasl_plain_password": "secret",
    }
    assert "secret" not in repr(KafkaSettings().broker())  # type: ignore[call-arg]


def test_tls_trusts_the_system_when_nobody_else_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    context = broker(monkeypatch, "SASL_SSL", **_SASL)["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_password_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {**_SASL, "PICKUP_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}.items():
        (tmp_path / name.lower()).write_text(f"{value}\n")
    found = KafkaSettings(_secrets_dir=tmp_path).broker().options  # type: ignore[call-arg]
    assert found["sasl_plain_password"] == "secret"


@pytest.mark.parametrize(
    ("protocol", "env", "said"),
    [
        *(("SASL_SSL", {**_SASL, name: ""}, f"^{name} is not set, and .*=SASL_SSL needs it$") for name in _SASL),
        ("PLAINTEXT", _SASL, "^PICKUP_KAFKA_SASL_MECHANISM is set, and .*=PLAINTEXT makes no use of it: .* SASL_SSL"),
        ("SSL", {"PICKUP_KAFKA_SASL_PASSWORD": "x"}, "^PICKUP_KAFKA_SASL_PASSWORD is set, .*=SSL makes no use"),
        ("PLAINTEXT", {"PICKUP_KAFKA_CA_FILE": "ca.pem"}, "^PICKUP_KAFKA_CA_FILE is set, .* set that to SSL, or"),
        ("SSL", {"PICKUP_KAFKA_CA_FILE": "/nowhere/ca.pem"}, "^PICKUP_KAFKA_CA_FILE: the file can't be read: No such"),
        ("SSL", {"PICKUP_KAFKA_CA_FILE": __file__}, "^PICKUP_KAFKA_CA_FILE: certificates in PEM form are wanted"),
        ("SSL", {"PICKUP_KAFKA_KEY_FILE": "key.pem"}, "^PICKUP_KAFKA_CERTIFICATE_FILE is not set"),
        (
            "SSL",
            {"PICKUP_KAFKA_CERTIFICATE_FILE": __file__, "PICKUP_KAFKA_KEY_FILE": "/nowhere/key.pem"},
            "^PICKUP_KAFKA_KEY_FILE: there is no file /nowhere/key.pem$",
        ),
        ("SSL", {"PICKUP_KAFKA_CERTIFICATE_FILE": __file__}, "^PICKUP_KAFKA_CERTIFICATE_FILE, PICKUP_KAFKA_KEY_FILE: "),
    ],
)
def test_what_does_not_go_together_is_said(
    monkeypatch: pytest.MonkeyPatch, protocol: str, env: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsFault, match=said):
        broker(monkeypatch, protocol, **env)
