"""Signatures: Ed25519 (RFC 8032) over what checkpoints and evidence say, with a key that is not in the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from msgspec import Struct

from notifier.audit.chain import Place, moment
from notifier.errors import AuditFault


class Checkpoint(Struct, frozen=True, kw_only=True):
    """A signed word that an operator's chain had that many entries, and that hash, at that moment."""

    operator_id: str
    number: int
    hash: bytes
    at: datetime
    key_id: str
    signature: bytes

    @property
    def place(self) -> Place:
        return Place(self.number, self.hash)


class Signer:
    """The audit's private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key()
        self.key_id = key_id(self.public)

    @classmethod
    def from_hex(cls, text: str) -> Signer:
        """The key of a seed, 32 bytes in hexadecimal.

        Raises:
            AuditFault: it is not.
        """
        try:
            return cls(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text)))
        except ValueError:
            raise AuditFault("PICKUP_AUDIT_KEY must be 32 bytes in hexadecimal: `openssl rand -hex 32`") from None

    def checkpoint(self, operator_id: str, place: Place, at: datetime) -> Checkpoint:
        """Sign where a chain stands."""
        statement = _statement(operator_id, place, at)
        return Checkpoint(
            operator_id=operator_id,
            number=place.number,
            hash=place.hash,
            at=at,
            key_id=self.key_id,
            signature=self._key.sign(statement),
        )

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text)


def key_id(public: Ed25519PublicKey) -> str:
    """A short name for a key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def pem(public: Ed25519PublicKey) -> str:
    """The public key as people hand it on."""
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_key(text: bytes) -> Ed25519PublicKey:
    """A public key from PEM.

    Raises:
        AuditFault: it is not an Ed25519 key.
    """
    try:
        key = load_pem_public_key(text)
    except ValueError:
        raise AuditFault("not a public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise AuditFault("not an Ed25519 public key")
    return key


def trusted(keys: Iterable[Ed25519PublicKey]) -> dict[str, Ed25519PublicKey]:
    """Public keys by their short names."""
    return {key_id(key): key for key in keys}


def holds(checkpoint: Checkpoint, keys: Mapping[str, Ed25519PublicKey]) -> bool:
    """Whether a trusted key signed that."""
    statement = _statement(checkpoint.operator_id, checkpoint.place, checkpoint.at)
    return signed_by(keys, checkpoint.key_id, checkpoint.signature, statement)


def signed_by(keys: Mapping[str, Ed25519PublicKey], name: str, signature: bytes, text: bytes) -> bool:
    """Whether the trusted key of that short name signed the text."""
    key = keys.get(name)
    if key is None:
        return False
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _statement(operator_id: str, place: Place, at: datetime) -> bytes:
    fields = ["pickup-checkpoint-1", operator_id, place.number, place.hash.hex(), moment(at)]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
