"""`tongheng replay`: a service's derived state made again from the topics, in place or beside it, and compared."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chassis.schema import database_grants
from operations.errors import OperationsError
from operations.secrets import read_json, write_private
from operations.services import with_database

Report = Mapping[str, Any]
_asyncpg: Any = importlib.import_module("asyncpg")  # it has no complete types
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def replay(
    directory: Path, service: str, *, into: str, accept: bool, screen: Console
) -> tuple[int, Report]:
    """Run the service's own `rebuild` against the running stack; its exit code and what it found.

    The service goes on running: while its tables are made again it answers 503, and /readyz says so.
    """
    stack = read_json(directory / "stack.json")
    if stack is None:
        raise OperationsError("the stack has no description yet: start it with `make up`")
    if service not in with_database():
        raise OperationsError(
            f"{service!r} keeps no data; one of {', '.join(with_database())} does"
        )
    databases = cast("dict[str, str]", stack["databases"])
    if into:
        asyncio.run(make_database(str(stack["postgres"]), service, into))
    owner = databases[service].replace("postgresql:", "postgresql+asyncpg:", 1)
    environment = {
        **os.environ,
        "TONGHENG_OWNER_DATABASE_URL": owner,
        "TONGHENG_KAFKA": str(stack["kafka"]),
    }
    command = [sys.executable, "-m", service, "rebuild"]
    command += ["--into", into] if into else []
    command += ["--accept"] if accept else []
    code, report = _follow(command, environment, screen)
    file = directory / "reports" / f"replay-{service}.json"
    write_private(file, {"service": service, "into": into, **report})
    return code, report


def _follow(
    command: list[str], environment: Mapping[str, str], screen: Console
) -> tuple[int, Report]:
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    report: Report | None = None
    with (
        Progress(*columns, console=screen, transient=True) as bar,
        subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(environment), text=True) as running,
    ):  # fmt: skip
        assert running.stdout is not None
        task = bar.add_task("starting", total=None)
        for line in running.stdout:
            try:
                said = json.loads(line)
            except ValueError:
                continue
            if not isinstance(said, dict):
                continue
            told = cast("dict[str, Any]", said)
            if "what" in told:
                bar.update(
                    task, description=str(told["what"]), completed=told["done"], total=told["of"]
                )
            elif "error" in told:
                raise OperationsError(str(told["error"]))
            elif "report" in told:
                report = cast("Report", told["report"])
    if report is None:
        raise OperationsError("the rebuild ended early; what it said is above")
    return running.returncode, report


async def make_database(administrator: str, service: str, name: str) -> None:
    """An empty database with the service's own owner and roles.

    Raises:
        OperationsError: it is there already: a rebuild never overwrites one.
    """
    if not _NAME.fullmatch(name):
        raise OperationsError(f"{name!r} is no name of a database: small letters, digits and _")
    connection = await _asyncpg.connect(administrator)
    try:
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            raise OperationsError(f"a database {name!r} is there already: give another name")
        await connection.execute(
            f'CREATE DATABASE "{name}" OWNER {service}_owner TEMPLATE template0'
        )
    finally:
        await connection.close()
    made = await _asyncpg.connect(_of(administrator, name))
    try:
        for statement in database_grants(service, name):
            await made.execute(statement)
    finally:
        await made.close()


async def drop_database(administrator: str, name: str) -> None:
    """Remove a database that was made to compare with."""
    connection = await _asyncpg.connect(administrator)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
    finally:
        await connection.close()


def _of(url: str, database: str) -> str:
    head, _, query = url.partition("?")
    return head.rpartition("/")[0] + f"/{database}" + (f"?{query}" if query else "")
