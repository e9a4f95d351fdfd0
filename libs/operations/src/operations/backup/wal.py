"""The write-ahead log beside the backups: received as it is written, sealed segment by segment.

`<backups>/wal/<system>-<timeline>/` holds the sealed segments; in `receiving/` lies the segment that is being written,
as PostgreSQL writes it, until it is full. A restore goes from a base backup through these segments.
"""

from __future__ import annotations

import os
import re
import shutil
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from operations.backup.sealing import Key, load_key, seal, unseal
from operations.errors import OperationsError
from operations.ports import LOOPBACK
from operations.postgres import BINARIES, Postgres

SLOT = "tongheng_archive"
"""The replication slot and the name of the receiver: what it has not got yet is kept by the server."""
SLOT_KEEPS = "8GB"
"""More than this the server does not keep for a receiver that is away; a new backup begins anew then."""
SEGMENT_BYTES = 16 * 1024 * 1024
DIRECTORY = "TONGHENG_BACKUP_DIR"
MODE = "TONGHENG_BACKUP_WAL"

_SEGMENT = re.compile(r"[0-9A-F]{24}")
_HISTORY = re.compile(r"[0-9A-F]{8}\.history")
_SEALED = ".z.sealed"
_PARTIAL = ".partial"


class Mode(StrEnum):
    """Whether the log is received, and what a command waits for."""

    OFF = "off"
    STREAM = "stream"
    """Received while it is written: what is lost with the disk is what was on its way, milliseconds."""
    SYNCHRONOUS = "synchronous"
    """A command is acknowledged once its log is also here, on the disk; it waits while the receiver is away."""


@dataclass(frozen=True, slots=True)
class Archive:
    """Where the log goes, and how it is sealed."""

    directory: Path
    """The folder of the backups."""
    key: Key
    synchronous: bool

    def settings(self) -> dict[str, str]:
        """What the server needs for it."""
        waits = {"synchronous_standby_names": SLOT} if self.synchronous else {}
        return {"max_slot_wal_keep_size": SLOT_KEEPS, **waits}


def directory(var_dir: Path, *, environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the backups: TONGHENG_BACKUP_DIR, else `backups` of the stack's folder."""
    given = environment.get(DIRECTORY, "").strip()
    return Path(given).resolve() if given else var_dir / "backups"


def configured(var_dir: Path, *, environment: Mapping[str, str] = os.environ) -> Archive | None:
    """The archive that the environment asks for; None where it is off.

    Raises:
        OperationsError: the mode is none of ours, or there is no key.
    """
    given = environment.get(MODE, "").strip() or Mode.OFF.value
    if given not in {each.value for each in Mode}:
        raise OperationsError(f"{MODE}={given!r} is none of {', '.join(Mode)}")
    mode = Mode(given)
    if mode is Mode.OFF:
        return None
    key = load_key(environment=environment)
    return Archive(
        directory(var_dir, environment=environment), key, synchronous=mode is Mode.SYNCHRONOUS
    )


def lsn(text: str) -> int:
    """A place in the log, from PostgreSQL's notation `0/5000028`."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def segment_of(place: int, *, timeline: int) -> str:
    """The name of the segment that holds a place of the log."""
    number = place // SEGMENT_BYTES
    return f"{timeline:08X}{number // 256:08X}{number % 256:08X}"


def number_of(segment: str) -> int:
    """Which segment of its timeline it is; its successor's number is one higher."""
    return int(segment[8:16], 16) * 256 + int(segment[16:24], 16)


def folder(backups: Path, *, system: str, timeline: int) -> Path:
    """Where the log of one database system lies; a restored one goes on in a timeline, and a folder, of its own."""
    return backups / "wal" / f"{system}-{timeline}"


def identity(server: Postgres) -> tuple[str, int]:
    """The database system and the timeline that the server writes."""
    said = server.psql(
        "SELECT system_identifier FROM pg_control_system();"
        " SELECT CAST('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS bit(32))::int;"
    )
    system, timeline = said.split()
    return system, int(timeline)


class Receiver:
    """The log of one running server on its way into the archive."""

    def __init__(self, archive: Archive, server: Postgres) -> None:
        system, timeline = identity(server)
        self.folder = folder(archive.directory, system=system, timeline=timeline)
        self.receiving = self.folder / "receiving"
        self._key = archive.key
        self._server = server

    def prepare(self) -> None:
        """Make the folders, and the slot that keeps what is not received yet."""
        self.receiving.mkdir(parents=True, exist_ok=True)
        self.receiving.chmod(0o700)
        # A slot that kept too much for a receiver that was away is of no use any more.
        forget(self._server, lost=True)
        known = self._server.psql(
            f"SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{SLOT}'"
        )
        if known == "1":
            return
        # What was received before there was this slot does not go on where the new one begins.
        for partial in sorted(self.receiving.glob(f"*{_PARTIAL}")):
            self._seal(partial)
        self._server.psql(f"SELECT pg_create_physical_replication_slot('{SLOT}', true)")

    def command(self) -> list[str]:
        """What receives the log, in the foreground; it ends with its connection. PGPASSWORD is the superuser's."""
        where = f"host={LOOPBACK} port={self._server.port} user=postgres application_name={SLOT}"
        return [
            str(BINARIES / "pg_receivewal"),
            f"--directory={self.receiving}",
            f"--dbname={where}",
            f"--slot={SLOT}",
            "--synchronous",
            "--no-loop",
        ]

    def is_streaming(self) -> bool:
        """Whether the server sends it the log."""
        said = self._server.psql(
            f"SELECT count(*) FROM pg_stat_replication WHERE application_name = '{SLOT}' AND state = 'streaming'"
        )
        return said == "1"

    def seal_finished(self) -> int:
        """Seal the segments that are full, and remove them unsealed; how many."""
        finished = [
            path
            for path in sorted(self.receiving.iterdir())
            if _SEGMENT.fullmatch(path.name) or _HISTORY.fullmatch(path.name)
        ]
        for path in finished:
            self._seal(path)
        return len(finished)

    def _seal(self, path: Path) -> None:
        seal(self.folder / f"{path.name}{_SEALED}", self._key, zlib.compress(path.read_bytes(), 1))
        path.unlink()


def forget(server: Postgres, *, lost: bool = False) -> None:
    """Drop the slot (or only one that is lost), so that the server keeps nothing for a receiver that does not come."""
    only = " AND wal_status = 'lost'" if lost else ""
    server.psql(
        f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{SLOT}' AND NOT active{only}"
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What the archive has from a base backup on."""

    segments: Mapping[str, Path]
    """By name; the last one may be unfinished."""
    until: float
    """When something was last received, seconds since the epoch; 0 where nothing was."""
    gap: str = ""
    """The first segment that is missing though later ones are there; these are left out."""

    @property
    def last(self) -> str:
        """The last segment's name, or empty."""
        return max(self.segments, default="")


def find(backups: Path, *, system: str, timeline: int, begin: int, end: int) -> Found:
    """The segments from the one that holds `begin`, as far as none is missing after the one that holds `end`."""
    place = folder(backups, system=system, timeline=timeline)
    first = segment_of(begin, timeline=timeline)
    found: dict[str, Path] = {}
    for path in _files(place):
        name = _segment_in(path)
        if name and name >= first:
            found[name] = path
    # The base backup itself carries the log up to its end; beyond, every segment is needed.
    expected, gap = end // SEGMENT_BYTES + 1, ""
    for name in sorted(found):
        if number_of(name) < expected:
            continue
        if number_of(name) > expected or gap:
            gap = gap or segment_of(expected * SEGMENT_BYTES, timeline=timeline)
            del found[name]
        expected += 1
    until = max((path.stat().st_mtime for path in found.values()), default=0.0)
    return Found(found, until, gap)


def _files(place: Path) -> list[Path]:
    # Whole segments come last, and so are taken before unfinished ones of the same name.
    there = [*place.glob("*"), *place.glob("receiving/*")] if place.is_dir() else []
    return sorted(there, key=lambda path: (not _is_partial(path), path.name.endswith(_SEALED)))


def _is_partial(path: Path) -> bool:
    return path.name.removesuffix(_SEALED).endswith(_PARTIAL)


def _segment_in(path: Path) -> str:
    name = path.name.removesuffix(_SEALED).removesuffix(_PARTIAL)
    return name if _SEGMENT.fullmatch(name) else ""


def stage(found: Found, target: Path, key: Key, *, progress: Callable[[int, int], None]) -> None:
    """Lay the segments unsealed into a folder that PostgreSQL's recovery reads."""
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for done, (name, path) in enumerate(sorted(found.segments.items()), 1):
        if path.name.endswith(_SEALED):
            (target / name).write_bytes(zlib.decompress(b"".join(unseal(path, key))))
        else:
            shutil.copyfile(path, target / name)
        progress(done, len(found.segments))


def prune(backups: Path, *, system: str, timeline: int, before: int | None) -> int:
    """Remove the sealed segments before a place in the log, or all; how many."""
    first = None if before is None else segment_of(before, timeline=timeline)
    removed = 0
    for path in folder(backups, system=system, timeline=timeline).glob(f"*{_SEALED}"):
        name = _segment_in(path)
        if name and (first is None or name < first):
            path.unlink()
            removed += 1
    return removed
