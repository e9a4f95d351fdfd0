"""The console's files: its snapshot of the API, and its build where Node is there."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, cast

import typer

from operations.errors import OperationsError
from operations.services import SERVICES, folder, repository

NODE_NEEDED = (20, 19)
NPM_SECONDS = 600
NOT_RUNNING = 3
"""What `tongheng status` exits with where no stack runs."""
WEBHOOK_NETWORKS = "TONGHENG_WEBHOOK_NETWORKS"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NOWHERE = "postgresql+asyncpg://nobody:nothing@127.0.0.1:1/none"
LEFT_OUT = frozenset(("description", "summary", "examples", "example", "title", "tags"))

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


def directory() -> Path:
    """Where the console's sources are."""
    return repository() / "services" / "console"


# --- the API as the console knows it ---------------------------------------------------------------------------


def _document(service: str) -> dict[str, Any]:
    """What the service says of its part of the API; it needs no database for that."""
    environment = dict(os.environ) | {
        "TONGHENG_DATABASE_URL": NOWHERE,
        "TONGHENG_WORKER_DATABASE_URL": NOWHERE,
        "TONGHENG_OWNER_DATABASE_URL": NOWHERE,
        "TONGHENG_KAFKA": "127.0.0.1:1",
        "TONGHENG_JWKS_URL": "http://127.0.0.1:1/",
    }
    answer = subprocess.run(
        [sys.executable, "-m", service, "openapi"],
        cwd=folder(service), env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if answer.returncode:
        raise OperationsError(f"{service} does not print its API:\n{answer.stderr[-2000:]}")
    return cast("dict[str, Any]", json.loads(answer.stdout))


def _composed(documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One document of all, as the gateway composes it."""
    answer = subprocess.run(
        [sys.executable, "-m", "gateway", "compose"], input=json.dumps(documents),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if answer.returncode:
        raise OperationsError(f"the gateway does not compose the API:\n{answer.stderr[-2000:]}")
    return cast("dict[str, Any]", json.loads(answer.stdout))


def _slim(value: Any, *, named: bool = False) -> Any:
    """What types are made of: no prose. In a mapping of names, a name may be any word."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {
            name: _slim(
                member, named=name in ("properties", "schemas", "paths", "$defs") and not named
            )
            for name, member in members.items()
            if named or name not in LEFT_OUT
        }
    if isinstance(value, list):
        return [_slim(each) for each in cast("list[Any]", value)]
    return value


def snapshot() -> str:
    """The composed document of all services, as the console's types are generated from it."""
    names = [service.name for service in SERVICES if service.database]
    with ThreadPoolExecutor(2) as pool:
        documents = dict(zip(names, pool.map(_document, names), strict=True))
    document = cast("dict[str, Any]", _slim(_composed(documents)))
    document["info"] = {"title": "Tongheng", "version": "snapshot"}
    for item in cast("dict[str, dict[str, Any]]", document["paths"]).values():
        for operation in item.values():
            answers: dict[str, Any] = operation["responses"]
            operation["responses"] = {
                status: {name: member for name, member in answer.items() if name != "headers"}
                | {"description": ""}
                for status, answer in answers.items()
                if status.startswith("2")
            }
    return json.dumps(document, ensure_ascii=False, indent=0, sort_keys=True) + "\n"


@app.command()
def openapi(*, check: bool = typer.Option(default=False, help="Fail if it differs.")) -> None:
    """Write the API as the services describe it now into the console's snapshot."""
    path = directory() / "openapi.json"
    text = snapshot()
    if not check:
        path.write_text(text, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        raise OperationsError(
            "services/console/openapi.json differs from the services' API: `make console-openapi`"
        )


# --- building --------------------------------------------------------------------------------------------------


def why_not() -> str:
    """Why the console cannot be built here; empty where it can."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "Node is not installed"
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < NODE_NEEDED:
        return f"Node {said.strip()} is too old: {'.'.join(map(str, NODE_NEEDED))} is needed"
    return ""


def _sources(root: Path) -> list[Path]:
    files = [root / name for name in ("package-lock.json", "index.html", "openapi.json")]
    files += root.glob("*.ts")
    return [path for path in (*files, *(root / "src").rglob("*")) if path.is_file()]


def is_current() -> bool:
    """Whether what was built last is newer than all it was built from."""
    root = directory()
    built = root / "dist" / "index.html"
    if not built.exists():
        return False
    at = built.stat().st_mtime
    return all(path.stat().st_mtime <= at for path in _sources(root))


def _npm(*arguments: str) -> None:
    command = ["npm", *arguments]
    try:
        answer = subprocess.run(
            command, cwd=directory(), capture_output=True, text=True, check=False,
            timeout=NPM_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise OperationsError(f"{' '.join(command)} took more than {NPM_SECONDS} s") from None
    if answer.returncode:
        said = (answer.stdout + answer.stderr)[-4000:]
        raise OperationsError(f"{' '.join(command)} failed:\n{said}")


def install() -> None:
    """Fetch the packages that the lock names, if that was not done since the lock changed."""
    root = directory()
    done = root / "node_modules" / ".package-lock.json"
    if not done.exists() or done.stat().st_mtime < (root / "package-lock.json").stat().st_mtime:
        _npm("ci", "--no-audit", "--no-fund")
        done.touch()


class Building:
    """A build beside the start of the stack, which does not wait for it; TONGHENG_CONSOLE=no leaves it out."""

    def __init__(self) -> None:
        self._said = ""
        self._thread: Thread | None = None
        if os.environ.get("TONGHENG_CONSOLE") == "no":
            self._said = "" if is_current() else "TONGHENG_CONSOLE=no"
            return
        self._said = "" if is_current() else why_not()
        if not self._said and not is_current():
            self._thread = Thread(target=self._build, name="console", daemon=True)
            self._thread.start()

    def _build(self) -> None:
        try:
            build_files()
        except OperationsError as error:
            self._said = str(error)

    def result(self) -> str:
        """Wait for the end; what there is to say if there is no console."""
        if self._thread is not None:
            self._thread.join()
        return self._said


def build_files() -> None:
    """Build the console into its `dist`."""
    install()
    _npm("run", "build")


@app.command()
def build(*, force: bool = typer.Option(default=False, help="Though nothing changed.")) -> None:
    """Build the console if it can be built here and something changed."""
    reason = why_not()
    if reason:
        raise OperationsError(f"the console cannot be built: {reason}")
    if force or not is_current():
        build_files()


@app.command()
def check() -> None:
    """Types, lint and unit tests of the console; where Node is missing, say so and pass."""
    reason = why_not()
    if reason:
        print(f"the console is not checked: {reason}", file=sys.stderr)
        return
    try:
        install()
    except OperationsError as error:  # no registry is no mistake of the console's
        last = str(error).strip().splitlines()[-1]
        print(
            f"the console is not checked, its packages cannot be fetched: {last}", file=sys.stderr
        )
        return
    _npm("run", "check")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Play the console in Chromium against the running stack, or one for the while; without a browser, say so and pass."""
    reason = why_not()
    if not reason and not any(shutil.which(name) for name in BROWSERS):
        reason = "there is no Chromium (Debian: apt-get install chromium)"
    if not reason and importlib.util.find_spec("playwright") is None:
        reason = "the Python package playwright is not installed"
    if reason:
        print(f"the console is not tested: {reason}", file=sys.stderr)
        return
    if not is_current():
        build_files()
    given = context.args
    named = any(not each.startswith("-") and ".py" in each for each in given)
    command = [sys.executable, "-m", "pytest", "-q", *([] if named else ["e2e"]), *given]
    with _stack():
        code = subprocess.run(command, cwd=directory(), check=False).returncode
    raise SystemExit(code)


@contextmanager
def _stack() -> Generator[None]:
    """The stack that runs; where none does, one that may deliver webhooks to this machine, until the end."""
    tongheng = [sys.executable, "-m", "operations"]
    asked = subprocess.run([*tongheng, "status"], capture_output=True, check=False)
    if asked.returncode != NOT_RUNNING:
        yield
        return
    os.environ.setdefault(WEBHOOK_NETWORKS, "127.0.0.0/8")
    try:
        if subprocess.run([*tongheng, "up"], check=False).returncode:
            raise OperationsError("the stack does not start: see var/log")
        yield
    finally:
        subprocess.run([*tongheng, "down"], check=False)


@app.command()
def measure() -> None:
    """Measure what interactions cost with 100,000 orders, which are written into the running stack's database."""
    if not is_current():
        build_files()
    command = [sys.executable, "-m", "e2e.measure"]
    raise SystemExit(subprocess.run(command, cwd=directory(), check=False).returncode)


def main() -> None:
    """`python -m operations.console`."""
    try:
        app()
    except OperationsError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
