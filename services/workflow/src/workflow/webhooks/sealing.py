"""The webhooks' secrets: made here, sealed in the database, shown once."""

from __future__ import annotations

import base64
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = "whsec_"
SECRET_BYTES = 32
KEY_MIN = 32
_NONCE = 12
_PLAIN, _SEALED = b"\x00", b"\x01"


def new_secret() -> str:
    """A secret of 256 bits, as Standard Webhooks writes it."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def bytes_of(secret: str) -> bytes:
    """What signs."""
    return base64.b64decode(secret.removeprefix(PREFIX))


class Sealing:
    """Seals secrets with the installation's key; without one they are kept as they are."""

    def __init__(self, key: str) -> None:
        if key and len(key) < KEY_MIN:
            raise ValueError(f"a key that seals has {KEY_MIN} characters or more")
        derive = HKDF(SHA256(), length=32, salt=None, info=b"tongheng workflow webhooks")
        self._cipher = AESGCM(derive.derive(key.encode())) if key else None

    def seal(self, secret: str) -> bytes:
        """What is kept of a secret."""
        if self._cipher is None:
            return _PLAIN + secret.encode()
        nonce = os.urandom(_NONCE)
        return _SEALED + nonce + self._cipher.encrypt(nonce, secret.encode(), None)

    def open(self, kept: bytes) -> str:
        """The secret again.

        Raises:
            ValueError: it was sealed with a key that is not here.
        """
        if kept[:1] == _PLAIN:
            return kept[1:].decode()
        if self._cipher is None:
            raise ValueError(
                "the webhooks' secrets are sealed: TONGHENG_KEY_ENCRYPTION_KEY is needed"
            )
        nonce, sealed = kept[1 : 1 + _NONCE], kept[1 + _NONCE :]
        return self._cipher.decrypt(nonce, sealed, None).decode()
