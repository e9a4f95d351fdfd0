"""Brings the databases of all services to head, in one process: importing alembic seven times would cost more."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from operations.errors import OperationsError
from operations.secrets import read_json
from operations.services import folder, repository

_REVISION = re.compile(r"^revision\s*(?::[^=]+)?=\s*[\"']([^\"']+)[\"']", re.MULTILINE)
_DOWN = re.compile(r"^down_revision\s*(?::[^=]+)?=\s*(.+)$", re.MULTILINE)
_QUOTED = re.compile(r"[\"']([^\"']+)[\"']")


def heads(service_dir: Path) -> set[str]:
    """The newest revisions among a service's migration files, read without running them."""
    before = revisions(service_dir)
    return set(before) - {each for followed in before.values() for each in followed}


def revisions(service_dir: Path) -> dict[str, set[str]]:
    """Every revision among a service's migration files, with those that it follows."""
    found: dict[str, set[str]] = {}
    for file in (service_dir / "migrations" / "versions").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        own = _REVISION.search(text)
        if own is None:
            continue
        down = _DOWN.search(text)
        found[own.group(1)] = set() if down is None else set(_QUOTED.findall(down.group(1)))
    return found


def run(urls: Mapping[str, str]) -> None:
    """Migrate each service's database with its owner's address; says which one it is at."""
    from chassis.migrations import upgrade

    for service, url in urls.items():
        print(f"migrating {service}", flush=True)
        upgrade(folder(service), url)
        print(f"migrated {service}", flush=True)


def write_revision(service: str, message: str) -> None:
    """Write a migration from the difference between a service's tables and its database."""
    from alembic import command
    from alembic.config import Config

    known = read_json(repository() / "var" / "stack.json") or {}
    urls = cast("dict[str, str]", known.get("databases", {}))
    if service not in urls:
        raise OperationsError(f"no running database of {service!r}: start the stack with `make up`")
    config = Config(str(folder(service) / "alembic.ini"))
    config.set_main_option("script_location", str(folder(service) / "migrations"))
    config.attributes["url"] = urls[service].replace("postgresql:", "postgresql+asyncpg:")
    there = len(list((folder(service) / "migrations" / "versions").glob("[0-9]*.py")))
    command.revision(config, message=message, autogenerate=True, rev_id=f"{there + 1:04}")


def main(arguments: list[str]) -> None:
    """`revision SERVICE MESSAGE` writes a migration; without arguments all are run."""
    if arguments[:1] == ["revision"]:
        write_revision(arguments[1], arguments[2])
    else:
        # By standard input: a command line is visible to every user of the machine, and these have passwords.
        run(cast("dict[str, str]", json.load(sys.stdin)))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OperationsError as error:
        sys.exit(str(error))
