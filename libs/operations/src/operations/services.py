"""The services of the stack. A new service is one row."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationsError


@dataclass(frozen=True, slots=True)
class Service:
    """A deployable: its name is its package, its folder and its part of the API."""

    name: str
    database: bool = True


SERVICES: tuple[Service, ...] = (
    Service("gateway", database=False),
    Service("identity"),
    Service("masterdata"),
    Service("purchasing"),
    Service("sales"),
    Service("inventory"),
    Service("production"),
    Service("finance"),
    Service("workflow"),
)

DATABASE_ROLES: tuple[str, ...] = ("owner", "api", "worker")


def with_database() -> tuple[str, ...]:
    """The names of the services that keep data."""
    return tuple(service.name for service in SERVICES if service.database)


def repository() -> Path:
    """The checkout that holds `services/`."""
    given = os.environ.get("TONGHENG_ROOT")
    candidates = [Path(given)] if given else [Path(__file__).resolve().parents[4], Path.cwd()]
    for candidate in candidates:
        if (candidate / "services").is_dir():
            return candidate.resolve()
    raise OperationsError(
        "no checkout of Tongheng found: run the command inside one, or set TONGHENG_ROOT to its path"
    )


@dataclass(frozen=True, slots=True)
class Release:
    """A checkout and the Python that has its packages: what processes are started from."""

    root: Path
    python: str

    def folder(self, service: str) -> Path:
        """Where the service's own files are in this checkout."""
        return self.root / "services" / service


def this_release() -> Release:
    """The checkout that this code is of."""
    return Release(repository(), sys.executable)


def var_dir() -> Path:
    """The stack's folder: `var/` of the checkout, or TONGHENG_VAR."""
    given = os.environ.get("TONGHENG_VAR")
    return Path(given).resolve() if given else repository() / "var"


def folder(service: str) -> Path:
    """Where the service's own files (migrations, README) are."""
    return repository() / "services" / service
