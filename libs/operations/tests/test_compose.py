"""The compose file is what its sources say, and every service in it is restricted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations import compose
from operations.dockertest import mebibytes
from operations.errors import OperationsError
from operations.secrets import load_or_create
from operations.services import SERVICES, with_database

FILE: dict[str, Any] = yaml.safe_load(compose.document())
OURS = [row.name for row in SERVICES]


def test_the_committed_file_is_the_generated_one() -> None:
    assert compose.committed().read_text("utf-8") == compose.document()


@pytest.mark.parametrize("service", OURS)
def test_every_service_runs_without_rights_it_does_not_need(service: str) -> None:
    given = FILE["services"][service]

    assert given["read_only"] is True
    assert given["cap_drop"] == ["ALL"]
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert given["restart"] == "unless-stopped"
    assert "privileged" not in given


@pytest.mark.parametrize("service", with_database())
def test_a_service_waits_for_its_migration_and_never_has_the_owners_password(service: str) -> None:
    given = FILE["services"][service]

    assert given["depends_on"][f"migrate-{service}"] == {
        "condition": "service_completed_successfully"
    }
    assert "owner" not in "".join(given["environment"].values())
    assert (
        "owner"
        in FILE["services"][f"migrate-{service}"]["environment"]["TONGHENG_OWNER_DATABASE_URL"]
    )


def test_only_the_gateway_and_kafka_are_reached_from_outside_and_by_this_machine_alone() -> None:
    core = {name: each for name, each in FILE["services"].items() if "profiles" not in each}
    open_ports = {name: each["ports"] for name, each in core.items() if "ports" in each}

    assert set(open_ports) == {"gateway", "kafka"}
    assert all("127.0.0.1" in port for ports in open_ports.values() for port in ports)


def test_no_password_is_in_the_file() -> None:
    for each in FILE["services"].values():
        for name, value in (each.get("environment") or {}).items():
            if "PASSWORD" in name or "KEY" in name:
                # From the environment, or the name of a file that is mounted.
                assert str(value).startswith(("${", "/run/")), name


def test_whatever_the_file_asks_for_without_a_default_is_written(tmp_path: Path) -> None:
    asked = set(re.findall(r"\$\{(TONGHENG_\w+)(?:\}|:\?)", compose.document()))
    written = {
        line.partition("=")[0]
        for line in compose.environment(load_or_create(tmp_path)).splitlines()
    }

    assert asked <= written
    assert "TONGHENG_WEBHOOK_KEY" in asked


def test_the_engines_amounts_of_memory_are_read() -> None:
    assert mebibytes("61.5MiB / 512MiB") == 61.5
    assert mebibytes("1.5GiB / 23.5GiB") == 1536
    with pytest.raises(OperationsError):
        mebibytes("a lot")
