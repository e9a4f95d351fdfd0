"""Every ready-made role against every operation, by the rights that the services declare."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from uuid import uuid4

from chassis.auth import Principal
from chassis.http import permissions_of
from chassis.service import assemble, create_app
from operations.services import SERVICES

from ..attack import Case
from ..world import World


def operations() -> list[tuple[str, str, tuple[str, ...]]]:
    """Method, path and the rights that it needs, of every operation of every service."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in ("TONGHENG_DATABASE_URL", "TONGHENG_WORKER_DATABASE_URL"):
        os.environ.setdefault(name, "postgresql+asyncpg://nobody@127.0.0.1/none")  # never opened
    for row in SERVICES:
        if not row.database:
            continue
        service = importlib.import_module(f"{row.name}.main").build()
        for method, path, permission in permissions_of(create_app(service, assemble(service))):
            found.setdefault((method, path), []).append(permission)
    return [(method, path, tuple(needed)) for (method, path), needed in sorted(found.items())]


def matrix(w: World, rights: dict[str, frozenset[str]]) -> Iterator[Case]:
    """Who may not is told 403; who may is told anything but that."""
    for method, path, needed in operations():
        asked = "/".join(str(uuid4()) if part.startswith("{") else part for part in path.split("/"))
        if "{" in asked:
            asked = asked.replace(asked[asked.index("{") : asked.index("}") + 1], "x")
        for role, caller in w.by_role.items():
            principal = Principal("", permissions=rights[role])
            allowed = all(principal.may(each) for each in needed)
            if allowed and method != "GET":
                continue  # what somebody may do is tried by the scenarios
            wanted = (
                ("200", "404", "400", "422", "409", "428", "403 out-of-scope")
                if allowed
                else ("403 forbidden",)
            )
            body = None if method == "GET" else {}
            yield Case(
                "matrix", f"{role}: {method} {path}",
                lambda c=caller, m=method, p=asked, b=body: c.ask(m, p, body=b, headers={"if-match": '"1"'}), wanted,
            )  # fmt: skip
