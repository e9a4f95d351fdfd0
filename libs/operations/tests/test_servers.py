"""The real servers in a folder of their own: started, used, crashed, stopped, started again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from operations.backup.refilling import refill
from operations.errors import OperationsError
from operations.kafka import topics
from operations.ports import answers, free_ports
from operations.stack import Options, Stack, is_running

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        shutil.which("mvn") is None and "CI" not in os.environ, reason="Maven fetches Kafka"
    ),
]

TWO_TOPICS = {
    "sales.OrderPlaced": {"retention.ms": "-1", "max.message.bytes": "4194304"},
    "sales.ControlTotals": {"retention.ms": "604800000", "max.message.bytes": "4194304"},
}


def make_topics(bootstrap: str) -> object:
    return asyncio.run(topics.create_missing(bootstrap, TWO_TOPICS))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack without services: the two servers, roles and topics."""
    options = Options(services=(), create_topics=make_topics, sign_in=False)
    found = Stack(tmp_path_factory.mktemp("stack"), ports=free_ports(), options=options)
    found.up()
    yield found
    found.down()


def test_roles_reach_their_own_database_only(stack: Stack) -> None:
    from operations import roles

    passwords = {
        f"{service}_{role}": "secret"
        for service in ("sales", "finance")
        for role in ("owner", "api", "worker")
    }
    script = roles.script(["sales", "finance"])
    for _ in range(2):  # as often as you like
        stack.server.psql(script, environment=roles.environment(passwords))

    def as_role(role: str, database: str, sql: str) -> subprocess.CompletedProcess[str]:
        from operations.postgres import BINARIES

        return subprocess.run(
            [
                str(BINARIES / "psql"),
                *("-X", "-A", "-t", "-h", "127.0.0.1", "-p", str(stack.ports.postgres)),
                *("-U", role, "-d", database, "-c", sql),
            ],
            env={**os.environ, "PGPASSWORD": "secret"},
            capture_output=True,
            text=True,
            check=False,
        )

    assert as_role("sales_owner", "sales", "CREATE TABLE t (id int)").returncode == 0
    assert as_role("sales_api", "sales", "SELECT 1").stdout.strip() == "1"
    assert "permission denied" in as_role("sales_api", "sales", "CREATE TABLE u (id int)").stderr
    assert "permission denied" in as_role("sales_api", "sales", "SELECT * FROM t").stderr
    assert "permission denied" in as_role("sales_api", "finance", "SELECT 1").stderr
    assert "permission denied" in as_role("sales_owner", "postgres", "SELECT 1").stderr
    member = "SELECT pg_has_role('sales_worker', 'pg_read_all_stats', 'member')"
    assert as_role("sales_worker", "sales", member).stdout.strip() == "t"


def test_postgres_keeps_what_it_was_told_to(stack: Stack) -> None:
    wanted = {"fsync": "on", "jit": "off", "max_connections": "300", "shared_buffers": "256MB"}

    for name, value in wanted.items():
        assert stack.server.psql(f"SHOW {name}") == value
    assert stack.server.psql("SHOW server_version").startswith("18")


def test_topics_are_made_once_with_their_settings(stack: Stack) -> None:
    async def look() -> tuple[list[str], dict[str, str], int]:
        made = await topics.create_missing(stack.broker.bootstrap, TWO_TOPICS)
        admin = AIOKafkaAdminClient(bootstrap_servers=stack.broker.bootstrap)
        await admin.start()
        try:
            resource = ConfigResource(ConfigResourceType.TOPIC, "sales.OrderPlaced")
            (answer,) = await admin.describe_configs([resource])
            described_settings = getattr(answer, "resources")[0][4]  # noqa: B009 - untyped there
            settings = {row[0]: row[1] for row in described_settings}
            (described,) = await admin.describe_topics(["sales.OrderPlaced"])
            return made, settings, len(described["partitions"])
        finally:
            await admin.close()

    made, settings, partitions = asyncio.run(look())

    assert made == []
    assert settings["retention.ms"] == "-1"
    assert settings["max.message.bytes"] == "4194304"
    assert partitions == topics.PARTITIONS


def test_a_crashed_database_comes_back_with_its_data(stack: Stack) -> None:
    stack.server.psql("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")

    stack.kill("postgres")
    assert not stack.server.is_ready()
    stack.start("postgres")

    assert stack.server.psql("SELECT id FROM kept") == "7"


OUTBOX = """
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY, event_id uuid NOT NULL DEFAULT gen_random_uuid(), topic text NOT NULL,
    key text NOT NULL, company text NOT NULL DEFAULT 'E01', subject text NOT NULL DEFAULT 'SO-1', actor text NOT NULL DEFAULT 'a',
    correlation_id text NOT NULL DEFAULT '', causation_id text NOT NULL DEFAULT '', traceparent text NOT NULL DEFAULT '',
    value bytea NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), published_at timestamptz
);
CREATE SCHEMA archive;
CREATE TABLE archive.outbox_20260101 (LIKE outbox INCLUDING DEFAULTS);
CREATE TABLE outbox_offsets (topic text, partition integer, "offset" bigint, PRIMARY KEY (topic, partition));
INSERT INTO outbox_offsets VALUES ('sales.OrderPlaced', 0, 4711);
INSERT INTO archive.outbox_20260101 (id, topic, key, value, published_at)
    VALUES (1, 'sales.OrderPlaced', 'one', '{"n": 1}', now()), (2, 'sales.OrderPlaced', 'one', '{"n": 2}', now());
ALTER TABLE outbox ALTER COLUMN id RESTART WITH 3;
INSERT INTO outbox (topic, key, value, published_at)
    VALUES ('sales.OrderPlaced', 'one', '{"n": 3}', now()), ('sales.OrderPlaced', 'two', '{"n": 4}', NULL),
           ('sales.NoLongerKnown', 'two', '{"n": 5}', NULL);
"""


def test_kafka_is_filled_again_from_an_outbox_and_its_archive(stack: Stack) -> None:
    from aiokafka import AIOKafkaConsumer

    stack.server.psql("CREATE DATABASE refilled")
    stack.server.psql(OUTBOX, database="refilled")
    told: list[tuple[int, int]] = []

    async def fill_and_read() -> tuple[int, list[tuple[str, int, str]]]:
        url = stack.server.url("refilled")
        count = await refill(
            "sales", url, stack.broker.bootstrap, told=lambda done, of: told.append((done, of))
        )
        consumer: Any = AIOKafkaConsumer(
            "sales.OrderPlaced",
            bootstrap_servers=stack.broker.bootstrap,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            async with asyncio.timeout(60):
                records = [await consumer.getone() for _ in range(count)]
        finally:
            await consumer.stop()
        return count, [
            (r.key.decode(), json.loads(r.value)["n"], dict(r.headers)["ce_id"].decode())
            for r in records
        ]

    count, records = asyncio.run(fill_and_read())

    assert (count, told[-1]) == (4, (4, 4))
    assert [n for key, n, _ in records if key == "one"] == [1, 2, 3]
    assert [n for key, n, _ in records if key == "two"] == [4]
    ids = stack.server.psql(
        "SELECT event_id FROM archive.outbox_20260101 UNION ALL SELECT event_id FROM outbox WHERE topic LIKE '%Placed'",
        database="refilled",
    )
    assert {each for _, _, each in records} == set(ids.split())
    waiting = "SELECT topic FROM outbox WHERE published_at IS NULL"
    assert stack.server.psql(waiting, database="refilled") == "sales.NoLongerKnown"
    # Offsets count from the new beginning of the topic.
    offsets = stack.server.psql('SELECT sum("offset" + 1) FROM outbox_offsets', database="refilled")
    assert offsets == "4"


def test_a_second_start_is_refused_while_the_first_runs(stack: Stack) -> None:
    with pytest.raises(OperationsError, match="already running"):
        Stack(stack.var_dir, ports=free_ports(), options=stack.options).up()


def test_the_description_is_private_and_names_the_addresses(stack: Stack) -> None:
    path = stack.var_dir / "stack.json"
    told = json.loads(path.read_text(encoding="utf-8"))

    assert path.stat().st_mode & 0o777 == 0o600
    assert told["gateway"] == stack.gateway
    assert told["kafka"] == stack.broker.bootstrap
    assert told["admin"]["password"] == stack.secrets.admin_password


def test_nothing_is_left_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    ports = free_ports()
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from operations.ports import Ports\n"
        "from operations.stack import Options, Stack\n"
        f"ports = Ports({ports.postgres}, {ports.kafka}, {ports.kafka_controller}, {dict(ports.services)!r})\n"
        "options = Options(services=(), create_topics=lambda _: None, sign_in=False)\n"
        f"Stack(Path({str(tmp_path)!r}), ports=ports, options=options).up()\n"
        "print('up', flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == b"up\n"

        supervisor.kill()

    deadline = time.monotonic() + 40
    while answers(ports.kafka) or answers(ports.postgres) or is_running(tmp_path):
        assert time.monotonic() < deadline, "the watchdog did not stop the servers"
        time.sleep(0.1)
