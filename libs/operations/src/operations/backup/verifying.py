"""A backup is one that was restored: into a folder and ports of its own, with the proof of every company run there."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from operations.backup.backups import Backup, Progress, silent
from operations.backup.restoring import restore
from operations.backup.sealing import Key
from operations.client import Client
from operations.errors import OperationsError
from operations.ports import free_ports
from operations.stack import Options, Stack

QUIET_SECONDS = 600.0
APART = {"TONGHENG_WEBHOOK_DELIVERIES": "false", "TONGHENG_SMTP_HOST": ""}
"""A copy of a company tells nobody outside of what the company itself has told."""


def verify(
    backup: Backup, key: Key, var_dir: Path, *, data_only: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """Restore a backup beside the stack and look at it; what was found, with `failed` naming what is not right.

    Raises:
        OperationsError: it cannot be restored.
    """
    began = time.monotonic()
    var_dir.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="verify-", dir=var_dir))
    scratch.chmod(0o755)
    try:
        ports = free_ports()
        restored = restore(scratch, ports.postgres, backup, key, progress=progress)
        passed, failed = ["restored", "watermark"], list[str]()
        if not data_only:
            progress("starting the services", 0, 0)
            stack = Stack(scratch, ports=ports, options=Options(environment=APART))
            with stack.running():
                progress("waiting for quiet", 0, 0)
                for name, differences in asyncio.run(proofs(scratch)).items():
                    (failed if differences else passed).append(f"proof of {name}{differences}")
        return {
            "label": restored.label,
            "reached": restored.reached,
            "passed": passed,
            "failed": failed,
            "seconds": round(time.monotonic() - began, 1),
        }
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


async def proofs(var_dir: Path, *, seconds: float = QUIET_SECONDS) -> dict[str, str]:
    """Of each company what its proof finds wrong once the stack is quiet; empty where nothing is.

    Raises:
        OperationsError: it does not become quiet.
    """
    found: dict[str, str] = {}
    async with Client.of_stack(var_dir) as erp:
        await erp.quiet(seconds=seconds)
        for company in await erp.items("/masterdata/companies"):
            code = str(company["code"])

            async def proof(code: str = code) -> list[dict[str, Any]]:
                answer = await erp.get("/finance/proof", company=code)
                return [each for each in answer["equalities"] if wrong(each)]

            try:
                # The totals are told every few seconds.
                rows = await erp.eventually(proof, lambda rows: not rows, seconds=30)
            except OperationsError:
                rows = await proof()
            found[code] = "".join(
                f"; {each['name']} differs by {each['difference']}" for each in rows
            )
    return found


def wrong(equality: dict[str, Any]) -> bool:
    """Whether an equality of a quiet system does not hold."""
    difference = equality.get("difference")
    return difference is None or Decimal(str(difference)) != 0 or bool(equality.get("in_flight"))
