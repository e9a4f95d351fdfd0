# ruff: noqa: INP001 - a script of its own, copied into the image that builds
"""Used while an image is built: which packages of the lock a service needs, and where its code is found.

packages.py LOCK ROOT SERVICE     writes to standard output the lock of this service alone
packages.py --code ROOT SERVICE   leaves in ROOT only this service's code, and makes it importable
"""

import re
import shutil
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ALIVE = '''\
"""Is the service alive? For the container's health check."""

import os
import urllib.request

address = f"http://127.0.0.1:{os.environ['TONGHENG_PORT']}/livez"
with urllib.request.urlopen(address, timeout=3) as answer:
    raise SystemExit(answer.status != 200)
'''
SERVE = '''\
"""Become the service: `migrate` and `openapi` may follow as arguments."""

import os
import runpy

runpy.run_module("{module}", run_name="__main__", alter_sys=True)
'''


def members(root: Path, service: str) -> list[Path]:
    """The workspace's own packages that a service stands on, itself included."""
    folders = {}
    for file in sorted(root.glob("*/*/pyproject.toml")):
        project = tomllib.loads(file.read_text("utf-8"))["project"]
        folders[canonicalize_name(project["name"])] = (file.parent, project["dependencies"])
    found: dict[str, Path] = {}

    def visit(name: str) -> None:
        if name not in folders or name in found:
            return
        found[name], wanted = folders[name]
        for each in wanted:
            visit(canonicalize_name(Requirement(each).name))

    wanted = canonicalize_name(f"tongheng-{service}")
    if wanted not in folders:
        raise SystemExit(f"there is no service {service}")
    visit(wanted)
    return list(found.values())


def closure(root: Path, service: str) -> set[str]:
    """The names of all packages that are imported, directly or by another."""
    found: set[str] = set()

    def visit(text: str, extras: tuple[str, ...] = ("",)) -> None:
        wanted = Requirement(text)
        if wanted.marker and not any(wanted.marker.evaluate({"extra": one}) for one in extras):
            return
        name = canonicalize_name(wanted.name)
        key = f"{name}[{','.join(sorted(wanted.extras))}]"
        if key in found:
            return
        found.add(key)
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:  # one of our own, or not for this platform
            return
        for each in needs:
            visit(each, (*wanted.extras, ""))

    for folder in members(root, service):
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        for each in project["dependencies"]:
            visit(each)
    return {key.partition("[")[0] for key in found}


def part_of(lock: str, names: set[str]) -> str:
    """The lock's entries of these packages, with their hashes."""
    entries = re.split(r"\n(?=\S)", lock)
    kept = [
        entry
        for entry in entries
        if not entry.startswith("#")
        and canonicalize_name(re.split(r"[=\[ ;@]", entry, maxsplit=1)[0]) in names
    ]
    return "\n".join(kept) + "\n"


def keep_code(root: Path, service: str) -> None:
    """Only what this service runs stays; a path file makes it importable."""
    kept = members(root, service)
    for folder in root.glob("*/*"):
        if folder.parent.name in ("libs", "services") and folder not in kept:
            if service == "gateway" and folder.name == "console":
                continue  # its files are served by the gateway
            if service == "operations" and folder.parent.name == "services":
                continue  # the command knows the services' migrations
            shutil.rmtree(folder)
    site = next((root / "venv").glob("lib/python*/site-packages"))
    (site / "tongheng.pth").write_text("".join(f"{folder / 'src'}\n" for folder in kept))
    module = "operations.cli" if service == "operations" else service
    (root / "serve.py").write_text(SERVE.format(module=module))
    (root / "alive.py").write_text(ALIVE)


if __name__ == "__main__":
    if sys.argv[1] == "--code":
        keep_code(Path(sys.argv[2]), sys.argv[3])
    else:
        where = Path(sys.argv[2])
        sys.stdout.write(part_of(Path(sys.argv[1]).read_text("utf-8"), closure(where, sys.argv[3])))
