"""Sealed files: what was written comes back, and nothing that was changed does."""

from __future__ import annotations

import stat
from hashlib import sha256
from pathlib import Path

import pytest

from operations.backup.sealing import (
    CHUNK,
    KEY,
    KEY_FILE,
    Damaged,
    Key,
    load_key,
    make_key,
    seal,
    unseal,
)
from operations.errors import OperationsError

OURS = Key(bytes(range(32)))
HEADER = len(b"tongheng-sealed-1\n") + 16


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_what_was_sealed_comes_back(tmp_path: Path, size: int) -> None:
    content = bytes(n % 251 for n in range(size))
    path = tmp_path / "sealed"

    written = seal(path, OURS, content)

    assert b"".join(unseal(path, OURS)) == content
    assert written.bytes == path.stat().st_size
    assert written.sha256 == sha256(path.read_bytes()).hexdigest()
    assert [each.name for each in tmp_path.iterdir()] == ["sealed"]


def test_the_content_is_not_to_be_read_in_it(tmp_path: Path) -> None:
    seal(tmp_path / "a", OURS, b"password" * 100)
    seal(tmp_path / "b", OURS, b"password" * 100)

    first, second = (tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()

    assert b"password" not in first
    assert first != second
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    sealed = CHUNK + 16
    if how == "a bit":
        content[HEADER + sealed + 5] ^= 1
    elif how == "the end":
        del content[-1:]
    elif how == "the last chunk":
        del content[HEADER + 2 * sealed :]
    elif how == "all chunks":
        del content[HEADER:]
    elif how == "the order":
        first = content[HEADER : HEADER + sealed]
        second = content[HEADER + sealed : HEADER + 2 * sealed]
        content[HEADER : HEADER + 2 * sealed] = second + first
    elif how == "the beginning":
        content[0] ^= 1
    elif how == "the salt":
        content[HEADER - 1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "how", ["a bit", "the end", "the last chunk", "all chunks", "the order", "the beginning", "the salt"]
)  # fmt: skip
def test_a_file_that_was_changed_does_not_open(tmp_path: Path, how: str) -> None:
    path = tmp_path / "sealed"
    seal(path, OURS, bytes(2 * CHUNK + 100))

    damage(path, how)

    with pytest.raises(Damaged):
        list(unseal(path, OURS))


def test_another_key_does_not_open_it(tmp_path: Path) -> None:
    seal(tmp_path / "sealed", OURS, b"content")

    with pytest.raises(Damaged, match="another key"):
        list(unseal(tmp_path / "sealed", Key(bytes(32))))


def test_a_key_is_made_once_and_read_from_where_the_environment_says(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "backup.key"

    made = make_key(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_key(environment={KEY_FILE: str(file)}) == made
    assert load_key(environment={KEY: made.text()}) == made
    assert load_key(file, environment={KEY: OURS.text()}) == made
    assert made.text() not in made.name
    with pytest.raises(OperationsError, match="not overwritten"):
        make_key(file)


@pytest.mark.parametrize("text", ["", "c2hvcnQ=", "not base64 at all!"])
def test_what_is_no_key_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "backup.key"
    file.write_text(text)

    with pytest.raises(OperationsError, match="tongheng backup key FILE"):
        load_key(file)
    with pytest.raises(OperationsError, match="tongheng backup key FILE"):
        load_key(environment={})
