"""A real server is backed up while it works, dies, and is put back: up to the last acknowledged row, or to a moment."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operations.backup import backups
from operations.backup.backups import Backup
from operations.backup.drill import kill_all
from operations.backup.refilling import is_due
from operations.backup.restoring import Restored, restore
from operations.backup.sealing import Key, make_key
from operations.backup.wal import Archive
from operations.errors import OperationsError
from operations.ports import LOOPBACK, Ports, free_ports
from operations.postgres import STOP_SIGNAL, Postgres, wait_until_ready
from operations.secrets import load_or_create
from operations.stack import Options, Stack

pytestmark = pytest.mark.integration


@dataclass(frozen=True, slots=True)
class World:
    """What is left after the disaster, and when what was written."""

    root: Path
    key: Key
    backup: Backup
    between: datetime
    """After the second row, before the third."""
    port: int


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A server whose log is kept synchronously: one row, a backup, two rows, and it was killed."""
    folder = tmp_path_factory.mktemp("company")
    folder.chmod(0o755)
    folder.parent.chmod(0o755)
    var, root = folder / "var", folder / "backups"
    key = make_key(folder / "key")
    ports: Ports = free_ports()
    options = Options(
        services=(),
        create_topics=lambda _: None,
        elsewhere=frozenset({"kafka"}),
        sign_in=False,
        archive=Archive(root, key, synchronous=True),
    )
    with socket.socket() as kafka:
        # Nothing of these tests is about Kafka; somebody answers where it should be.
        kafka.bind((LOOPBACK, ports.kafka))
        kafka.listen(64)
        stack = Stack(var, ports=ports, options=options)
        stack.up()
        try:
            server = stack.server
            server.psql("CREATE TABLE told (what text NOT NULL)")
            server.psql("INSERT INTO told VALUES ('before the backup')")
            made = backups.take(server, {}, var / "secrets.json", root, key)
            server.psql("INSERT INTO told VALUES ('after it'); SELECT pg_switch_wal();")
            between = datetime.now(UTC)
            time.sleep(0.01)
            server.psql("INSERT INTO told VALUES ('at the end')")
            kill_all(stack)
        finally:
            stack.down()
        shutil.rmtree(var)
        yield World(root, key, made, between, ports.postgres)


def put_back(
    world: World, var: Path, *, to_time: datetime | None = None
) -> tuple[Restored, list[str]]:
    """What a restore says, and the rows that are there then."""
    var.parent.chmod(0o755)
    done = restore(var, world.port, backups.choose(world.root), world.key, to_time=to_time)
    server = Postgres(var / "postgres", world.port, load_or_create(var).postgres)
    running = subprocess.Popen(
        server.command(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **server.popen_user(),
    )
    try:
        wait_until_ready(server, running, seconds=60)
        return done, server.psql("SELECT what FROM told").splitlines()
    finally:
        running.send_signal(STOP_SIGNAL)
        running.wait(timeout=60)


def test_every_acknowledged_row_is_there_after_the_disaster(world: World, tmp_path: Path) -> None:
    done, rows = put_back(world, tmp_path / "var")

    assert rows == ["before the backup", "after it", "at the end"]
    assert (done.label, done.aside) == (world.backup.manifest.label, None)
    assert is_due(tmp_path / "var")
    assert not (tmp_path / "var" / "kafka").exists()
    assert not (tmp_path / "var" / "restoring").exists()


def test_a_moment_is_restored_and_what_was_there_is_laid_aside(
    world: World, tmp_path: Path
) -> None:
    var = tmp_path / "var"
    (var / "kafka" / "data").mkdir(parents=True)
    with pytest.raises(OperationsError, match="--replace"):
        put_back(world, var, to_time=world.between)
    shutil.rmtree(var / "kafka")

    _, rows = put_back(world, var, to_time=world.between)
    again = restore(var, world.port, world.backup, world.key, replace=True)

    assert rows == ["before the backup", "after it"]
    assert again.aside is not None
    assert sorted(each.name for each in again.aside.iterdir()) == ["postgres", "secrets.json"]


def test_nothing_of_the_company_is_to_be_read_in_the_backup(world: World) -> None:
    sealed = [*world.root.rglob("*.sealed")]

    assert {each.name for each in sealed} >= {backups.BASE, backups.STACK}
    assert any(each.parent.parent.name == "wal" for each in sealed)
    for path in sealed:
        content = path.read_bytes()
        assert b"before the backup" not in content
        assert b"after it" not in content
        assert b"PG_VERSION" not in content
    assert world.key.text() not in (world.backup.folder / backups.MANIFEST).read_text("utf-8")


def test_a_time_that_is_not_covered_is_refused(world: World, tmp_path: Path) -> None:
    early = datetime.fromisoformat(world.backup.manifest.began_at) - timedelta(seconds=1)

    with pytest.raises(OperationsError, match="give a later --to-time"):
        backups.choose(world.root, to_time=early)
    with pytest.raises(OperationsError, match="give a later --to-time"):
        backups.choose(world.backup.folder, to_time=early)
    with pytest.raises(OperationsError, match="give an earlier --to-time"):
        put_back(world, tmp_path / "var", to_time=datetime.now(UTC) + timedelta(days=1))


@pytest.fixture
def copied(world: World, tmp_path: Path) -> Backup:
    """The backup once more, to be changed."""
    folder = tmp_path / "copy" / "base" / world.backup.manifest.label
    shutil.copytree(world.backup.folder, folder)
    return backups.read(folder)


def refusal(world: World, backup: Backup, tmp_path: Path, key: Key | None = None) -> str:
    with pytest.raises(OperationsError) as refused:
        restore(tmp_path / "var", world.port, backup, key or world.key)
    assert not (tmp_path / "var" / "postgres").exists()
    return str(refused.value)


def test_another_key_is_named(world: World, copied: Backup, tmp_path: Path) -> None:
    said = refusal(world, copied, tmp_path, make_key(tmp_path / "other"))

    assert world.key.name in said


def test_a_changed_file_is_refused(world: World, copied: Backup, tmp_path: Path) -> None:
    path = copied.folder / backups.BASE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    assert "checksum differs" in refusal(world, copied, tmp_path)
    path.unlink()
    assert "is missing" in refusal(world, copied, tmp_path)


def test_a_changed_manifest_is_refused(world: World, copied: Backup, tmp_path: Path) -> None:
    path = copied.folder / backups.MANIFEST
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, "ended_at": "2020-01-01T00:00:00+00:00"}), "utf-8")

    assert "changed after it was written" in refusal(world, copied, tmp_path)


def test_a_backup_of_a_newer_release_is_refused(
    world: World, copied: Backup, tmp_path: Path
) -> None:
    path = copied.folder / backups.MANIFEST
    newer = backups.Manifest(
        **{**_fields(copied.manifest), "revisions": {"sales": "9999"}}  # pyright: ignore[reportArgumentType] - as JSON gives it
    )
    path.write_text(json.dumps(newer.document(world.key)), "utf-8")

    assert "9999" in refusal(world, copied, tmp_path)


def _fields(manifest: backups.Manifest) -> dict[str, object]:
    return {name: getattr(manifest, name) for name in backups.Manifest.__slots__}


def test_an_interrupted_backup_is_none_and_old_ones_go_with_their_log(
    world: World, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    for name in ("one", "two", "three"):
        shutil.copytree(world.backup.folder, root / "base" / name)
    (root / "base" / "two" / backups.MANIFEST).unlink()

    before = [each.folder.name for each in backups.every(root)]
    labels, _ = backups.prune(root, keep=1)

    assert sorted(before) == ["one", "three"]
    assert len(labels) == 1
    assert len(backups.every(root)) == 1
