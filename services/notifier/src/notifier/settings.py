"""The notifier's settings, from `PICKUP_*`."""

from __future__ import annotations

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr

from notifier.channels.settings import ChannelSettings
from pickup_runtime.errors import SettingsFault
from pickup_runtime.settings import dsn_with_password


class NotifierSettings(ChannelSettings):
    """`secrets_key` encrypts operators' signing secrets in the database; it is made by
    `pickupctl secret key` and kept outside of it. `session_key` is 32 bytes in hexadecimal."""

    notifier_dsn: SecretStr
    notifier_password: SecretStr | None = Field(None, description="of the role in the DSN, when it is kept apart")
    secrets_key: SecretStr
    session_key: SecretStr
    notifier_port: int = 8082

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
