"""Requests made from the API's own description: Schemathesis, in an environment of its own, as several callers."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SHOWN_MAX = 40
"""Findings of one caller that are shown whole; all are counted."""


@dataclass(frozen=True, slots=True)
class Tries:
    """One run: as whom, and how much."""

    name: str
    form: Mapping[str, str]
    """For the token endpoint; empty: without a token."""
    phases: str
    examples: int
    """Requests made at random for each operation."""


@dataclass(slots=True)
class Found:
    """What came of one run."""

    operations: set[str] = field(default_factory=set[str])
    requests: int = 0
    statuses: Counter[str] = field(default_factory=Counter[str])
    findings: Counter[str] = field(default_factory=Counter[str])
    rows: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    server_errors: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    trouble: str = ""
    """Why the run itself did not end well."""

    def as_dict(self) -> dict[str, object]:
        """For the report."""
        return {
            "operations": len(self.operations),
            "requests": self.requests,
            "statuses": dict(sorted(self.statuses.items())),
            "findings": dict(self.findings),
            "trouble": self.trouble,
        }


async def run(
    tool: Path, tries: Tries, *, address: str, folder: Path, seed: int, only: str = ""
) -> Found:
    """Run Schemathesis once and read its report.

    Args:
        tool: its command, installed by `make hostile`.
        folder: where its reports go.
        only: a pattern of the paths to try; empty for all.
    """
    report = folder / f"{tries.name}.ndjson"
    report.unlink(missing_ok=True)
    arguments = [
        "--config-file", str(HERE / "schemathesis.toml"), "run", f"{address}/api/v1/openapi.json", "--url", address,
        "--checks", "all", "--phases", tries.phases, "--max-examples", str(tries.examples), "--workers", "4",
        "--seed", str(seed), "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all",
        "--request-timeout", "60", "--generation-database", "none", "--report", "ndjson",
        "--report-ndjson-path", str(report), "--no-color",
    ]  # fmt: skip
    if only:
        arguments += ["--include-path-regex", only]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": str(HERE),
        "HOSTILE_ADDRESS": address,
        "HOSTILE_FORM": json.dumps(tries.form),
    }
    log = folder / f"{tries.name}.log"
    with log.open("wb") as told:
        process = await asyncio.create_subprocess_exec(
            str(tool), *arguments, env=environment, cwd=folder, stdout=told, stderr=told
        )
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
    found = read(report) if report.exists() else Found()
    if code not in (0, 1) or not found.requests:
        found.trouble = f"ended with {code}: {log}"
    return found


def read(report: Path) -> Found:
    """What a report of Schemathesis says."""
    found = Found()
    with report.open(encoding="utf-8") as lines:
        for line in lines:
            event: dict[str, Any] = json.loads(line)
            for kind, value in event.items():
                if kind == "ScenarioFinished":
                    _read_scenario(found, value.get("recorder") or {})
                elif kind == "NonFatalError":
                    found.findings["error"] += 1
                    found.rows.append({"group": "generated", "failure": json.dumps(value)[:600]})
    return found


def _read_scenario(found: Found, recorder: Mapping[str, Any]) -> None:
    exchanges: Mapping[str, Any] = recorder.get("interactions") or {}
    if exchanges:
        found.operations.add(str(recorder.get("label")))
    found.requests += len(exchanges)
    for exchange in exchanges.values():
        answer = exchange.get("response") or {}
        found.statuses[str(answer.get("status_code", "none"))] += 1
    for case, checks in (recorder.get("checks") or {}).items():
        for check in checks:
            if check.get("status") != "success":
                _note(found, recorder, exchanges.get(case) or {}, check)


def _note(
    found: Found, recorder: Mapping[str, Any], exchange: Mapping[str, Any], check: Mapping[str, Any]
) -> None:
    name = str(check.get("name"))
    label, status = (
        str(recorder.get("label")),
        int((exchange.get("response") or {}).get("status_code") or 0),
    )
    if name == "negative_data_rejection" and status == 200 and _refuses_rows(exchange):
        return  # a batch refuses its rows one by one
    asked, answer = exchange.get("request") or {}, exchange.get("response") or {}
    failure = (check.get("failure_info") or {}).get("failure") or {}
    row: dict[str, object] = {
        "group": "generated",
        "case": f"{name}: {label}",
        "asked": f"{asked.get('method')} {str(asked.get('uri'))[:300]} {_text(asked)[:300]}",
        "status": answer.get("status_code"),
        "failure": str(failure.get("message") or failure.get("title"))[:300],
        "said": _text(answer)[:300],
    }
    found.findings[name] += 1
    if status >= 500:
        found.server_errors.append(row)
    elif len(found.rows) < SHOWN_MAX:
        found.rows.append(row)


def _refuses_rows(exchange: Mapping[str, Any]) -> bool:
    """Whether a batch answered, and refused at least one row: what was wrong was in one of them."""
    try:
        said = json.loads(_text(exchange.get("response") or {}))
    except ValueError:
        return False
    rows = said.get("results") if isinstance(said, dict) else None
    return isinstance(rows, list) and any(
        isinstance(row, dict) and row.get("status", 0) >= 400 for row in rows
    )


def _text(message: Mapping[str, Any]) -> str:
    content: Any = message.get("content") or message.get("body") or ""
    if isinstance(content, dict):
        content = next((each for each in content.values() if isinstance(each, str)), "")
    try:
        return base64.b64decode(content, validate=True).decode("utf-8", "replace")
    except ValueError:
        return str(content)
