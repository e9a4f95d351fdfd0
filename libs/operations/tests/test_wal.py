"""The log beside the backups: which segments there are, where one is missing, which are needed no more."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from operations.backup import wal
from operations.backup.sealing import KEY, Key, seal
from operations.errors import OperationsError

OURS = Key(bytes(range(32)))
SYSTEM = "7711218907148049743"
SIZE = wal.SEGMENT_BYTES


def name(number: int, *, timeline: int = 1) -> str:
    return wal.segment_of(number * SIZE, timeline=timeline)


def an_archive(root: Path, sealed: list[int], *, receiving: int | None = None) -> Path:
    folder = wal.folder(root, system=SYSTEM, timeline=1)
    (folder / "receiving").mkdir(parents=True)
    for number in sealed:
        seal(folder / f"{name(number)}.z.sealed", OURS, zlib.compress(str(number).encode()))
    if receiving is not None:
        (folder / "receiving" / f"{name(receiving)}.partial").write_bytes(b"unfinished")
    return folder


def found(root: Path, *, begin: int, end: int) -> wal.Found:
    return wal.find(root, system=SYSTEM, timeline=1, begin=begin * SIZE + 40, end=end * SIZE + 80)


def test_a_segments_name_says_its_place() -> None:
    assert wal.segment_of(wal.lsn("0/5000028"), timeline=1) == "000000010000000000000005"
    assert wal.segment_of(wal.lsn("2/FF000000"), timeline=3) == "0000000300000002000000FF"
    assert wal.number_of("0000000300000002000000FF") == 2 * 256 + 255
    assert name(256) == "000000010000000100000000"


def test_the_log_is_taken_from_the_backups_beginning_to_the_unfinished_segment(
    tmp_path: Path,
) -> None:
    an_archive(tmp_path, [3, 4, 5, 6], receiving=7)

    log = found(tmp_path, begin=4, end=5)

    assert sorted(log.segments) == [name(4), name(5), name(6), name(7)]
    assert (log.gap, log.last) == ("", name(7))


def test_a_whole_segment_is_taken_before_an_unfinished_one_of_the_same_name(tmp_path: Path) -> None:
    folder = an_archive(tmp_path, [4], receiving=4)
    seal(folder / f"{name(4)}.partial.z.sealed", OURS, zlib.compress(b"older"))

    log = found(tmp_path, begin=4, end=4)
    wal.stage(log, tmp_path / "staged", OURS, progress=lambda done, of: None)

    assert (tmp_path / "staged" / name(4)).read_bytes() == b"4"


def test_what_lies_behind_a_gap_is_left_out_and_told(tmp_path: Path) -> None:
    an_archive(tmp_path, [4, 5, 7, 8], receiving=9)

    log = found(tmp_path, begin=4, end=4)

    assert sorted(log.segments) == [name(4), name(5)]
    assert log.gap == name(6)


def test_the_base_backup_brings_the_log_up_to_its_own_end(tmp_path: Path) -> None:
    an_archive(tmp_path, [7], receiving=8)

    log = found(tmp_path, begin=4, end=6)

    assert (sorted(log.segments), log.gap) == ([name(7), name(8)], "")


def test_without_an_archive_there_is_no_log(tmp_path: Path) -> None:
    log = found(tmp_path, begin=4, end=4)

    assert (dict(log.segments), log.until, log.gap) == ({}, 0.0, "")


def test_segments_are_staged_unsealed_and_the_unfinished_one_under_its_own_name(
    tmp_path: Path,
) -> None:
    an_archive(tmp_path, [4], receiving=5)
    told: list[tuple[int, int]] = []

    wal.stage(
        found(tmp_path, begin=4, end=4),
        tmp_path / "staged",
        OURS,
        progress=lambda done, of: told.append((done, of)),
    )

    assert (tmp_path / "staged" / name(4)).read_bytes() == b"4"
    assert (tmp_path / "staged" / name(5)).read_bytes() == b"unfinished"
    assert told == [(1, 2), (2, 2)]


def test_only_segments_before_the_oldest_backup_are_removed(tmp_path: Path) -> None:
    folder = an_archive(tmp_path, [3, 4, 5], receiving=6)

    removed = wal.prune(tmp_path, system=SYSTEM, timeline=1, before=5 * SIZE + 40)

    assert removed == 2
    assert [each.name for each in folder.glob("*.sealed")] == [f"{name(5)}.z.sealed"]
    assert (folder / "receiving" / f"{name(6)}.partial").exists()


def test_the_environment_says_whether_commands_wait_for_the_archive(tmp_path: Path) -> None:
    key = {KEY: OURS.text()}

    assert wal.configured(tmp_path, environment={}) is None
    stream = wal.configured(tmp_path, environment={**key, wal.MODE: "stream"})
    waiting = wal.configured(
        tmp_path, environment={**key, wal.MODE: "synchronous", wal.DIRECTORY: str(tmp_path / "b")}
    )

    assert stream is not None
    assert stream.directory == tmp_path / "backups"
    assert "synchronous_standby_names" not in stream.settings()
    assert waiting is not None
    assert waiting.directory == tmp_path / "b"
    assert waiting.settings()["synchronous_standby_names"] == wal.SLOT


@pytest.mark.parametrize("mode", ["always", "STREAM"])
def test_a_mode_that_is_none_is_refused(tmp_path: Path, mode: str) -> None:
    with pytest.raises(OperationsError, match="off, stream, synchronous"):
        wal.configured(tmp_path, environment={wal.MODE: mode})
