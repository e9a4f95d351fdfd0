"""`tongheng backup` and `tongheng restore`: taken while the stack works, put back where it does not run."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from operations.backup import backups, wal
from operations.backup.sealing import load_key, make_key
from operations.errors import OperationsError
from operations.services import var_dir, with_database

app = typer.Typer(
    invoke_without_command=True,
    help=(
        "Back up the running stack: all databases of one moment, sealed with your key. "
        "Kafka needs none: it is filled again from the databases. "
        "With TONGHENG_BACKUP_WAL=stream or =synchronous the stack also keeps the log beside the backups, "
        "so that any later moment can be restored."
    ),
)
output = Console()
messages = Console(stderr=True)

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        help="The key; by default what TONGHENG_BACKUP_KEY_FILE or TONGHENG_BACKUP_KEY says.",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option("--to", help="The folder of backups; by default TONGHENG_BACKUP_DIR, else var/backups."),
]  # fmt: skip


@contextmanager
def showing() -> Generator[Progress]:
    """A line that says what is being done and how far it is."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=messages, transient=True) as bar:
        yield bar


class Told:
    """Passes progress on to the screen."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=None)

    def __call__(self, what: str, done: int, of: int) -> None:
        self._bar.update(self._task, description=what, completed=done, total=of or None)


@app.callback()
def backup(context: typer.Context, *, to: Folder = None, key_file: KeyFile = None) -> None:
    """Back up the running stack while it works."""
    if context.invoked_subcommand is not None:
        return
    from operations.stack import Stack, is_running

    directory = var_dir()
    root = to.resolve() if to else wal.directory(directory)
    key = load_key(key_file)
    if not is_running(directory):
        raise OperationsError("the stack is not running: start it with `make up`")
    stack = Stack(directory)
    with showing() as bar:
        made = backups.take(
            stack.server,
            {name: name for name in with_database()},
            directory / "secrets.json",
            root,
            key,
            progress=Told(bar),
        )
    seconds = (made.ended_at - datetime.fromisoformat(made.manifest.began_at)).total_seconds()
    messages.print(
        f"Backed up as {made.manifest.label}: {_size(made.manifest.bytes)} in {seconds:.0f} s, sealed with the key "
        f"{made.manifest.key}. Without that key it cannot be restored: keep a copy of it elsewhere. "
        "Next: `tongheng backup verify`.",
        highlight=False,
        soft_wrap=True,
    )
    output.print(str(made.folder), highlight=False, soft_wrap=True)


@app.command()
def key(
    file: Annotated[Path, typer.Argument(help="Where to write it; it must not be there yet.")],
) -> None:
    """Make a key. Whoever has it reads the backups; without it nobody does."""
    made = make_key(file)
    messages.print(
        f"Wrote the key {made.name} to {file}. Keep a copy where the backups are not, and set "
        f"TONGHENG_BACKUP_KEY_FILE={file.resolve()}.",
        highlight=False,
        soft_wrap=True,
    )


@app.command(name="list")
def list_them(
    *,
    source: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the backups, and how far the log goes on from each."""
    root = source.resolve() if source else wal.directory(var_dir())
    rows = [
        {
            "label": each.manifest.label,
            "ended_at": each.manifest.ended_at,
            "reaches": _reaches(each),
            "bytes": each.manifest.bytes,
            "key": each.manifest.key,
        }
        for each in backups.every(root)
    ]
    if as_json:
        output.print_json(json.dumps(rows))
        return
    table = Table("label", "restorable from", "to", "size", "key")
    for column in table.columns:
        column.overflow = "fold"
    for row in rows:
        table.add_row(
            str(row["label"]),
            str(row["ended_at"])[:19] + "Z",
            str(row["reaches"])[:19] + "Z",
            _size(int(str(row["bytes"]))),
            str(row["key"])[:8],
        )
    output.print(table if rows else f"there is no backup in {root}", soft_wrap=True)


def _reaches(each: backups.Backup) -> str:
    found = each.log()
    last = max(found.until, each.ended_at.timestamp())
    return datetime.fromtimestamp(last, UTC).isoformat(timespec="seconds")


@app.command()
def verify(
    source: Annotated[
        Path | None, typer.Argument(help="A backup, or a folder of backups: its newest. Default: as `backup`.")
    ] = None,
    *,
    data_only: Annotated[
        bool, typer.Option("--data-only", help="Restore the databases only; do not start the services.")
    ] = False,
    key_file: KeyFile = None,
) -> None:  # fmt: skip
    """Restore into a folder and ports of its own, run the proof of every company there, and remove it again."""
    from operations.backup import verifying  # it needs the whole client side

    directory = var_dir()
    chosen = backups.choose(source.resolve() if source else wal.directory(directory))
    with showing() as bar:
        report = verifying.verify(
            chosen, load_key(key_file), directory, data_only=data_only, progress=Told(bar)
        )
    output.print_json(json.dumps(report))
    if report["failed"]:
        raise typer.Exit(1)


@app.command()
def prune(
    *,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest backups stay.")],
    source: Folder = None,
) -> None:
    """Remove older backups, and the log that the others do not need."""
    root = source.resolve() if source else wal.directory(var_dir())
    labels, segments = backups.prune(root, keep=keep)
    messages.print(f"Removed {len(labels)} backups and {segments} segments of the log.")


def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FROM", help="A backup, or a folder of backups: the newest that fits.")
    ],
    *,
    to_time: Annotated[
        str,
        typer.Option("--to-time", help="A moment, as 2026-11-23T14:05:00+08:00; by default all that is there."),
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Lay aside the data that are there; nothing is deleted.")
    ] = False,
    key_file: KeyFile = None,
) -> None:  # fmt: skip
    """Put back all databases of one moment; Kafka is emptied, and filled again by the next start.

    The stack must not run. There is no other form: one database alone, or databases beside newer topics, would contradict
    the others.
    """
    from operations.backup.restoring import restore as put_back
    from operations.ports import default_ports

    directory = var_dir()
    moment = read_time(to_time)
    key = load_key(key_file)
    chosen = backups.choose(source.resolve(), to_time=moment)
    with showing() as bar:
        done = put_back(
            directory,
            default_ports().postgres,
            chosen,
            key,
            to_time=moment,
            replace=replace,
            progress=Told(bar),
        )
    if done.aside is not None:
        messages.print(
            f"What was there lies in {done.aside}; remove it when all is well.", soft_wrap=True
        )
    reached = f" up to the last transaction at {done.reached}" if done.reached else ""
    messages.print(
        f"Restored {done.label}{reached} in {done.seconds:.0f} s. Next: `make up`, which fills Kafka again "
        "before the services start, then look at GET /api/v1/finance/proof.",
        highlight=False,
        soft_wrap=True,
    )


def read_time(text: str) -> datetime | None:
    """A moment with its offset; None for nothing.

    Raises:
        OperationsError: it is no moment, or says no offset: a clock on the wall is ambiguous.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise OperationsError(
            f"--to-time {text!r} is no moment with an offset: give one as 2026-11-23T14:05:00+08:00, or with Z for UTC"
        )
    return moment


def _size(count: int) -> str:
    return f"{count / 1024**2:.1f} MiB" if count < 1024**3 else f"{count / 1024**3:.2f} GiB"
