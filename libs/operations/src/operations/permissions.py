"""The catalogue of permissions: what the services' routes ask for, in one committed table that identity serves."""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from chassis.auth import COSTS
from chassis.http import permissions_of
from chassis.service import Service, assemble, create_app
from operations.services import folder, with_database

_ASKED = re.compile(
    r"(?:\.(?:check|may)\(\s*|\n[A-Z_]+ = )\"([a-z_]+(?:\.[a-z_]+){2})\"(?:\s*\)|\n)"
)
"""What handlers ask beyond their route's permission: the right to date back, to approve one's own."""
NOWHERE = "postgresql+asyncpg://nobody:nothing@127.0.0.1:1/none"


def file() -> Path:
    """Where the table is kept."""
    return folder("identity") / "src" / "identity" / "roles" / "catalogue.json"


def _built(name: str) -> Service:
    """The service, told of a database that it is never to reach; nothing of that is left behind."""
    named = {f"TONGHENG_{role}DATABASE_URL" for role in ("", "WORKER_", "OWNER_")}
    missing = named - os.environ.keys()
    os.environ |= dict.fromkeys(missing, NOWHERE)
    try:
        service: Service = importlib.import_module(f"{name}.main").build()
    finally:
        for each in missing:
            del os.environ[each]
    return service


def current() -> list[dict[str, Any]]:
    """Each permission with its service and the operations that ask for it, from the code itself."""
    found: dict[str, set[str]] = {}
    for name in with_database():
        service = _built(name)
        for method, path, permission in permissions_of(create_app(service, assemble(service))):
            found.setdefault(permission, set()).add(f"{method} {path}")
        for source in (folder(name) / "src").rglob("*.py"):
            for permission in _ASKED.findall(source.read_text("utf-8")):
                found.setdefault(permission, set())
    # Not a route's but a class of data's: what it covers is withheld from others wherever it is shown.
    found[COSTS] = set()
    return [
        {
            "permission": permission,
            "service": permission.partition(".")[0],
            "operations": sorted(found[permission]),
        }
        for permission in sorted(found)
    ]


def text() -> str:
    """The table as it is committed."""
    return json.dumps(current(), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """`python -m operations.permissions write`, or `check`."""
    if sys.argv[1:] == ["write"]:
        file().write_text(text(), "utf-8")
    elif sys.argv[1:] == ["check"]:
        if file().read_text("utf-8") != text():
            print(
                "the routes ask for other permissions than the table says: run write",
                file=sys.stderr,
            )
            raise SystemExit(1)
    else:
        print("usage: python -m operations.permissions [write | check]", file=sys.stderr)
        raise SystemExit(2)


if __name__ == "__main__":
    main()
