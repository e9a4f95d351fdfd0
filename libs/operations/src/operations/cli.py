"""The command `tongheng`: one line tells the user what went wrong and what to do."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.table import Table

from operations import console, roles
from operations.backup import cli as backup_cli
from operations.backup import wal
from operations.errors import OperationsError
from operations.ports import default_ports, require_free, sandboxed
from operations.process import remembered
from operations.progress import follow
from operations.secrets import load_or_create, read_json
from operations.services import SERVICES, var_dir
from operations.stack import INFRASTRUCTURE, get, holder, is_running, require_space

app = typer.Typer(
    no_args_is_help=True,
    help="Run Tongheng 通衡 on this machine.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
output = Console()
messages = Console(stderr=True)


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"


Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="The second stack, for partners to try their programs on.")
]


def _directory(*, sandbox: bool) -> Path:
    """The folder of the stack that is meant; all that is started from here on belongs to it."""
    if sandbox:
        for name in ("TONGHENG_ISSUER", "TONGHENG_JWKS_URL", "TONGHENG_PUBLIC_URL"):
            os.environ.pop(
                name, None
            )  # who is let in by the first stack's issuer is not let in here
        os.environ.update(sandboxed(os.environ) | {"TONGHENG_VAR": str(var_dir() / "sandbox")})
    return var_dir()


@app.command()
def up(
    *,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay attached; Ctrl-C stops the stack.")
    ] = False,
    seconds: Annotated[int, typer.Option(help="How long everything may take to start.")] = 180,
    sandbox: Sandbox = False,
) -> None:
    """Start PostgreSQL, Kafka and all services, and wait until they can be used."""
    directory = _directory(sandbox=sandbox)
    if holder(directory) == "supervisor":
        raise OperationsError(
            "the stack is already running: see `make status`, or stop it with `make down`"
        )
    (directory / "log").mkdir(parents=True, exist_ok=True)
    require_space(directory)
    wal.configured(directory)
    if remembered(directory / "run" / "postgres.json") is None:
        # What a killed supervisor left holds the ports; the new one stops it first and then looks itself.
        require_free(default_ports())
    command = [sys.executable, "-m", "operations.supervisor", str(directory), str(seconds)]
    if foreground:
        raise typer.Exit(subprocess.run(command, check=False).returncode)
    (directory / "status.json").unlink(missing_ok=True)
    with (directory / "log" / "supervisor.log").open("ab") as log:
        started = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    begun = time.monotonic()
    building = console.Building()
    try:
        follow(directory, started, messages)
    except KeyboardInterrupt:
        started.send_signal(signal.SIGTERM)
        started.wait(timeout=90)
        raise OperationsError("interrupted: the stack was stopped again") from None
    description = _description(directory)
    messages.print(f"Tongheng is ready after {time.monotonic() - begun:.0f} s.")
    with messages.status("building the console"):
        said = building.result()
    if said:
        messages.print(f"There is no console: {said}", markup=False)
    output.print(f"{description['gateway']}", highlight=False)
    messages.print(
        "Sign in as [bold]admin[/bold] with the password in "
        + (
            "var/sandbox/stack.json. Next: `tongheng status --sandbox`, `tongheng down --sandbox`."
            if sandbox
            else "var/stack.json. Next: `make status`, `make logs S=sales`, `make down`."
        ),
        highlight=False,
    )


@app.command()
def down(*, sandbox: Sandbox = False) -> None:
    """Stop the services, then Kafka, then PostgreSQL. The data stay."""
    _stop(_directory(sandbox=sandbox))


def _stop(directory: Path) -> None:
    if not is_running(directory):
        messages.print("The stack is not running.")
        return
    supervisor = remembered(directory / "run" / "supervisor.json")
    if supervisor is not None:
        supervisor.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 120
    with messages.status("stopping"):
        while is_running(directory) and time.monotonic() < deadline:
            time.sleep(0.1)
    if is_running(directory):
        raise OperationsError("the stack did not stop within 120 s: see var/log/supervisor.log")
    messages.print("Stopped; the data stay in var/ (`make clean` removes them).")


@app.command()
def status(
    form: Annotated[Format, typer.Option("--output", "-o", help="table or json")] = Format.TABLE,
    *,
    sandbox: Sandbox = False,
) -> None:
    """Show each process; exit code 0 if the stack is ready, 3 if it is not running, 1 otherwise."""
    directory = _directory(sandbox=sandbox)
    running = is_running(directory)
    known = (read_json(directory / "status.json") or {}) if running else {}
    phase = str(known.get("phase", "stopped"))
    if holder(directory) == "watchdog":
        phase = "tidying up after a supervisor that was killed"
    parts = cast("dict[str, dict[str, object]]", known.get("parts", {}))
    ports = _ports(directory) if running else {}
    rows: list[dict[str, object]] = []
    for name, part in parts.items():
        port = ports.get(name)
        ready = "" if name in INFRASTRUCTURE or port is None else _readiness(port)
        rows.append({"name": name, **part, "port": port, "ready": ready})
    if form is Format.JSON:
        print(json.dumps({"phase": phase, "parts": rows}, indent=2))
    elif not running:
        output.print("The stack is not running; start it with `make up`.")
    else:
        table = Table(title=f"Tongheng: {phase}", title_justify="left")
        for column in ("name", "state", "ready", "pid", "port", "restarts"):
            table.add_column(column)
        for row in rows:
            table.add_row(
                *(
                    "" if row[str(c.header)] is None else str(row[str(c.header)])
                    for c in table.columns
                )
            )
        output.print(table)
        output.print(str(_description(directory)["gateway"]), highlight=False)
    if not running:
        raise typer.Exit(3)
    if phase != "ready" or any(row["ready"] == "no" for row in rows):
        raise typer.Exit(1)


@app.command()
def logs(
    service: Annotated[
        str, typer.Argument(help="A service, kafka, postgres, supervisor or migrate.")
    ] = "",
    *,
    follow_on: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as lines are written.")
    ] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1)] = 100,
    sandbox: Sandbox = False,
) -> None:
    """Show the end of one log, or of all."""
    folder = _directory(sandbox=sandbox) / "log"
    there = sorted(path.stem for path in folder.glob("*.log"))
    if service and service not in there:
        raise OperationsError(f"there is no log of {service!r}: {', '.join(there) or 'none yet'}")
    chosen = [str(folder / f"{name}.log") for name in ([service] if service else there)]
    if not chosen:
        raise OperationsError("there are no logs yet: start the stack with `make up`")
    command = ["tail", f"--lines={lines}", *(["--follow=name"] if follow_on else []), *chosen]
    try:
        raise typer.Exit(subprocess.run(command, check=False).returncode)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@app.command()
def restart(service: Annotated[str, typer.Argument(help="A service, kafka or postgres.")]) -> None:
    """End one process; the supervisor starts it again."""
    directory = var_dir()
    process = remembered(directory / "run" / f"{service}.json") if is_running(directory) else None
    if process is None:
        raise OperationsError(f"{service!r} is not running: see `make status`")
    process.send_signal(signal.SIGINT if service == "postgres" else signal.SIGTERM)
    process.wait(timeout=45)
    port = _ports(directory).get(service)
    deadline = time.monotonic() + 60
    while port is not None and service not in INFRASTRUCTURE:
        if get(port, "/readyz")[0] == 200:
            break
        if time.monotonic() > deadline:
            raise OperationsError(f"{service} is not ready after 60 s: see var/log/{service}.log")
        time.sleep(0.2)
    messages.print(f"{service} was started again.")


@app.command()
def clean(
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    sandbox: Sandbox = False,
) -> None:
    """Stop the stack and remove its data, logs and passwords; the sandbox's only where it is meant."""
    directory = _directory(sandbox=sandbox)
    if not directory.exists():
        return
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Remove {directory} with all its data?", abort=True)
    _stop(directory)
    # A watchdog may still be tidying up after a supervisor that was killed.
    for name in ("postgres", "kafka", "log", "run"):
        shutil.rmtree(directory / name, ignore_errors=True)
    for aside in directory.glob("before-restore-*"):
        shutil.rmtree(aside, ignore_errors=True)
    for name in ("stack.json", "status.json", "secrets.json", "restored.json"):
        (directory / name).unlink(missing_ok=True)
    messages.print("Removed the stack's data, logs and passwords; backups stay.")


@app.command(name="init-sql")
def init_sql(
    *, check: Annotated[bool, typer.Option(help="Only compare; exit code 1 if it differs.")] = False
) -> None:
    """Write deploy/postgres/init.sql: databases and roles for compose and Kubernetes."""
    path = roles.committed_script()
    wanted = roles.script()
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return
    if check:
        raise OperationsError(
            f"{path.name} differs from the list of services: run `make contracts`"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(wanted, encoding="utf-8")
    messages.print(f"wrote {path}")


@app.command(name="compose-file")
def compose_file(
    *, check: Annotated[bool, typer.Option(help="Only compare; exit code 1 if it differs.")] = False
) -> None:
    """Write docker-compose.yml from the list of services and deploy/compose.base.yml."""
    from operations import compose  # not needed by `tongheng status`

    path, wanted = compose.committed(), compose.document()
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return
    if check:
        raise OperationsError(f"{path.name} differs from its sources: run `make contracts`")
    path.write_text(wanted, encoding="utf-8")
    messages.print(f"wrote {path}")


@app.command(name="kube-files")
def kube_files(
    *, check: Annotated[bool, typer.Option(help="Only compare; exit code 1 if it differs.")] = False
) -> None:
    """Write the generated part of k8s/ from the list of services and the contracts."""
    from operations.kube import files

    stale = files.stale()
    if not stale:
        return
    if check:
        raise OperationsError(
            f"k8s/ differs from its sources ({', '.join(stale[:3])}): run `make contracts`"
        )
    files.write()
    messages.print(f"wrote {len(stale)} files of k8s/")


@app.command(name="kube-secrets")
def kube_secrets() -> None:
    """Print new passwords as Secrets, for a first installation: `tongheng kube-secrets | kubectl apply -n … -f -`."""
    from operations.kube import secrets

    print(secrets.document(), end="")


@app.command(name="compose-env")
def compose_env() -> None:
    """Write the passwords that docker compose needs to var/docker/stack.env, and where the stack is to stack.json."""
    from operations import compose

    folder = var_dir() / "docker"
    compose.write_environment(folder, load_or_create(folder))
    messages.print(f"wrote {folder / 'stack.env'}")


@app.command()
def topics(
    *,
    kafka: Annotated[str, typer.Option(help="Bootstrap servers.")] = "127.0.0.1:9392",
    partitions: Annotated[int, typer.Option(min=1, help="Of each topic; fixed for ever.")] = 3,
    replicas: Annotated[int, typer.Option(min=1, help="Copies of each topic.")] = 1,
) -> None:
    """Make the topics that are missing, with the settings of their contracts."""
    from operations.kafka.topics import catalogue, create_missing

    made = asyncio.run(create_missing(kafka, catalogue(), partitions=partitions, replicas=replicas))
    messages.print(f"made {len(made)} topics")


def _elsewhere(module: str, context: typer.Context) -> None:
    # Both need the whole client side; the other commands should not wait for its import.
    command = [sys.executable, "-m", module, *context.args]
    try:
        raise typer.Exit(subprocess.run(command, check=False).returncode)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command(context_settings=_PASSED_ON, add_help_option=False)
def demo(context: typer.Context) -> None:
    """Play a trading company's month through the gateway; starts the stack when it is down."""
    _elsewhere("operations.demo", context)


@app.command(context_settings=_PASSED_ON, add_help_option=False)
def bench(context: typer.Context) -> None:
    """Measure the stack and write a report to var/reports (--quick for a short run)."""
    _elsewhere("operations.bench", context)


auditing = typer.Typer(
    no_args_is_help=True, help="The audit trail: who did what, when and from where."
)
app.add_typer(auditing, name="audit")


@auditing.command()
def verify(
    *,
    service: Annotated[str, typer.Option(help="One service; all when it is left out.")] = "",
    how: Annotated[Format, typer.Option("--output", help="table or json")] = Format.TABLE,
) -> None:
    """Check that no entry was changed, deleted or put in afterwards; names the first row that was. Exit code 1 then."""
    # The clients are not needed by `tongheng status`.
    from aiokafka.errors import KafkaError
    from asyncpg.exceptions import PostgresError

    from operations import audit
    from tongheng_contracts.audit import AUDIT_EVENTS

    described = _description(var_dir())
    addresses = cast("dict[str, str]", described["databases"])
    names = [service] if service else [name for name in addresses if name in AUDIT_EVENTS]
    if service and service not in addresses:
        raise OperationsError(
            f"there is no service {service}: the stack has {', '.join(addresses)}"
        )

    async def all_of_them() -> list[audit.Verdict]:
        kafka = str(described["kafka"])
        return [await audit.verify(name, addresses[name], kafka) for name in names]

    try:
        verdicts = asyncio.run(all_of_them())
    except (OSError, KafkaError, PostgresError) as error:
        raise OperationsError(
            f"the trail cannot be read ({type(error).__name__}): is the stack up? See `make status`"
        ) from error
    if how is Format.JSON:
        output.print_json(json.dumps([asdict(each) for each in verdicts]))
    else:
        table = Table("service", "entries", "anchored", "head", "")
        for each in verdicts:
            said = f"[red]{each.problem}[/red]" if each.problem else "whole"
            if each.waiting:
                said += f", {each.waiting} not chained yet"
            table.add_row(each.service, str(each.entries), str(each.anchored), each.head[:16], said)
        output.print(table)
    if any(each.problem for each in verdicts):
        raise typer.Exit(1)


@app.command()
def prove(
    *,
    seconds: Annotated[int, typer.Option(help="How long the stack may take to become quiet.")] = 60,
    how: Annotated[Format, typer.Option("--output", "-o", help="table or json")] = Format.TABLE,
) -> None:
    """Ask the running stack whether everything that must hold does: databases, topics, books. Exit code 1 if not.

    Only reads. The report is var/reports/prove.json; docs/guides/faults.md says how to read it.
    """
    # The clients are not needed by `tongheng status`.
    from aiokafka.errors import KafkaError
    from asyncpg.exceptions import PostgresError

    from operations.proving import runner

    try:
        proof = asyncio.run(runner.prove(var_dir(), quiet_seconds=seconds))
    except (OSError, KafkaError, PostgresError) as error:
        raise OperationsError(
            f"the stack cannot be read ({type(error).__name__}: {error}): is it up? See `make status`"
        ) from error
    if how is Format.JSON:
        output.print_json(json.dumps(proof.as_dict()))
    else:
        table = Table("invariant", "checked rows", "differences")
        for name, (checked, wrong) in proof.by_invariant().items():
            table.add_row(name, str(checked), f"[red]{wrong}[/red]" if wrong else "0")
        output.print(table)
        for one in proof.findings:
            if one.differences:
                said = f"{one.invariant} {one.where}: {one.differences} × not: {one.says}"
                output.print(said, highlight=False, markup=False, soft_wrap=True)
                for example in one.examples:
                    output.print(f"    {example}", highlight=False, markup=False, soft_wrap=True)
        for name, why in runner.NOT_FROM_OUTSIDE.items():
            messages.print(f"{name} is not decided here: {why}", highlight=False, markup=False)
    if proof.differences:
        raise typer.Exit(1)


@app.command()
def replay(
    *,
    service: Annotated[str, typer.Option("--service", "-s", help="Whose state is made again.")],
    into: Annotated[
        str, typer.Option(help="Make it in a new database of this name, and only compare.")
    ] = "",
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Keep the result though it differs from what was there."),
    ] = False,
) -> None:
    """Make a service's state again from the topics; exit code 0 if it is the same as before."""
    from operations.replay import replay as run  # asyncpg is not needed by the other commands

    code, report = run(var_dir(), service, into=into, accept=accept, screen=messages)
    output.print_json(json.dumps(report))
    raise typer.Exit(code)


@app.command()
def capacity(
    *,
    orders: Annotated[
        list[int] | None, typer.Option("--orders", min=1, help="Orders a day; several times for more rows.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="A report of `make bench`, whose CPU and disk per order are taken; by default what was measured for the guide."),
    ] = None,
    how: Annotated[Format, typer.Option("--output", "-o", help="table or json")] = Format.TABLE,
) -> None:  # fmt: skip
    """Say what so many orders a day need: pods, partitions, database size, cost. A day is simulated minute by minute."""
    from operations import capacity as model

    costs = model.MEASURED
    if report is not None:
        costs = model.measured(report, costs)
    plans = [model.plan(count, costs) for count in orders or model.SIZES]
    if how is Format.JSON:
        output.print_json(model.as_json(plans))
        return
    table = Table(*model.COLUMNS)
    for each in plans:
        table.add_row(*model.row(each))
    output.print(table)


app.add_typer(backup_cli.app, name="backup")
app.command()(backup_cli.restore)

importing = typer.Typer(no_args_is_help=True, help="Bring another system's data in.")
app.add_typer(importing, name="import")


@importing.command(context_settings=_PASSED_ON, add_help_option=False)
def adventureworks(context: typer.Context) -> None:
    """AdventureWorks' nine files as a company's opening; --trade to buy and sell afterwards."""
    _elsewhere("operations.adventureworks", context)


def _description(directory: Path) -> dict[str, object]:
    found = read_json(directory / "stack.json")
    if found is None:
        raise OperationsError("the stack has no description yet: start it with `make up`")
    return found


def _ports(directory: Path) -> dict[str, int]:
    ports = cast("dict[str, object]", _description(directory)["ports"])
    found = {"postgres": int(str(ports["postgres"])), "kafka": int(str(ports["kafka"]))}
    services = cast("dict[str, int]", ports["services"])
    return found | {row.name: services[row.name] for row in SERVICES if row.name in services}


def _readiness(port: int) -> str:
    return "yes" if get(port, "/readyz", seconds=2)[0] == 200 else "no"


def main() -> None:
    """Run the command; what the user can mend is told in one line, without a traceback."""
    try:
        app()
    except OperationsError as error:
        messages.print(f"[red]tongheng:[/red] {error}", highlight=False, soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
