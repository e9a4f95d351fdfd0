"""`make hostile`: run the campaign against the running stack; the report goes to var/reports/hostile.json."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
from pathlib import Path

import aiohttp
from rich.console import Console

from operations.client import Client
from operations.services import repository

from .attack import Case, Report, run
from .cases import business, limits, malformed, matrix, strangers
from .world import ROLES, build

NOT_TRIED = {
    "files: zip bombs, wide sheets, XXE, path names, PDF named xlsx, odd CSV": "no file is taken yet",
    "exports: formula cells": "no export is written by a service yet",
    "trouble: database gone, Kafka gone, forced error": "make chaos does it",
}
messages = Console(stderr=True)


async def campaign(var_dir: Path) -> Report:
    """All groups, one after the other."""
    report = Report(not_tried=dict(NOT_TRIED))
    connector = aiohttp.TCPConnector(limit=64)
    timeout = aiohttp.ClientTimeout(total=60)
    async with (
        Client.of_stack(var_dir) as erp,
        aiohttp.ClientSession(connector=connector, timeout=timeout) as http,
    ):
        messages.print("founding two companies and their people …")
        world = await build(erp, http)
        async with http.get(f"{erp.address}/.well-known/jwks.json") as answer:
            key = (await answer.json())["keys"][0]["x"]
        public = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        roles = {
            row["code"]: frozenset(row["permissions"]) for row in await erp.items("/identity/roles")
        }
        groups: list[tuple[str, list[Case], int]] = [
            ("bodies", list(malformed.bodies(world)), 6),
            ("values", list(malformed.values(world)), 6),
            ("queries", list(malformed.queries(world)), 6),
            ("business", list(business.business(world)), 4),
            ("repeats", list(business.repeats(world)), 2),
            ("tokens", list(strangers.tokens(world, public)), 6),
            ("scopes", list(strangers.scopes(world)), 4),
            (
                "roles × operations",
                list(matrix.matrix(world, {role: roles[role] for role in ROLES})),
                8,
            ),
            ("limits", list(limits.limits(world)), 1),
            ("guessing", list(strangers.guessing(world)), 1),
        ]
        for name, cases, at_once in groups:
            await run(cases, report, at_once=at_once)
            messages.print(
                f"{name}: {len(cases)} cases, so far {len(report.unexpected)} unexpected, "
                f"{len(report.server_errors)} server errors, {len(report.leaks)} leaks"
            )
        await erp.quiet(seconds=120)
        await world.ours.prove()
        await world.theirs.prove()
    return report


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make hostile", description=__doc__)
    parser.add_argument(
        "--var", type=Path, default=repository() / "var", help="the running stack's folder"
    )
    options = parser.parse_args()
    report = asyncio.run(campaign(options.var))
    file = repository() / "var" / "reports" / "hostile.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        json.dumps(report.as_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    for row in [*report.server_errors, *report.leaks, *report.unexpected][:40]:
        messages.print(
            json.dumps(row, ensure_ascii=False), highlight=False, soft_wrap=True, markup=False
        )
    messages.print(f"{report.cases} cases: {file}")
    raise SystemExit(bool(report.server_errors or report.leaks or report.unexpected))


if __name__ == "__main__":
    main()
