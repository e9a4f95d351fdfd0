"""Composition: which features make this service."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import system_context
from chassis.database import Database
from chassis.service import Service, run
from identity.applications import service as applications
from identity.authorize.api import authorize_router, sign_out_router
from identity.authorize.service import SignIn
from identity.clients import api as clients
from identity.clients import service as client_service
from identity.factors.api import factors_router, helped_router
from identity.factors.service import Factors
from identity.guessing import service as guessing
from identity.keys import service as keys
from identity.keys.api import keys_router, public_router
from identity.keys.service import KeyRing, Sealing
from identity.passwords import Passwords
from identity.refusals import api as refusals
from identity.roles import api as roles
from identity.roles import service as role_service
from identity.separation import api as separation
from identity.separation import service as separation_service
from identity.sessions import service as sessions
from identity.settings import Settings
from identity.tokens.api import tokens_router
from identity.tokens.service import Issuer
from identity.usage import api as usage
from identity.usage import service as usage_service
from identity.users import service as users
from identity.users.api import me_router, user_sessions_router, users_router

CLEAN_UP_SECONDS = 3600.0


def build(settings: Settings | None = None) -> Service:
    """The identity service."""
    settings = settings or Settings()
    sealing = Sealing(settings.key_encryption_key.get_secret_value())
    ring = KeyRing(sealing)
    passwords = Passwords(settings)
    factors = Factors(
        Sealing(settings.key_encryption_key.get_secret_value(), purpose="second-factors")
    )
    issuer = Issuer(settings, ring=ring, passwords=passwords, factors=factors)
    sign_in = SignIn(settings, issuer=issuer, ring=ring, factors=factors)

    async def seed(session: AsyncSession) -> None:
        await keys.seed(session, sealing)
        await role_service.seed(session)
        await applications.seed(session)
        await separation_service.seed(session)
        await users.seed(
            session,
            passwords,
            username=settings.admin_username,
            password=settings.admin_password.get_secret_value(),
        )

    return Service(
        name="identity",
        directory=Path(__file__).resolve().parents[2],
        settings=settings,
        routers=[
            users_router(passwords),
            user_sessions_router(),
            helped_router(factors),
            me_router(passwords),
            factors_router(factors, passwords),
            roles.router,
            roles.catalogue_router,
            separation.router,
            clients.router,
            usage.router,
            usage.own_router,
            usage.totals_router,
            keys_router(sealing, ring),
        ],
        extra_routers=[
            tokens_router(issuer),
            authorize_router(sign_in),
            sign_out_router(sign_in),
            public_router(settings, ring),
            usage.told_router,
            refusals.told_router,
        ],
        background=[clean_up],
        seed=seed,
        gather_seconds=0.1,
    )


async def clean_up(database: Database) -> None:
    """Forget, every hour, the sessions that ended long ago and the private halves of keys that sign no more."""
    while True:
        async with database.transaction(system_context("identity")) as session:
            await sessions.remove_old(session)
            await client_service.remove_old_assertions(session)
            await guessing.remove_old(session)
            await usage_service.remove_old(session)
            await keys.forget_private_halves(session)
        await asyncio.sleep(CLEAN_UP_SECONDS)


def main() -> None:
    """`python -m identity`."""
    run(build)
