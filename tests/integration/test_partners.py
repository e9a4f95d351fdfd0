"""Programs of partners: the guide's commands as they stand, and keys that turn under load."""

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from operations.client import Client
from operations.services import repository

from .company import Company

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

GUIDE = repository() / "docs" / "guides" / "partners.md"
COMMANDS = re.compile(r"^```(sh|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


async def _run(kind: str, text: str, folder: Path, environment: dict[str, str]) -> str:
    file = folder / f"{uuid4().hex}.{kind}"
    file.write_text(text, encoding="utf-8")
    command = ["bash", "-eu", str(file)] if kind == "sh" else [sys.executable, str(file)]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=folder, env={**os.environ, **environment}, capture_output=True,
        text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_the_guides_commands_do_what_it_says(
    erp: Client, company: Company, tmp_path: Path
) -> None:
    customer = await company.partner("GUIDE", "customer")
    await erp.quiet()
    told = {
        "GATEWAY": erp.address, "ADMINISTRATOR": await erp.token(), "CLIENT": f"shop-{uuid4().hex[:8]}",
        "COMPANY": company.code, "PARTNER": customer,
    }  # fmt: skip
    blocks = COMMANDS.findall(GUIDE.read_text("utf-8"))
    assert [kind for kind, _ in blocks] == ["sh", "sh", "python", "sh", "sh"]

    shell = "\n".join(text for kind, text in blocks[:4] if kind == "sh")
    said = await _run("sh", shell, tmp_path, told)
    [signed] = [text for kind, text in blocks if kind == "python"]
    assert int(await _run("python", signed, tmp_path, told)) > 0

    assert f'"companies":["{company.code}"]' in said.replace(" ", "")
    headers = (tmp_path / "headers.txt").read_text("utf-8").lower()
    assert "ratelimit-policy:" in headers
    token = json.loads((tmp_path / "token.json").read_text("utf-8"))["access_token"]
    usage = f"TOKEN={token}\n{blocks[4][1]}"

    async def counted() -> list[dict[str, Any]]:
        return json.loads(await _run("sh", usage, tmp_path, told))["days"]

    days = await erp.eventually(counted, bool, seconds=60)
    assert days[0]["calls"] >= 2
    managed = await erp.get(f"/identity/clients/{told['CLIENT']}/usage")
    assert managed["days"][0]["calls"] >= days[0]["calls"]


async def test_keys_turn_under_load_and_nobody_is_refused(erp: Client) -> None:
    stop = asyncio.Event()
    statuses: list[int] = []
    kids: set[str] = set()

    async def ask(http: aiohttp.ClientSession, secret: dict[str, str]) -> None:
        while not stop.is_set():
            form = {"grant_type": "client_credentials", **secret}
            async with http.post(f"{erp.address}/api/v1/auth/token", data=form) as answer:
                statuses.append(answer.status)
                token = str((await answer.json()).get("access_token", ""))
            kids.add(str(json.loads(_decoded(token.split(".", maxsplit=1)[0]))["kid"]))
            for path in ("identity/me", "sales/me", "finance/me", "production/me"):
                headers = {"Authorization": f"Bearer {token}"}
                async with http.get(f"{erp.address}/api/v1/{path}", headers=headers) as answer:
                    statuses.append(answer.status)
            await asyncio.sleep(0.2)  # not to be refused for asking too often

    made = [
        await erp.post(
            "/identity/clients",
            {"client_id": f"load-{uuid4().hex[:8]}", "name": "Load", "roles": ["auditor"], "companies": ["*"]},
        )
        for _ in range(4)
    ]  # fmt: skip
    await erp.quiet()
    async with aiohttp.ClientSession() as http:
        asking = [
            asyncio.create_task(
                ask(http, {"client_id": each["client_id"], "client_secret": each["secret"]})
            )
            for each in made
        ]
        try:

            async def turned() -> int:
                return len(kids)

            await erp.eventually(turned, lambda n: n == 1, seconds=30)
            await erp.post("/identity/keys:rotate")
            await erp.eventually(turned, lambda n: n == 2, seconds=60)
            asked = len(statuses)

            async def more() -> int:
                return len(statuses)

            await erp.eventually(more, lambda n: n >= asked + 100, seconds=60)
        finally:
            stop.set()
            await asyncio.gather(*asking)

    assert set(statuses) == {200}
    assert len(kids) == 2


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
