"""Backups of a stack: one base backup of the database server, so that all databases are of one moment, sealed.

`<backups>/base/<label>/` holds `base.tar.gz.sealed` (pg_basebackup's, with the log that it needs), `stack.sealed` (the
stack's passwords and keys, without which its data cannot be read) and `manifest.json`, signed. Kafka is not backed up: it
is filled again from the outboxes, which are in the databases.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from operations.backup import wal
from operations.backup.sealing import Key, Sealer, Written, seal, sync_folder
from operations.errors import OperationsError
from operations.ports import LOOPBACK
from operations.postgres import BINARIES, Postgres

FORMAT = 1
BASE = "base.tar.gz.sealed"
STACK = "stack.sealed"
MANIFEST = "manifest.json"
_BLOCK = 1024 * 1024
_DONE = re.compile(rb"(\d+)/(\d+) kB")
_POINT = re.compile(rb"write-ahead log (start|end) point: ([0-9A-F]+/[0-9A-F]+)")

Progress = Callable[[str, int, int], None]
"""What is being done, how much of it, of how much (0: not known)."""


def silent(_what: str, _done: int, _of: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is: written last, so that a folder without one is no backup."""

    label: str
    began_at: str
    ended_at: str
    """From here on any moment can be restored, as far as the log goes. RFC 3339, by this machine's clock."""
    system: str
    timeline: int
    start: str
    """Where recovery begins in the log."""
    end: str
    """The moment of all databases in this backup."""
    postgres: str
    key: str
    """The name of the key that it is sealed with."""
    files: Mapping[str, Written]
    revisions: Mapping[str, str]
    """Of each service the migration that its database is at."""
    watermark: Mapping[str, int]
    """Of each service the highest id of its outbox when the backup began; all up to it are in the backup."""

    def document(self, key: Key) -> dict[str, object]:
        """As it is kept, with its signature."""
        content: dict[str, object] = {"format": FORMAT, **asdict(self)}
        return {**content, "signature": key.sign(_canonical(content))}

    @property
    def bytes(self) -> int:
        """What the backup weighs, without the log that follows it."""
        return sum(each.bytes for each in self.files.values())


def _canonical(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is there."""

    folder: Path
    manifest: Manifest

    @property
    def root(self) -> Path:
        """The folder of all backups, where the log lies too."""
        return self.folder.parents[1]

    @property
    def ended_at(self) -> datetime:
        """From when on it can be restored."""
        return datetime.fromisoformat(self.manifest.ended_at)

    def log(self) -> wal.Found:
        """The log that follows it."""
        known = self.manifest
        begin, end = wal.lsn(known.start), wal.lsn(known.end)
        return wal.find(
            self.root, system=known.system, timeline=known.timeline, begin=begin, end=end
        )


def read(folder: Path, key: Key | None = None) -> Backup:
    """The backup in a folder; with a key its signature is checked.

    Raises:
        OperationsError: there is none, it is of another format or key, or it was changed.
    """
    path = folder / MANIFEST
    try:
        content = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        signature = str(content.pop("signature"))
        if content.pop("format") != FORMAT:
            raise OperationsError(f"{folder} is of another format: restore it with its own release")
        signed = {"format": FORMAT, **content}
        content["files"] = {name: Written(**each) for name, each in content["files"].items()}
        manifest = Manifest(**content)
    except FileNotFoundError:
        raise OperationsError(
            f"{folder} is no backup: it has no {MANIFEST}; `tongheng backup list` shows what is there"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise OperationsError(f"{path} is damaged: use another backup") from error
    if key is not None:
        if manifest.key != key.name:
            raise OperationsError(
                f"{folder.name} was sealed with the key {manifest.key}, and this one is {key.name}: give its own key"
            )
        if key.sign(_canonical(signed)) != signature:
            raise OperationsError(f"{path} was changed after it was written: use another backup")
    return Backup(folder, manifest)


def every(root: Path) -> list[Backup]:
    """All backups in a folder, oldest first; what was interrupted is none."""
    found = [
        read(path.parent)
        for path in sorted(root.glob(f"base/*/{MANIFEST}"))
    ]  # fmt: skip
    return sorted(found, key=lambda each: each.manifest.ended_at)


def choose(source: Path, *, to_time: datetime | None = None) -> Backup:
    """The backup to restore from: the folder itself, or of all backups in it the newest that ended before the time.

    Raises:
        OperationsError: there is none.
    """
    if (source / MANIFEST).exists():
        chosen = read(source)
        if to_time is not None and to_time < chosen.ended_at:
            raise OperationsError(
                f"{chosen.manifest.label} ended at {chosen.manifest.ended_at}: give a later --to-time, or an older backup"
            )
        return chosen
    there = every(source)
    fitting = [each for each in there if to_time is None or each.ended_at <= to_time]
    if fitting:
        return fitting[-1]
    if there:
        raise OperationsError(
            f"the oldest backup in {source} ended at {there[0].manifest.ended_at}: give a later --to-time"
        )
    raise OperationsError(f"there is no backup in {source}: make one with `tongheng backup`")


def check(backup: Backup, *, progress: Progress = silent) -> None:
    """Compare the files with the manifest's checksums.

    Raises:
        OperationsError: a file is missing or was changed.
    """
    done = 0
    for name, written in backup.manifest.files.items():
        path = backup.folder / name
        if not path.exists():
            raise OperationsError(f"{path} is missing: use another backup")
        summed = sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                summed.update(block)
                done += len(block)
                progress("checking the files", done, backup.manifest.bytes)
        if summed.hexdigest() != written.sha256:
            raise OperationsError(f"{path} was changed: its checksum differs; use another backup")


def take(
    server: Postgres, services: Mapping[str, str], secrets: Path, root: Path, key: Key, *,
    progress: Progress = silent,
) -> Backup:  # fmt: skip
    """Back up a running server while it works. `services` maps each service with data to its database.

    Raises:
        OperationsError: the server does not answer, the disk is full, or the backup could not be finished.
    """
    began = datetime.now(UTC)
    label = began.strftime("%Y%m%dT%H%M%SZ")
    unfinished, folder = root / "base" / f".{label}.unfinished", root / "base" / label
    if unfinished.exists() or folder.exists():
        raise OperationsError(f"a backup {label} is there already: try again in a second")
    _require_room(server, root)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        system, timeline = wal.identity(server)
        watermark = {name: _highest(server, database) for name, database in services.items()}
        revisions = {name: _revision(server, database) for name, database in services.items()}
        start, end, base = _receive(server, label, unfinished / BASE, key, progress)
        manifest = Manifest(
            label=label,
            began_at=began.isoformat(timespec="milliseconds"),
            ended_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            system=system,
            timeline=timeline,
            start=start,
            end=end,
            postgres=server.psql("SHOW server_version_num"),
            key=key.name,
            files={BASE: base, STACK: seal(unfinished / STACK, key, secrets.read_bytes())},
            revisions=revisions,
            watermark=watermark,
        )
        _write(unfinished / MANIFEST, manifest.document(key))
        unfinished.rename(folder)
        sync_folder(folder.parent)
    except BaseException as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if isinstance(error, OSError):
            raise OperationsError(
                f"the backup could not be written to {root} ({error.strerror or type(error).__name__}): "
                "make room there, or give another folder with --to"
            ) from error
        raise
    return Backup(folder, manifest)


def _write(path: Path, document: Mapping[str, object]) -> None:
    with path.open("w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def _require_room(server: Postgres, root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    needed = int(server.psql("SELECT sum(pg_database_size(oid))::bigint FROM pg_database")) // 2
    free = shutil.disk_usage(root).free
    if free < needed:
        raise OperationsError(
            f"only {free // 1024**2} MiB are free in {root}, and a backup may need {needed // 1024**2}: "
            "make room, or give another folder with --to"
        )


def _highest(server: Postgres, database: str) -> int:
    return int(server.psql("SELECT coalesce(max(id), 0) FROM outbox", database=database))


def _revision(server: Postgres, database: str) -> str:
    return server.psql(
        "SELECT string_agg(version_num, ' ') FROM alembic_version", database=database
    )


def _receive(
    server: Postgres, label: str, target: Path, key: Key, progress: Progress
) -> tuple[str, str, Written]:
    command = [
        str(BINARIES / "pg_basebackup"),
        *("--host", LOOPBACK, "--port", str(server.port), "--username", "postgres"),
        *("--pgdata", "-", "--format", "tar", "--wal-method", "fetch", "--checkpoint", "fast"),
        *("--compress", "client-gzip:1", "--label", label, "--verbose", "--progress", "--no-password"),
    ]  # fmt: skip
    sealer = Sealer(target, key)
    said: list[bytes] = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PGPASSWORD": server.password, "LC_ALL": "C"},
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        listener = threading.Thread(target=_listen, args=(running.stderr, said, progress))
        listener.start()
        try:
            while block := running.stdout.read(_BLOCK):
                sealer.write(block)
            running.wait()
        except BaseException:
            running.kill()
            sealer.abandon()
            raise
        finally:
            listener.join()
    points = dict(_POINT.findall(b"\n".join(said)))
    if running.returncode != 0 or points.keys() != {b"start", b"end"}:
        sealer.abandon()
        reason = next(
            (line.decode(errors="replace") for line in reversed(said) if line), "no reason"
        )
        raise OperationsError(f"PostgreSQL did not give a backup: {reason}")
    return points[b"start"].decode(), points[b"end"].decode(), sealer.finish()


def _listen(stream: Any, said: list[bytes], progress: Progress) -> None:
    for line in stream:
        counted = _DONE.search(line)
        if counted:
            progress("copying", int(counted[1]) * 1024, int(counted[2]) * 1024)
        else:
            said.append(line.strip())


def prune(root: Path, *, keep: int) -> tuple[list[str], int]:
    """Remove all but the newest backups, and the log that none of these needs; labels, and how many segments."""
    there = every(root)
    gone, kept = there[:-keep], there[-keep:]
    for each in gone:
        # Without its manifest it is none, whatever interrupts us.
        (each.folder / MANIFEST).unlink()
        shutil.rmtree(each.folder)
    removed = 0
    lines = {(each.manifest.system, each.manifest.timeline) for each in there}
    for system, timeline in lines:
        needed = [
            wal.lsn(each.manifest.start)
            for each in kept
            if (each.manifest.system, each.manifest.timeline) == (system, timeline)
        ]
        removed += wal.prune(
            root, system=system, timeline=timeline, before=min(needed, default=None)
        )
    return [each.manifest.label for each in gone], removed
