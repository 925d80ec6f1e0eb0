"""booking-ingest's settings, from `PICKUP_*`."""

from __future__ import annotations

from pydantic import Field, SecretStr

from pickup_runtime.settings import RuntimeSettings, dsn_with_password


class IngestSettings(RuntimeSettings):
    """`publish_timeout_s` is how long a caller waits for the broker before the answer is 503."""

    ingest_dsn: SecretStr
    ingest_password: SecretStr | None = Field(None, description="of the role in the DSN, when it is kept apart")
    ingest_port: int = Field(8080, ge=1, le=65535)
    publish_timeout_s: float = Field(5.0, gt=0, le=60)
    remember_events_days: int = Field(14, ge=1, le=90, description="how long event_ids are remembered")

    def dsn(self) -> str:
        """Where this service's schema is, with the password."""
        return dsn_with_password(self.ingest_dsn.get_secret_value(), self.ingest_password)
