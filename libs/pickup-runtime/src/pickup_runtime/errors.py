"""What can go wrong beneath a service.

RuntimeFault
├── SettingsFault        a setting is missing or unusable; says which and what to set
├── MigrationFault       a migration failed, or one that was applied has changed since
├── BrokerUnavailable    Kafka did not take a message in time; nothing was accepted
└── TooLarge             a message is larger than a request may be

Logs leave out what an error says unless its class promises, by `may_be_logged`, that it is nothing personal.
"""

from __future__ import annotations


class RuntimeFault(Exception):
    """Something beneath the service failed; the message says what to do."""


class SettingsFault(RuntimeFault):
    """A setting is missing or unusable."""

    may_be_logged = True


class MigrationFault(RuntimeFault):
    """The database's schema could not be brought up to date. It quotes the database, which may quote a row."""


class BrokerUnavailable(RuntimeFault):
    """Kafka did not acknowledge in time."""

    may_be_logged = True


class TooLarge(RuntimeFault):
    """A message does not fit into a request; names the topic."""

    may_be_logged = True

    def __init__(self, topic: str) -> None:
        super().__init__(f"{topic}: the message is larger than a request may be")
