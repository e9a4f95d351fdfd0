"""The passwords of a local stack: made once, kept in a file that only its owner reads."""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationsError
from operations.services import DATABASE_ROLES, with_database

ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True)
class Secrets:
    """All passwords of one stack; `roles` by database role, such as `sales_api`."""

    postgres: str
    admin_username: str
    admin_password: str
    identity_key: str
    """Seals the keys that tokens are signed with."""
    webhook_key: str
    """Seals the secrets that webhooks are signed with."""
    roles: Mapping[str, str]


def write_private(path: Path, content: Mapping[str, object], *, durable: bool = False) -> None:
    """Write JSON that only the owner may read; readers see the old file or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        if durable:
            os.fsync(file.fileno())
    unfinished.replace(path)


def read_json(path: Path) -> dict[str, object] | None:
    """The object in the file, or None where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        content: object = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise OperationsError(f"{path} is damaged: restore it, or start afresh with `make clean`")
    return {str(key): value for key, value in content.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON


def load_or_create(var_dir: Path) -> Secrets:
    """The stack's passwords; missing ones are made, so that a new service gets its own."""
    path = var_dir / "secrets.json"
    kept = read_json(path) or {}
    wanted = ["postgres", "admin_password", "identity_key", "webhook_key"]
    wanted += [f"{name}_{role}" for name in with_database() for role in DATABASE_ROLES]
    found = {name: str(kept.get(name) or secrets.token_urlsafe(24)) for name in wanted}
    found["admin_username"] = str(kept.get("admin_username") or ADMINISTRATOR)
    if found != kept:
        write_private(path, {**kept, **found}, durable=True)
    path.chmod(0o600)
    roles = {name: found[name] for name in wanted[4:]}
    return Secrets(
        postgres=found["postgres"],
        admin_username=found["admin_username"],
        admin_password=found["admin_password"],
        identity_key=found["identity_key"],
        webhook_key=found["webhook_key"],
        roles=roles,
    )
