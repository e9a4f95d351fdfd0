"""Runs all tests: each member in a process of its own, then whole flows on one stack; counts them."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from operations.errors import OperationsError
from operations.ports import free_ports
from operations.postgres import STOP_SIGNAL, Postgres, wait_until_ready
from operations.services import repository

FLOWS = "tests"
NO_TESTS = 5
TOGETHER = 2
"""Members at the same time: more would only wait for the same processor."""
MEMBER_SECONDS_MAX = 2400
"""Beyond every member's time on a slow machine; a test's own limit is pytest's `timeout`."""
KILLED = -9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one member's tests."""

    member: str
    code: int
    tests: int
    failed: int
    skipped: int
    seconds: float

    @property
    def passed(self) -> int:
        """Tests that ran and held."""
        return self.tests - self.failed - self.skipped


def members() -> list[str]:
    """Libraries and services that have tests, then the flows across them."""
    root = repository()
    found = [
        str(path.parent.relative_to(root))
        for group in ("libs", "services")
        for path in sorted((root / group).glob("*/tests"))
    ]
    return [*found, FLOWS]


@contextmanager
def test_postgres() -> Generator[str]:
    """A PostgreSQL for this run, quick and forgetful; the one in TONGHENG_TEST_POSTGRES if it is given."""
    given = os.environ.get("TONGHENG_TEST_POSTGRES")
    if given:
        yield given
        return
    forgetful = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    with tempfile.TemporaryDirectory(prefix="tongheng-test-") as folder:
        directory = Path(folder)
        # Where another user has to run the server, that user must be able to enter.
        directory.chmod(0o755)
        server = Postgres(directory / "postgres", free_ports().postgres, "test", forgetful)
        server.initialise()
        with (directory / "postgres.log").open("wb") as log:
            process = subprocess.Popen(
                server.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **server.popen_user(),
            )
        try:
            wait_until_ready(server, process)
            yield server.url()
        finally:
            process.send_signal(STOP_SIGNAL)
            process.wait(timeout=30)


def run_member(
    member: str, arguments: Sequence[str], environment: Mapping[str, str], *, quiet: bool
) -> Outcome:
    """Run one member's tests; its output is shown when it is done, so that two do not mix."""
    root = repository()
    report = root / "var" / "reports" / f"tests-{member.replace('/', '-')}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    folder = member if member == FLOWS else f"{member}/tests"
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", f"--rootdir={root}"]
    command += [f"--junitxml={report}", "-q", folder, *arguments]
    begun = time.monotonic()
    printed: str | bytes | None
    try:
        ran = subprocess.run(
            command,
            cwd=root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            check=False,
            timeout=MEMBER_SECONDS_MAX,
        )
        code, printed = ran.returncode, ran.stdout
    except subprocess.TimeoutExpired as error:
        print(f"{member} did not end within {MEMBER_SECONDS_MAX} s", file=sys.stderr, flush=True)
        code, printed = KILLED, error.stdout
    if quiet:
        shown = printed.decode(errors="replace") if isinstance(printed, bytes) else printed
        print(f"\n── {member}\n{shown or ''}", flush=True)
    tests, failed, skipped = _counted(report)
    return Outcome(member, code, tests, failed, skipped, time.monotonic() - begun)


def _counted(report: Path) -> tuple[int, int, int]:
    if not report.exists():
        return 0, 0, 0
    suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314 - see above

    def total(*names: str) -> int:
        return sum(int(suite.get(name, "0")) for suite in suites for name in names)

    return total("tests"), total("failures", "errors"), total("skipped")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for, print the counts, fail if any test failed or none ran."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", metavar="MEMBER", help="e.g. services/sales, or tests for the flows"
    )
    parser.add_argument("--without", metavar="MEMBER")
    chosen, passed_on = parser.parse_known_args(arguments)
    there = members()
    if chosen.only and chosen.only not in there:
        raise OperationsError(f"{chosen.only} has no tests: choose one of {', '.join(there)}")
    wanted = [chosen.only] if chosen.only else [name for name in there if name != chosen.without]
    begun = time.monotonic()
    with test_postgres() as url:
        environment = {**os.environ, "TONGHENG_TEST_POSTGRES": url}
        outcomes = _run(wanted, passed_on, environment)
    return _tell(outcomes, seconds=time.monotonic() - begun)


def _run(
    wanted: Sequence[str], passed_on: Sequence[str], environment: Mapping[str, str]
) -> list[Outcome]:
    alone = len(wanted) == 1
    apart = [name for name in wanted if name != FLOWS]
    with ThreadPoolExecutor(max_workers=TOGETHER) as pool:
        running = [
            pool.submit(run_member, name, passed_on, environment, quiet=not alone) for name in apart
        ]
        outcomes = [future.result() for future in running]
    # The flows start a whole stack and measure time: nothing else runs beside them.
    if FLOWS in wanted:
        outcomes.append(run_member(FLOWS, passed_on, environment, quiet=False))
    return outcomes


def _tell(outcomes: Sequence[Outcome], *, seconds: float) -> int:
    print()
    for outcome in outcomes:
        # pytest's 5 means that it found no test, which a selection with -k makes normal in some members.
        verdict = "ok" if outcome.code in {0, NO_TESTS} else f"FAILED ({outcome.code})"
        print(
            f"{outcome.member:24} {outcome.passed:5} passed {outcome.failed:4} failed "
            f"{outcome.skipped:4} skipped {outcome.seconds:7.1f} s  {verdict}"
        )
    tests = sum(outcome.tests for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    broken = any(outcome.code not in {0, NO_TESTS} for outcome in outcomes)
    print(
        f"\n{tests} tests: {tests - failed - skipped} passed, {failed} failed, {skipped} skipped "
        f"in {seconds:.0f} s"
    )
    return 1 if broken or tests == 0 else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OperationsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
