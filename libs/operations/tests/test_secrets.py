"""Passwords: made once, private, kept."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from operations.errors import OperationsError
from operations.secrets import load_or_create, write_private
from operations.services import DATABASE_ROLES, with_database


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_passwords_are_private_and_differ(tmp_path: Path) -> None:
    secrets = load_or_create(tmp_path)

    assert mode(tmp_path / "secrets.json") == 0o600
    passwords = [secrets.postgres, secrets.admin_password, *secrets.roles.values()]
    assert len(set(passwords)) == len(passwords)
    assert min(len(password) for password in passwords) >= 32


def test_every_service_has_a_password_for_each_role(tmp_path: Path) -> None:
    wanted = {f"{service}_{role}" for service in with_database() for role in DATABASE_ROLES}

    assert set(load_or_create(tmp_path).roles) == wanted


def test_passwords_stay_and_a_new_role_gets_its_own(tmp_path: Path) -> None:
    before = load_or_create(tmp_path)
    path = tmp_path / "secrets.json"
    kept = json.loads(path.read_text())
    del kept["sales_api"]
    write_private(path, kept)

    after = load_or_create(tmp_path)

    assert after.roles["sales_api"] != before.roles["sales_api"]
    assert {k: v for k, v in after.roles.items() if k != "sales_api"} == {
        k: v for k, v in before.roles.items() if k != "sales_api"
    }
    assert after.admin_password == before.admin_password


def test_a_file_opened_to_others_is_closed_again(tmp_path: Path) -> None:
    load_or_create(tmp_path)
    (tmp_path / "secrets.json").chmod(0o644)

    load_or_create(tmp_path)

    assert mode(tmp_path / "secrets.json") == 0o600


def test_a_damaged_file_is_not_silently_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{", encoding="utf-8")

    with pytest.raises(OperationsError, match="is damaged"):
        load_or_create(tmp_path)
