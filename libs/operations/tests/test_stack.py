"""The stack without starting it: environments, refusals, claims, and whether migrations are needed."""

from __future__ import annotations

import json
import os
import shutil
import stat
import threading
from collections import namedtuple
from pathlib import Path
from unittest import mock

import pytest

from operations import roles
from operations import stack as stack_module
from operations.cli import _directory as stack_of
from operations.errors import OperationsError
from operations.migrating import heads
from operations.ports import default_ports, free_ports
from operations.services import SERVICES
from operations.stack import Stack, claim, holder, is_running, require_space


def test_a_service_is_told_its_databases_by_role(tmp_path: Path) -> None:
    stack = Stack(tmp_path, ports=free_ports())

    told = stack.env_of("sales")

    password = stack.secrets.roles["sales_api"]
    at = f"127.0.0.1:{stack.ports.postgres}/sales"
    assert told["TONGHENG_DATABASE_URL"] == f"postgresql+asyncpg://sales_api:{password}@{at}"
    assert told["TONGHENG_WORKER_DATABASE_URL"].startswith("postgresql+asyncpg://sales_worker:")
    assert told["TONGHENG_OWNER_DATABASE_URL"].startswith("postgresql+asyncpg://sales_owner:")
    assert told["TONGHENG_PORT"] == str(stack.ports.services["sales"])
    assert told["TONGHENG_KAFKA"] == f"127.0.0.1:{stack.ports.kafka}"


def test_only_identity_is_told_the_administrators_password(tmp_path: Path) -> None:
    stack = Stack(tmp_path, ports=free_ports())
    password = stack.secrets.admin_password

    knowing = [row.name for row in SERVICES if password in stack.env_of(row.name).values()]

    assert knowing == ["identity"]


def test_a_service_without_database_is_told_none(tmp_path: Path) -> None:
    told = Stack(tmp_path, ports=free_ports()).env_of("gateway")

    assert not [name for name in told if name.endswith("DATABASE_URL")]


def test_settings_of_the_user_reach_the_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGHENG_LOG_LEVEL", "debug")
    monkeypatch.setenv("SOMETHING_PRIVATE", "x")

    told = Stack(tmp_path, ports=free_ports()).env_of("sales")

    assert told["TONGHENG_LOG_LEVEL"] == "debug"
    assert "SOMETHING_PRIVATE" not in told


def test_an_unknown_service_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperationsError, match="no service payroll"):
        Stack(tmp_path, ports=free_ports()).env_of("payroll")


def test_a_second_stack_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with claim(tmp_path):
        assert is_running(tmp_path)
        with pytest.raises(OperationsError, match="already running"):
            Stack(tmp_path, ports=free_ports()).up()

    assert not is_running(tmp_path)


def test_a_full_disk_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 900 * 1024**2))

    with pytest.raises(OperationsError, match="only 900 MiB are free") as refusal:
        require_space(tmp_path)

    assert "\n" not in str(refusal.value)


def test_a_failed_start_frees_the_folder_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_directory: Path) -> None:
        raise OperationsError("no room")

    monkeypatch.setattr(stack_module, "require_space", full)

    with pytest.raises(OperationsError, match="no room"):
        Stack(tmp_path, ports=free_ports()).up()

    assert not is_running(tmp_path)
    status = json.loads((tmp_path / "status.json").read_text())
    assert (status["phase"], status["message"]) == ("failed", "no room")
    assert stat.S_IMODE((tmp_path / "status.json").stat().st_mode) == 0o600


def a_migration(folder: Path, name: str, *, down: str, typed: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kind = ": str | None" if typed else ""
    text = f'"""Migration."""\n\nrevision{": str" if typed else ""} = "{name}"\ndown_revision{kind} = {down}\n'
    (folder / f"{name}_something.py").write_text(text, encoding="utf-8")


def test_the_newest_migration_is_found_without_running_any(tmp_path: Path) -> None:
    versions = tmp_path / "migrations" / "versions"
    a_migration(versions, "0001", down="None")
    a_migration(versions, "0002", down='"0001"', typed=True)
    a_migration(versions, "0003", down="('0002',)")
    (versions / "__init__.py").write_text("", encoding="utf-8")

    assert heads(tmp_path) == {"0003"}
    assert heads(tmp_path / "nowhere") == set()


def test_the_committed_roles_are_those_of_the_list() -> None:
    assert roles.committed_script().read_text(encoding="utf-8") == roles.script()


def test_no_password_stands_in_the_script() -> None:
    script = roles.script(["sales"])

    assert "\\getenv sales_api_password TONGHENG_SALES_API_PASSWORD" in script
    assert "PASSWORD :'sales_api_password'" in script
    assert roles.environment({"sales_api": "x"}) == {"TONGHENG_SALES_API_PASSWORD": "x"}


def test_asking_whether_it_runs_never_spoils_a_start(tmp_path: Path) -> None:
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            is_running(tmp_path)

    asking = threading.Thread(target=ask)
    with claim(tmp_path):
        asking.start()
    try:
        for _ in range(50):
            claim(tmp_path).close()
    finally:
        done.set()
        asking.join()


def test_a_start_waits_for_a_watchdog_that_tidies_up(tmp_path: Path) -> None:
    tidying = claim(tmp_path, who="watchdog")
    assert holder(tmp_path) == "watchdog"
    threading.Timer(0.5, tidying.close).start()

    with claim(tmp_path):
        assert holder(tmp_path) == "supervisor"


def test_only_the_gateway_of_a_rolling_stack_is_told_of_replicas(tmp_path: Path) -> None:
    stack = Stack(tmp_path, ports=free_ports(rolling=True))
    here, standby = stack.ports.services["sales"], stack.ports.standby["sales"]

    told = stack.env_of("gateway", replicas=True)

    assert told["TONGHENG_SALES_URL"] == f"http://127.0.0.1:{here} http://127.0.0.1:{standby}"
    assert stack.env_of("finance")["TONGHENG_SALES_URL"] == f"http://127.0.0.1:{here}"
    # Keys are fetched where a replica of identity is found whichever ended.
    door = f"http://127.0.0.1:{stack.ports.door}"
    assert stack.gateway == door
    assert told["TONGHENG_JWKS_URL"] == f"{door}/.well-known/jwks.json"


def test_ports_of_next_replicas_are_ports_of_their_own() -> None:
    ports = free_ports(rolling=True)
    all_ports = [
        ports.postgres, ports.kafka, ports.kafka_controller, ports.door,
        *ports.services.values(), *ports.standby.values(),
    ]  # fmt: skip

    assert len(set(all_ports)) == len(all_ports)
    assert ports.standby.keys() == ports.services.keys()
    assert not free_ports().standby


def test_nothing_that_opens_the_first_stack_opens_the_sandbox(
    tmp_path: Path,
) -> None:
    # The first stack may even trust another provider: the sandbox does not.
    elsewhere = "https://sso.example"
    given = {
        "TONGHENG_VAR": str(tmp_path), "TONGHENG_ISSUER": elsewhere, "TONGHENG_JWKS_URL": f"{elsewhere}/keys",
        "TONGHENG_PUBLIC_URL": "https://erp.example",
    }  # fmt: skip
    opening = ("KEY", "PASSWORD", "DATABASE_URL", "KAFKA", "ISSUER", "JWKS_URL", "PUBLIC_URL")

    def told(directory: Path) -> dict[str, str]:
        stack = Stack(directory, ports=default_ports())
        return {
            f"{service.name} {name}": value
            for service in SERVICES
            for name, value in stack.env_of(service.name).items()
            if name.endswith(opening)
        }

    others = {k: v for k, v in os.environ.items() if not k.startswith("TONGHENG_")}
    with mock.patch.dict(os.environ, others | given, clear=True):
        first = told(tmp_path)
        second = told(sandbox := stack_of(sandbox=True))

    assert sandbox == tmp_path / "sandbox"
    assert {name for name in first if name.endswith("_KEY")}
    assert not set(first.values()) & set(second.values())
    kept = [json.loads((each / "secrets.json").read_text("utf-8")) for each in (tmp_path, sandbox)]
    shared = {name for name in kept[0] if kept[0][name] == kept[1][name]}
    assert shared == {"admin_username"}
