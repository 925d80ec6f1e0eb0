"""What the deployment has to reach people with, from `PICKUP_*`. Every channel is off until its settings are there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from pickup_runtime.settings import RuntimeSettings


class ChannelSettings(RuntimeSettings):
    """See docs/channels.md. Whatever a booking or an operator names is reached only at public addresses;
    what the deployment itself names here (the SMS provider, the mail server) may be anywhere."""

    public_url: str = Field("http://127.0.0.1:8082", description="where dispatchers and providers reach the notifier")
    webhook_allow_private: bool = Field(False, description="for tests: let requests go to private addresses")
    webhook_timeout_s: float = Field(5.0, gt=0, le=10)

    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = Field(None, description="the account's own: it also signs callbacks")
    twilio_api: str = Field("https://api.twilio.com", description="or a provider of the same shape")
    sms_from: str | None = Field(None, description="a number, a sender's name, or a messaging service (MG…)")
    sms_segments: int = Field(4, ge=1, le=10, description="a longer text is cut")
    voice_from: str | None = Field(None, description="the number that calls come from")

    smtp_host: str | None = None
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str | None = Field(None, description="the address that mail comes from")

    vapid_key: SecretStr | None = Field(None, description="private key: PEM, or base64url of its 32 bytes")
    vapid_contact: str | None = Field(None, description="the address that push services may write to")

    apprise: bool = Field(True, description="off, and nobody is told through Apprise")
