"""Backups are sealed: AES-256-GCM in chunks, so that a file is checked while it is read and needs no memory of its size.

A sealed file is `MAGIC`, a salt of 16 bytes, then chunks of 1 MiB and their tags. Its own key follows from the backup's
key and the salt (HKDF-SHA256). A chunk's nonce is its number and whether it is the last: chunks that were changed, left
out, put in another order or cut off at the end do not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from operations.errors import OperationsError

MAGIC = b"tongheng-sealed-1\n"
CHUNK = 1024 * 1024
KEY_BYTES = 32
KEY_FILE = "TONGHENG_BACKUP_KEY_FILE"
KEY = "TONGHENG_BACKUP_KEY"
_SALT = 16
_TAG = 16


class Damaged(OperationsError):
    """A sealed file does not open: it was changed or cut off, or the key is another one."""


@dataclass(frozen=True, slots=True)
class Key:
    """What backups are sealed with; it never is in one."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise OperationsError(
                f"a backup key has {KEY_BYTES} bytes: make one with `tongheng backup key FILE`"
            )

    @property
    def name(self) -> str:
        """Tells keys apart, and says nothing of them."""
        return self._derived(b"name", b"").hex()[:16]

    def _derived(self, purpose: bytes, salt: bytes) -> bytes:
        derivation = HKDF(hashes.SHA256(), KEY_BYTES, salt=salt, info=b"tongheng backup " + purpose)
        return derivation.derive(self.secret)

    def of_file(self, salt: bytes) -> AESGCM:
        """The cipher of one file."""
        return AESGCM(self._derived(b"file", salt))

    def sign(self, content: bytes) -> str:
        """What only the holder of the key can say of the content."""
        return hmac.new(self._derived(b"manifest", b""), content, hashlib.sha256).hexdigest()

    def text(self) -> str:
        """As it stands in its file."""
        return base64.b64encode(self.secret).decode()

    @classmethod
    def read(cls, text: str, *, where: str) -> Key:
        """A key from its text.

        Raises:
            OperationsError: it is none.
        """
        try:
            secret = base64.b64decode(text.strip(), validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) != KEY_BYTES:
            raise OperationsError(
                f"{where} holds no backup key ({KEY_BYTES} bytes in base64): "
                "make one with `tongheng backup key FILE`"
            )
        return cls(secret)


def load_key(file: Path | None = None, *, environment: Mapping[str, str] = os.environ) -> Key:
    """The key of backups: from the file given, or from what the environment names.

    Raises:
        OperationsError: there is none.
    """
    named = file or (Path(environment[KEY_FILE]) if environment.get(KEY_FILE) else None)
    if named is not None:
        try:
            text = named.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise OperationsError(
                f"the backup key {named} cannot be read ({type(error).__name__}): "
                "make one with `tongheng backup key FILE`"
            ) from error
        return Key.read(text, where=str(named))
    if environment.get(KEY):
        return Key.read(environment[KEY], where=KEY)
    raise OperationsError(
        "backups are sealed and there is no key: make one with `tongheng backup key FILE`, keep a copy "
        f"elsewhere, and set {KEY_FILE}=FILE"
    )


def make_key(file: Path) -> Key:
    """A new key in a file that only its owner reads.

    Raises:
        OperationsError: the file is there already: a key is never overwritten.
    """
    key = Key(secrets.token_bytes(KEY_BYTES))
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OperationsError(
            f"{file} is there already: a key that backups were made with is not overwritten"
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(key.text() + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    return key


@dataclass(frozen=True, slots=True)
class Written:
    """What a sealed file weighs, and its checksum as it lies on the disk."""

    bytes: int
    sha256: str


class Sealer:
    """Writes a sealed file; it exists under its name only once it is whole and on the disk."""

    def __init__(self, path: Path, key: Key) -> None:
        self._path = path
        self._unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        path.parent.mkdir(parents=True, exist_ok=True)
        salt = secrets.token_bytes(_SALT)
        self._cipher = key.of_file(salt)
        self._number = 0
        self._waiting = bytearray()
        self._sum = hashlib.sha256()
        self._size = 0
        descriptor = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file: IO[bytes] = os.fdopen(descriptor, "wb")
        self._put(MAGIC + salt)

    def _put(self, content: bytes) -> None:
        self._file.write(content)
        self._sum.update(content)
        self._size += len(content)

    def write(self, content: bytes) -> None:
        """Add content."""
        self._waiting += content
        # The last chunk is known only at the end, so that one is always held back.
        while len(self._waiting) > CHUNK:
            chunk = bytes(self._waiting[:CHUNK])
            del self._waiting[:CHUNK]
            self._put(self._cipher.encrypt(_nonce(self._number, last=False), chunk, MAGIC))
            self._number += 1

    def finish(self) -> Written:
        """Close the file, and have it survive a power cut."""
        nonce = _nonce(self._number, last=True)
        self._put(self._cipher.encrypt(nonce, bytes(self._waiting), MAGIC))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._unfinished.replace(self._path)
        sync_folder(self._path.parent)
        return Written(self._size, self._sum.hexdigest())

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._unfinished.unlink(missing_ok=True)


def seal(path: Path, key: Key, content: bytes) -> Written:
    """Write a small file sealed."""
    sealer = Sealer(path, key)
    try:
        sealer.write(content)
        return sealer.finish()
    except BaseException:
        sealer.abandon()
        raise


def unseal(path: Path, key: Key) -> Iterator[bytes]:
    """A sealed file's content, chunk by chunk; each was checked before it is given.

    Raises:
        Damaged: a chunk does not open, or the file ends too early.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise Damaged(f"{path} is no sealed file of ours")
        cipher = key.of_file(file.read(_SALT))
        number = 0
        chunk = file.read(CHUNK + _TAG)
        while True:
            following = file.read(CHUNK + _TAG)
            try:
                content = cipher.decrypt(_nonce(number, last=not following), chunk, MAGIC)
            except InvalidTag:
                raise Damaged(
                    f"{path} is damaged, or sealed with another key: use another backup or its own key"
                ) from None
            yield content
            if not following:
                return
            chunk, number = following, number + 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def sync_folder(folder: Path) -> None:
    """Have the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
