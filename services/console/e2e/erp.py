"""What a test prepares and checks beside the browser, by the same API."""

from __future__ import annotations

import time
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

EVENTUALLY_SECONDS = 90


class Erp:
    """The gateway's API as the administrator calls it."""

    def __init__(self, gateway: str, username: str, password: str) -> None:
        self._client = httpx.Client(base_url=f"{gateway}/api/v1", timeout=60)
        self._form = {"grant_type": "password", "username": username, "password": password}
        self._until = 0.0

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _header(self) -> dict[str, str]:
        if time.monotonic() > self._until:
            # an old token beside the form would be taken for the client's own proof
            self._client.headers.pop("Authorization", None)
            answer = self._client.post("/auth/token", data=self._form).raise_for_status().json()
            self._client.headers["Authorization"] = f"Bearer {answer['access_token']}"
            self._until = time.monotonic() + answer["expires_in"] / 2
        return {"Idempotency-Key": str(uuid4())}

    def post(self, path: str, body: object | None = None) -> Any:
        """A command; the answer's body."""
        answer = self._client.post(path, json=body or {}, headers=self._header())
        assert answer.is_success, answer.text
        return answer.json()

    def put(self, path: str, body: object, *, version: int = 0) -> Any:
        """A replacement of a version."""
        headers = self._header() | {"If-Match": f'"{version}"'}
        answer = self._client.put(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str, **query: str) -> Any:
        """A question."""
        self._header()
        answer = self._client.get(path, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    def program(self, client: str, secret: str, path: str, *, times: int) -> list[int]:
        """What a program is answered that asks so often."""
        base = self._client.base_url
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        token = httpx.post(f"{base}auth/token", data=form, timeout=60).raise_for_status().json()
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        url = f"{base}{path.removeprefix('/')}"
        return [httpx.get(url, headers=headers, timeout=60).status_code for _ in range(times)]

    def quiet(self) -> None:
        """Wait until nothing is pending anywhere."""
        deadline = time.monotonic() + EVENTUALLY_SECONDS
        while not self.get("/status")["quiet"]:
            assert time.monotonic() < deadline, "the stack does not come to rest"
            time.sleep(0.2)


class Company:
    """A company of a test's own, with the warehouses SH and GZ."""

    def __init__(self, erp: Erp) -> None:
        self.erp = erp
        self.tag = uuid4().hex[:6].upper()
        self.code = f"W{self.tag}"
        body = {
            "code": self.code,
            "name": f"通衡商贸 {self.tag}",
            "name_en": f"Tongheng Trading {self.tag}",
        }
        erp.post("/masterdata/companies", body)
        for name, zh, en, priority in (
            ("SH", "上海仓", "Shanghai", 10),
            ("GZ", "广州仓", "Guangzhou", 20),
        ):
            erp.post(
                "/masterdata/warehouses",
                {
                    "code": self.of(name), "name": zh, "name_en": en, "company": self.code, "priority": priority,
                },
            )  # fmt: skip
        erp.quiet()

    def of(self, code: str) -> str:
        """A code that no other test uses."""
        return f"{code}-{self.tag}"

    def item(self, code: str, name: str, name_en: str, **values: object) -> str:
        """An item."""
        body = {
            "code": self.of(code),
            "name": name,
            "name_en": name_en,
            "base_unit": "PCS",
            "tax_code": "VAT13",
        }
        self.erp.post("/masterdata/items", body | values)
        return self.of(code)

    def partner(self, code: str, role: str, name: str, name_en: str) -> str:
        """A customer or supplier."""
        body = {"code": self.of(code), "name": name, "name_en": name_en, "roles": [role]}
        self.erp.post("/masterdata/partners", body)
        return self.of(code)

    def opening(self, *lines: tuple[str, str, str, str]) -> None:
        """Opening stock: item, warehouse, quantity, unit cost."""
        rows = [
            {"item": item, "warehouse": self.of(warehouse), "quantity": quantity, "unit_cost": cost}
            for item, warehouse, quantity, cost in lines
        ]
        self.erp.post(
            "/inventory/adjustments", {"company": self.code, "reason": "opening", "lines": rows}
        )

    def balance(self, account: str) -> Decimal:
        """The closing balance of an account now, debit positive."""
        period = datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m")
        report = self.erp.get("/finance/reports/trial-balance", company=self.code, period=period)
        return sum(
            (
                Decimal(row["closing_debit"]) - Decimal(row["closing_credit"])
                for row in report["items"]
                if row["account"] == account
            ),
            Decimal(0),
        )

    def at_rest(self) -> None:
        """Every equality of the books holds, with nothing on its way."""
        self.erp.quiet()
        deadline = time.monotonic() + EVENTUALLY_SECONDS
        while True:
            rows = self.erp.get("/finance/proof", company=self.code)["equalities"]
            open_ones = [row for row in rows if Decimal(row["difference"]) or row["in_flight"]]
            if rows and not open_ones:
                return
            assert time.monotonic() < deadline, open_ones
            time.sleep(0.5)
