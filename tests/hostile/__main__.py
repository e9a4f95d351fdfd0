"""`make hostile`: run the campaign against the running stack; the report goes to var/reports/hostile.json."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import time
from pathlib import Path

import aiohttp
from rich.console import Console

from operations.client import Client
from operations.services import repository, var_dir

from . import generated
from .attack import Case, Report, run
from .cases import business, doors, limits, malformed, matrix, strangers
from .world import PASSWORD, ROLES, World, build

NOT_TRIED = {
    "files: zip bombs, wide sheets, XXE, path names, PDF named xlsx, odd CSV": "no file is taken yet",
    "exports: formula cells": "no export is written by a service yet",
    "trouble: database gone, Kafka gone, forced error": "make chaos does it",
}
messages = Console(stderr=True)


async def campaign(stack: Path, *, tool: Path | None, seed: int, only: str) -> Report:
    """All groups, one after the other; then what is made from the API's description, where its tool is."""
    report = Report(not_tried=dict(NOT_TRIED))
    if tool is None:
        report.not_tried["requests made from the API's description"] = "left out by --by-hand"
    connector = aiohttp.TCPConnector(limit=64)
    timeout = aiohttp.ClientTimeout(total=60)
    async with (
        Client.of_stack(stack) as erp,
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
        services: dict[str, str] = json.loads((stack / "stack.json").read_text("utf-8"))["services"]
        missing = await doors.furnish(world)
        theirs, shown = await doors.foreign(world)
        report.lists_of_others = shown
        if missing:
            report.not_tried["documents that could not be made for the other company"] = str(
                missing
            )
        groups: list[tuple[str, list[Case], int]] = [
            ("bodies", list(malformed.bodies(world)), 6),
            ("values", list(malformed.values(world)), 6),
            ("queries", list(malformed.queries(world)), 6),
            ("webhooks", list(doors.addresses(world)), 6),
            ("business", [*business.business(world), *doors.more_of_the_business(world)], 4),
            ("repeats", list(business.repeats(world)), 2),
            ("tokens", list(strangers.tokens(world, public)), 6),
            ("scopes", [*strangers.scopes(world), *doors.written_for_them(world)], 4),
            ("doors", [*theirs, *doors.past_the_gateway(world, services)], 6),
            ("chunks", list(doors.in_chunks(world)), 2),
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
        if tool is not None:
            await generate(report, world, tool=tool, stack=stack, seed=seed, only=only)
        await erp.quiet(seconds=300)
        await world.ours.prove()
        await world.theirs.prove()
    return report


async def generate(
    report: Report, world: World, *, tool: Path, stack: Path, seed: int, only: str
) -> None:
    """Requests made from the API's description, as three callers."""
    folder = stack / "schemathesis-reports"
    folder.mkdir(parents=True, exist_ok=True)
    person = {"grant_type": "password", "password": PASSWORD}
    for tries in (
        generated.Tries(
            "administrator", {**person, "username": await world.another_administrator()}, "examples,coverage,fuzzing", 3
        ),
        generated.Tries("partner", {**person, "username": await world.narrow_partner()}, "examples,fuzzing", 8),
        generated.Tries("nobody", {}, "examples,fuzzing", 4),
    ):  # fmt: skip
        began = time.monotonic()
        found = await generated.run(
            tool, tries, address=world.erp.address, folder=folder, seed=seed, only=only
        )
        report.cases += found.requests
        report.groups[f"generated, {tries.name}"] += found.requests
        report.server_errors += found.server_errors
        report.unexpected += found.rows
        if found.trouble:
            report.unexpected.append({"group": "generated", "failure": found.trouble})
        report.generated[tries.name] = found.as_dict()
        report.seconds += time.monotonic() - began
        messages.print(f"generated, {tries.name}: {json.dumps(found.as_dict())}", highlight=False)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make hostile", description=__doc__)
    parser.add_argument(
        "--var",
        type=Path,
        default=var_dir(),
        help="the running stack's folder; TONGHENG_VAR, or var of the checkout",
    )
    parser.add_argument(
        "--by-hand", action="store_true", help="leave out what is made from the API's description"
    )
    parser.add_argument("--seed", type=int, default=20260101, help="of what is made at random")
    parser.add_argument("--only", default="", help="a pattern of paths for what is made at random")
    options = parser.parse_args()
    tool = None if options.by_hand else repository() / "var" / "schemathesis" / "bin" / "st"
    report = asyncio.run(
        campaign(options.var.resolve(), tool=tool, seed=options.seed, only=options.only)
    )
    file = options.var.resolve() / "reports" / "hostile.json"
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
