"""Rights follow identity's events: newer versions only, and a disabled user is out at the next refresh."""

from uuid import UUID, uuid4

import pytest

from chassis.access import AccessDirectory, on_roles_changed, on_users_changed
from chassis.context import system_context
from chassis.errors import Unauthenticated
from tongheng_contracts.identity import Client, ClientChanged, Role, RoleChanged, User, UserChanged

ADA = UUID("0197f0e8-0000-7000-8000-00000000ada0")


def user(
    version: int, *, active: bool = True, roles=("clerk",), companies=("CN01",), id: UUID = ADA
) -> UserChanged:
    return UserChanged(
        user=User(
            id=id,
            username="ada",
            active=active,
            roles=list(roles),
            companies=list(companies),
            version=version,
        )
    )


def role(code: str, *permissions: str, version: int = 1) -> RoleChanged:
    return RoleChanged(
        role=Role(id=uuid4(), code=code, permissions=list(permissions), version=version)
    )


async def told(database, *, users=(), roles=()) -> None:
    async with database.transaction(system_context("identity")) as session:
        await on_users_changed(session, list(users))
        await on_roles_changed(session, list(roles))


async def test_a_user_has_what_his_roles_permit(database, issuer, app, api):
    directory = app.state.authenticator._directory
    directory._roles.clear()
    await told(database, users=[user(1)], roles=[role("clerk", "toys.note.read")])
    token = issuer.token(str(ADA), roles=["admin"], companies=["*"])
    await directory.refresh()

    assert (await api.get(token=token)).status_code == 200
    assert (await api.post(json={"code": "A", "quantity": "1"}, token=token)).status_code == 403
    assert (await api.get("/scope?company=CN01", token=token)).json()["companies"] == "CN01"

    await told(database, roles=[role("clerk", "toys.*", version=2)])
    await directory.refresh()
    assert (await api.post(json={"code": "A", "quantity": "1"}, token=token)).status_code == 201


async def test_a_disabled_user_is_refused_with_a_token_that_was_good(database, app, api, issuer):
    directory = app.state.authenticator._directory
    await told(database, users=[user(1)])
    await directory.refresh()
    token = issuer.token(str(ADA))
    assert (await api.get(token=token)).status_code == 200

    await told(database, users=[user(2, active=False)])
    await directory.refresh()

    assert (await api.get(token=token)).status_code == 401


async def test_older_versions_change_nothing(database, issuer):
    await told(database, users=[user(3, active=False)], roles=[role("clerk", "a.b", version=5)])
    await told(database, users=[user(2), user(1)], roles=[role("clerk", "*", version=4)])
    await told(database, users=[user(2), user(3, active=False)])
    directory = AccessDirectory(database)
    await directory.refresh()

    assert directory._roles == {"clerk": (5, frozenset({"a.b"}))}
    assert directory._users[str(ADA)].active is False and directory._users[str(ADA)].version == 3


async def test_the_newest_of_a_batch_counts(database):
    await told(database, users=[user(2, companies=["*"]), user(1), user(2, companies=["*"])])
    directory = AccessDirectory(database)
    await directory.refresh()

    assert directory._users[str(ADA)].companies is None


async def test_a_client_is_known_by_its_client_id(database, issuer, app, api):
    client = Client(
        id=uuid4(), client_id="shop-7", active=True, roles=["reader"], companies=["CN01"], version=1
    )
    await told(database, users=[ClientChanged(client=client)])
    await app.state.authenticator._directory.refresh()

    token = issuer.token("shop-7", roles=["clerk"])

    assert (await api.get(token=token)).status_code == 200
    assert (await api.post(json={"code": "A", "quantity": "1"}, token=token)).status_code == 403


async def test_who_is_not_in_the_replica_has_what_the_token_says(issuer, directory):
    from chassis.auth import Claims

    def claims(**changes) -> Claims:
        known = {
            "subject": "ext",
            "name": "Ext",
            "client": "",
            "roles": ("reader",),
            "companies": frozenset({"CN01"}),
        }
        return Claims(
            **{
                **known,
                "permissions": frozenset({"own.thing"}),
                "expires_at": 0.0,
                "token_id": "1",
                **changes,
            }
        )

    caller = directory.principal_for(claims())

    assert (
        caller.may("toys.note.read")
        and caller.may("own.thing")
        and not caller.may("toys.note.place")
    )
    assert directory.principal_for(claims()) is caller
    directory.load(users={"ext": (False, [], [])})
    with pytest.raises(Unauthenticated):
        directory.principal_for(claims())


async def test_a_row_of_a_late_commit_is_still_read(database):
    """Its `changed_at` is older than what was seen last, for the transaction had begun earlier."""
    directory = AccessDirectory(database)
    late = uuid4()
    async with database.transaction(system_context("identity")) as slow:
        await on_roles_changed(slow, [])
        await slow.execute(__import__("sqlalchemy").text("SELECT now()"))
        await told(database, users=[user(1)])
        await directory.refresh()
        await on_users_changed(slow, [user(1, id=late)])
    await directory.refresh()

    assert str(late) in directory._users


async def test_nobody_is_judged_before_the_replica_was_read(database, app, api, issuer):
    directory = app.state.authenticator._directory
    await told(database, users=[user(1)], roles=[role("clerk", "toys.note.read")])
    token = issuer.token(str(ADA))
    fresh = AccessDirectory(database)
    app.state.authenticator._directory = fresh
    try:
        early = await api.get(token=token)
        await fresh.refresh()
        later = await api.get(token=token)
    finally:
        app.state.authenticator._directory = directory

    # A refusal would be believed; this is asked again.
    assert (early.status_code, early.headers["retry-after"]) == (503, "1")
    assert later.status_code == 200
