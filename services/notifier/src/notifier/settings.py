"""The notifier's settings, from `PICKUP_*`."""

from __future__ import annotations

from pathlib import Path

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr

from notifier.accounts.provider import Provider, read_providers
from notifier.audit.signing import Signer
from notifier.channels.settings import ChannelSettings
from notifier.errors import AuditFault, ProviderFault
from pickup_runtime.errors import SettingsFault
from pickup_runtime.settings import dsn_with_password


class NotifierSettings(ChannelSettings):
    """`secrets_key` encrypts operators' signing secrets in the database; it is made by
    `pickupctl secret key` and kept outside of it. `session_key` and `audit_key` are 32 bytes each in hexadecimal."""

    notifier_dsn: SecretStr
    notifier_password: SecretStr | None = Field(None, description="of the role in the DSN, when it is kept apart")
    secrets_key: SecretStr
    session_key: SecretStr
    audit_key: SecretStr = Field(description="signs the audit's daily checkpoints and evidence")
    notifier_port: int = Field(8082, ge=1, le=65535)
    notifier_ops_port: int = Field(8083, ge=1, le=65535, description="health and metrics; never open to the world")
    openid_providers: Path | None = Field(None, description="a YAML file: docs/operating/people.md")
    proxy_hops: int = Field(0, ge=0, le=5, description="proxies of one's own in front of the console")
    drill_ingest_url: str = Field("http://127.0.0.1:8080", description="where hourly drills are sent")
    drill_key: SecretStr | None = Field(None, description="API key of the drills' operator; without it, no drills")
    drill_allowed_s: float = Field(60.0, gt=0, le=600, description="from sending a drill to its delivery")
    drill_settle_s: float = Field(60.0, ge=0, description="before the first drill after a start")

    def dsn(self) -> str:
        """Where this service's schema is, with the password."""
        return dsn_with_password(self.notifier_dsn.get_secret_value(), self.notifier_password)

    def box(self) -> Fernet:
        """What encrypts secrets.

        Raises:
            SettingsFault: the key is not one.
        """
        try:
            return Fernet(self.secrets_key.get_secret_value())
        except ValueError:
            raise SettingsFault("PICKUP_SECRETS_KEY is not a key: make one with `pickupctl secret key`") from None

    def session_secret(self) -> bytes:
        """The key of the console's sessions, 32 bytes.

        Raises:
            SettingsFault: it is not.
        """
        try:
            key = bytes.fromhex(self.session_key.get_secret_value())
        except ValueError:
            key = b""
        if len(key) != 32:
            raise SettingsFault("PICKUP_SESSION_KEY must be 32 bytes in hexadecimal: `openssl rand -hex 32`")
        return key

    def signer(self) -> Signer:
        """What signs checkpoints and evidence.

        Raises:
            SettingsFault: the key is not one.
        """
        try:
            return Signer.from_hex(self.audit_key.get_secret_value())
        except AuditFault as error:
            raise SettingsFault(str(error)) from None

    def providers(self) -> dict[str, Provider]:
        """Whom people may sign in with besides a password.

        Raises:
            SettingsFault: the file can't be read, or something in it is wrong.
        """
        if self.openid_providers is None:
            return {}
        try:
            return read_providers(self.openid_providers.read_bytes())
        except OSError as error:
            raise SettingsFault(f"PICKUP_OPENID_PROVIDERS: {error.strerror}") from None
        except ProviderFault as error:
            raise SettingsFault(f"PICKUP_OPENID_PROVIDERS: {error}") from None
