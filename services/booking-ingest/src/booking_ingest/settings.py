"""booking-ingest's settings, from `PICKUP_*`."""

from __future__ import annotations

from pydantic import Field, SecretStr

from pickup_runtime.settings import RuntimeSettings, dsn_with_password


class IngestSettings(RuntimeSettings):
    """`publish_timeout_s` is how long a caller waits for the broker before the answer is 503."""

    ingest_dsn: SecretStr
    ingest_password: SecretStr | None = Field(None, description="of the role in the DSN, when it is kept apart")
    ingest_port: int = Field(8080, ge=1, le=65535)
    ingest_rate_per_s: float = Field(2_000.0, ge=0, description="events that one key may send a second; 0: no limit")
    ingest_burst: int = Field(20_000, ge=1, description="events that one key may send at once, after a pause")
    ingest_refusals_per_s: float = Field(
        10.0, ge=0, description="requests with wrong keys from one address a second; 0: no limit"
    )
    ingest_waiting_mb: int = Field(64, ge=1, le=4096, description="megabytes of events that may wait at a time")
    proxy_hops: int = Field(0, ge=0, le=5, description="proxies of one's own in front of the service")
    publish_timeout_s: float = Field(5.0, gt=0, le=60)
    remember_events_days: int = Field(14, ge=1, le=90, description="how long event_ids are remembered")

    def dsn(self) -> str:
        """Where this service's schema is, with the password."""
        return dsn_with_password(self.ingest_dsn.get_secret_value(), self.ingest_password)
