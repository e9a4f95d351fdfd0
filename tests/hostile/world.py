"""The company that is attacked, its people, and the strangers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from operations.client import Client

from ..integration.company import Company, line
from .attack import Caller

ROLES = (
    "administrator", "buyer", "seller", "warehouse_keeper", "planner", "bookkeeper", "controller", "engineer", "operator",
    "partner", "auditor",
)  # fmt: skip
PASSWORD = "Hostile-7-campaign!"


@dataclass(slots=True)
class World:
    """All that the cases need."""

    erp: Client
    http: aiohttp.ClientSession
    admin: Caller
    nobody: Caller
    by_role: dict[str, Caller]
    usernames: dict[str, str]
    ours: Company
    theirs: Company
    item: str
    inactive: str
    customer: str
    supplier: str
    order: dict[str, Any]
    their_order: dict[str, Any]
    purchase: dict[str, Any]
    voucher: dict[str, Any]

    def order_body(self, **changes: Any) -> dict[str, Any]:
        """A good order of ours."""
        body: dict[str, Any] = {
            "company": self.ours.code,
            "customer": self.customer,
            "lines": [line(self.item, "1", "10")],
        }
        return {**body, **changes}

    def line_body(self, **changes: Any) -> dict[str, Any]:
        """A good order with one line of its own."""
        return self.order_body(lines=[{**line(self.item, "1", "10"), **changes}])

    async def another_administrator(self) -> str:
        """The name of an administrator of his own, so that what he does to himself hurts nobody else."""
        return await self._person(roles=["administrator"], companies=["*"])

    async def narrow_partner(self) -> str:
        """The name of somebody who sees one customer's documents of one company."""
        return await self._person(
            roles=["partner"], companies=[self.ours.code], partners=[self.customer], warehouses=[]
        )

    async def limited(self, **scope: list[str]) -> Caller:
        """An administrator who is limited to this scope."""
        name = await self._person(roles=["administrator"], **scope)
        return Caller(self.erp.address, self.http, await sign_in(self.erp.address, self.http, name))

    async def _person(self, **values: Any) -> str:
        name = f"hostile.{uuid4().hex[:8]}"
        await self.erp.post("/identity/users", {"username": name, "password": PASSWORD, **values})
        await self.erp.quiet()
        return name


async def build(erp: Client, http: aiohttp.ClientSession) -> World:
    """Two companies with a little business, and a user of each ready-made role who sees only the first."""
    tag = uuid4().hex[:6]
    ours, theirs = await Company.found(erp), await Company.found(erp)
    item = await ours.item("H")
    inactive = await ours.item("H-OLD")
    await erp.post(f"/masterdata/items/{inactive}/deactivate")
    customer = await ours.partner("H-C", "customer")
    supplier = await ours.partner("H-S", "supplier")
    usernames = {role: f"hostile.{role}.{tag}" for role in ROLES}
    for role, username in usernames.items():
        await erp.post(
            "/identity/users",
            {"username": username, "password": PASSWORD, "roles": [role], "companies": [ours.code]},
        )
    await erp.quiet()
    for company in (ours, theirs):
        await company.opening((item, "SH", "100", "4"))
    order = await ours.order(customer, line(item, "3", "10"))
    their_order = await theirs.order(customer, line(item, "3", "10"))
    purchase = await ours.purchase(supplier, "SH", line(item, "10", "4"))
    await erp.quiet()
    vouchers = await erp.items("/finance/vouchers", company=ours.code)
    by_role = {
        role: Caller(erp.address, http, await sign_in(erp.address, http, username))
        for role, username in usernames.items()
    }
    return World(
        erp=erp, http=http, admin=Caller(erp.address, http, await erp.token()),
        nobody=Caller(erp.address, http), by_role=by_role, usernames=usernames, ours=ours, theirs=theirs,
        item=item, inactive=inactive, customer=customer, supplier=supplier, order=order, their_order=their_order,
        purchase=purchase, voucher=vouchers[0],
    )  # fmt: skip


async def sign_in(address: str, http: aiohttp.ClientSession, username: str) -> str:
    """An access token of one of our users."""
    form = {"grant_type": "password", "username": username, "password": PASSWORD}
    async with http.post(f"{address}/api/v1/auth/token", data=form) as answer:
        answer.raise_for_status()
        return str((await answer.json())["access_token"])


def forged(claims: dict[str, Any], key: Any = None, algorithm: str = "EdDSA", **header: Any) -> str:
    """A token that nobody but us signed."""
    now = int(time.time())
    said = {
        "iss": "https://tongheng.local", "aud": "tongheng", "sub": str(uuid4()), "jti": uuid4().hex, "iat": now,
        "exp": now + 600, "client_id": "console", "roles": ["administrator"], "companies": ["*"], "permissions": ["*"],
        **claims,
    }  # fmt: skip
    said = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(
        said, key if key is not None else Ed25519PrivateKey.generate(), algorithm=algorithm,
        headers={"typ": "at+jwt", "kid": "k1", **header},
    )  # fmt: skip
