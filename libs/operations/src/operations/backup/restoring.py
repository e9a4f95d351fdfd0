"""A stack put back from a backup: all databases of one moment, Kafka empty and to be filled again from the outboxes.

There is no other form. Databases of different moments contradict each other, and topics that are newer than the databases
tell of what never happened: so nothing is restored beside what is there, but instead of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import time
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from operations.backup import backups, wal
from operations.backup.backups import Backup, Progress, silent
from operations.backup.refilling import note_restored
from operations.backup.sealing import Key, unseal
from operations.errors import OperationsError
from operations.migrating import revisions
from operations.postgres import BINARIES, STOP_SIGNAL, Postgres
from operations.process import last_line, stop_orphans
from operations.secrets import Secrets, load_or_create
from operations.services import folder as folder_of
from operations.stack import INFRASTRUCTURE, PATIENCE, SIGNALS, claim

_SPEED = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""During recovery: what is interrupted is begun anew, and what is finished is synced as a whole."""
_REACHED = re.compile(r"last completed transaction was at log time ([^\n]+)")
_PARTS = ("postgres", "kafka", "secrets.json")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    label: str
    system: str
    reached: str
    """The moment of the last transaction that is in the databases; empty where the log held none after the backup."""
    aside: Path | None
    """Where what was there before lies now."""
    seconds: float


def restore(
    var_dir: Path, port: int, backup: Backup, key: Key, *,
    to_time: datetime | None = None, replace: bool = False, progress: Progress = silent,
) -> Restored:  # fmt: skip
    """Put the data of a stack that does not run into its folder; `port` is for the server while it recovers.

    Raises:
        OperationsError: the stack runs or has data, the backup does not fit or is damaged, or the time cannot be reached.
    """
    began = time.monotonic()
    backup = backups.read(backup.folder, key)
    _require_fit(backup)
    found = backup.log()
    _require_reach(backup, found, to_time)
    with claim(var_dir):
        run_dir = var_dir / "run"
        stop_orphans(run_dir, signals=SIGNALS, last=INFRASTRUCTURE, patience=PATIENCE)
        there = [name for name in _PARTS[:2] if (var_dir / name).exists()]
        if there and not replace:
            raise OperationsError(
                f"{var_dir} has data ({', '.join(there)}): give --replace to lay them aside, or another TONGHENG_VAR"
            )
        _require_room(var_dir, backup)
        scratch = var_dir / "restoring"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o755)
        try:
            secrets = _unpack(backup, key, scratch, progress)
            wal.stage(
                found,
                scratch / "wal",
                key,
                progress=lambda done, of: progress("opening the log", done, of),
            )
            _own(scratch)
            reached = _recover(
                scratch, port, secrets.postgres, found, to_time, backup.manifest.watermark, progress
            )
            aside = _lay_aside(var_dir)
            (scratch / "postgres").rename(var_dir / "postgres")
            shutil.copyfile(scratch / "secrets.json", var_dir / "secrets.json")
            (var_dir / "secrets.json").chmod(0o600)
            restored = Restored(
                backup.manifest.label,
                backup.manifest.system,
                reached,
                aside,
                time.monotonic() - began,
            )
            note_restored(var_dir, label=restored.label, to_time=to_time)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return restored


def _require_fit(backup: Backup) -> None:
    known = backup.manifest
    ours = subprocess.run(
        [str(BINARIES / "postgres"), "--version"],
        capture_output=True, text=True, check=True, timeout=30,
    ).stdout  # fmt: skip
    major = int(known.postgres) // 10000
    if f" {major}." not in ours:
        raise OperationsError(
            f"the backup is of PostgreSQL {major}, and this release has {ours.strip()}: restore it with its own release"
        )
    for service, revision in known.revisions.items():
        unknown = set(revision.split()) - set(revisions(folder_of(service)))
        if unknown:
            raise OperationsError(
                f"{service}'s data are at the migration {', '.join(sorted(unknown))}, which this release does not know: "
                "restore with the release that made the backup, or a newer one"
            )


def _require_reach(backup: Backup, found: wal.Found, to_time: datetime | None) -> None:
    last = datetime.fromtimestamp(max(found.until, backup.ended_at.timestamp()), UTC)
    until = last.isoformat(timespec="seconds")
    if to_time is not None and to_time > last:
        raise OperationsError(
            f"what is there reaches to {until}: give an earlier --to-time, or leave it out for all of it"
        )
    if to_time is None and found.gap:
        raise OperationsError(
            f"the log has a gap: {found.gap} is missing and later segments are there; give --to-time {until} "
            "to restore what is before it"
        )


def _require_room(var_dir: Path, backup: Backup) -> None:
    needed = backup.manifest.bytes * 6
    free = shutil.disk_usage(var_dir).free
    if free < needed:
        raise OperationsError(
            f"only {free // 1024**2} MiB are free where {var_dir} is, and about {needed // 1024**2} are needed: make room"
        )


class _Unsealed:
    """A sealed gzip file, as a file that `tarfile` reads, its checksum compared on the way."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._inflate = zlib.decompressobj(wbits=31)
        self._ready = bytearray()
        self._ended = False

    def read(self, size: int) -> bytes:
        """The next bytes; fewer only at the end."""
        while len(self._ready) < size and not self._ended:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
                self._ready += self._inflate.flush()
            else:
                self._ready += self._inflate.decompress(chunk)
        given = bytes(self._ready[:size])
        del self._ready[:size]
        return given


def _unpack(backup: Backup, key: Key, scratch: Path, progress: Progress) -> Secrets:
    backups.check(backup, progress=progress)
    path = scratch / "secrets.json"
    path.touch(mode=0o600)
    path.write_bytes(b"".join(unseal(backup.folder / backups.STACK, key)))
    whole = (backup.folder / backups.BASE).stat().st_size
    target = scratch / "postgres"
    target.mkdir(mode=0o700)
    read = 0

    def counted() -> Iterator[bytes]:
        nonlocal read
        for chunk in unseal(backup.folder / backups.BASE, key):
            read += len(chunk)
            progress("unpacking", read, whole)
            yield chunk

    source = cast("IO[bytes]", _Unsealed(counted()))
    with tarfile.open(fileobj=source, mode="r|") as archive:
        archive.extractall(target, filter="data")
    return load_or_create(scratch)


def _own(scratch: Path) -> None:
    # The server runs as another user where we are root and there are no user namespaces.
    who = Postgres(scratch / "postgres", 0, "").popen_user()
    if "user" not in who or "group" not in who:
        return
    for path in [scratch / "postgres", scratch / "wal"]:
        for each in [path, *path.rglob("*")]:
            shutil.chown(each, who["user"], who["group"])


def _recover(
    scratch: Path, port: int, password: str, found: wal.Found, to_time: datetime | None,
    watermark: Mapping[str, int], progress: Progress,
) -> str:  # fmt: skip
    data = scratch / "postgres"
    _verify(data)
    (data / "recovery.signal").touch()
    _own(scratch)
    settings = {
        **_SPEED,
        "restore_command": f"cp '{str(scratch / 'wal').replace('%', '%%')}/%f' '%p'",
        "recovery_target_timeline": "current",
        "recovery_target_action": "promote",
        "synchronous_standby_names": "",
        "hot_standby": "off",
        "log_startup_progress_interval": "1s",
    }
    if to_time is not None:
        settings["recovery_target_time"] = to_time.astimezone(UTC).isoformat(sep=" ")
    with _serving(
        Postgres(data, port, password, settings), scratch, found, to_time, progress
    ) as server:
        wal.forget(server)
        for name, wanted in watermark.items():
            there = int(server.psql("SELECT coalesce(max(id), 0) FROM outbox", database=name))
            if there < wanted:
                raise OperationsError(
                    f"{name}'s outbox ends at {there} and the backup had {wanted}: it is not whole, use another"
                )
    said = (scratch / "recovery.log").read_text(encoding="utf-8", errors="replace")
    reached = _REACHED.search(said)
    return reached[1] if reached else ""


def _verify(data: Path) -> None:
    # Every file against the list that PostgreSQL made of them; the log is read by the recovery itself.
    ran = subprocess.run(
        [str(BINARIES / "pg_verifybackup"), "--no-parse-wal", "--quiet", str(data)],
        capture_output=True, text=True, check=False, timeout=3600,
    )  # fmt: skip
    if ran.returncode != 0:
        reason = (ran.stderr.strip().splitlines() or ["no reason given"])[0]
        raise OperationsError(f"the backup is not whole: {reason}; use another backup")


@contextmanager
def _serving(
    server: Postgres, scratch: Path, found: wal.Found, to_time: datetime | None, progress: Progress
) -> Generator[Postgres]:  # fmt: skip
    log = scratch / "recovery.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            server.command(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            **server.popen_user(),
        )
    try:
        began = time.monotonic()
        while not server.is_ready():
            if process.poll() is not None:
                raise OperationsError(_why(log, found, to_time))
            progress("recovering", int(time.monotonic() - began), 0)
            time.sleep(0.2)
        yield server
        server.psql("CHECKPOINT")
    finally:
        if process.poll() is None:
            process.send_signal(STOP_SIGNAL)
        process.wait(timeout=300)
    # Recovery ran without syncing each write; now all of it is made to stay.
    os.sync()


def _why(log: Path, found: wal.Found, to_time: datetime | None) -> str:
    said = log.read_text(encoding="utf-8", errors="replace")
    if to_time is not None and "before configured recovery target was reached" in said:
        until = datetime.fromtimestamp(found.until, UTC).isoformat(timespec="seconds")
        return f"nothing was written at or after {to_time.isoformat()} (the log ends at {until}): give an earlier --to-time, or leave it out for all of it"
    fatal = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line]
    return f"the database did not recover: {(fatal or [last_line(log)])[0]}"


def _lay_aside(var_dir: Path) -> Path | None:
    there = [var_dir / name for name in _PARTS if (var_dir / name).exists()]
    if not there:
        return None
    aside = var_dir / f"before-restore-{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}"
    aside.mkdir(mode=0o700)
    for path in there:
        path.rename(aside / path.name)
    return aside
