"""The broker's jars: fetched once by Maven into a cache that all checkouts share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from operations.errors import OperationsError
from operations.kafka.java import find_java, home_of

POM = Path(__file__).parent / "pom.xml"


def _property(name: str) -> str:
    found = re.search(rf"<{name}>([^<]+)</{name}>", POM.read_text(encoding="utf-8"))
    assert found is not None, f"no {name} in {POM}"
    return found.group(1)


def version() -> str:
    """The broker's version, as the pom names it."""
    return _property("kafka.version")


def cache_dir() -> Path:
    """Where downloads are kept: the user's cache, so that a fresh clone need not fetch them again."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "tongheng"


def jars_dir() -> Path:
    """The folder of this version's jars; both versions in its name, for either may be raised."""
    return cache_dir() / f"kafka-{version()}-log4j-{_property('log4j.version')}"


def ensure_jars() -> Path:
    """The folder with all jars, fetched now unless they are there."""
    target = jars_dir()
    if target.is_dir():
        return target
    maven = shutil.which("mvn")
    if maven is None:
        raise OperationsError(
            "Maven is missing, which fetches Kafka once: install it "
            "(Debian: apt-get install maven; macOS: brew install maven) and try again"
        )
    cache_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kafka-", dir=cache_dir()) as scratch:
        fetched = Path(scratch) / "jars"
        # Maven leaves a `target` beside the pom; the package's folder must stay clean.
        pom = Path(scratch) / "pom.xml"
        shutil.copyfile(POM, pom)
        options = ["-B", "-q", "-C", "-f", str(pom), "-DincludeScope=runtime"]
        ran = subprocess.run(
            [maven, *options, f"-DoutputDirectory={fetched}", "dependency:copy-dependencies"],
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
            env={**os.environ, "JAVA_HOME": str(home_of(find_java()))},
        )
        if ran.returncode != 0 or not any(fetched.glob("kafka_2.13-*.jar")):
            said = (ran.stdout + ran.stderr).strip().splitlines()
            reason = next((line for line in said if "ERROR" in line), "Maven gave no reason")
            raise OperationsError(
                f"Kafka {version()} could not be fetched by Maven: {reason[:300]}"
            )
        try:
            fetched.rename(target)
        except OSError:
            # Another checkout was quicker.
            assert target.is_dir()
    return target
