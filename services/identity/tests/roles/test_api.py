"""Roles over HTTP."""

from chassis.testing import Api, EmittedEvents, Harness
from tongheng_contracts.identity import RoleChanged

from ..conftest import Forms


async def test_a_role_is_made_changed_and_told(
    api: Api, forms: Forms, emitted_events: EmittedEvents
) -> None:
    made = await api.post(
        "/identity/roles",
        {"code": "packer", "name": "打包", "permissions": ["inventory.delivery.pick"]},
    )
    changed = await api.patch(
        "/identity/roles/packer",
        {"permissions": ["inventory.delivery.*"]},
        if_match=made.headers["etag"],
    )

    assert (made.status_code, made.json()["version"]) == (201, 1)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    told = [
        event.role for event in await emitted_events(RoleChanged) if event.role.code == "packer"
    ]
    assert [(role.version, role.permissions) for role in told] == [
        (1, ["inventory.delivery.pick"]),
        (2, ["inventory.delivery.*"]),
    ]


async def test_a_code_is_taken_once(api: Api, forms: Forms) -> None:
    again = await api.post("/identity/roles", {"code": "buyer", "name": "Buyer"})

    assert (again.status_code, again.json()["code"]) == (409, "duplicate")


async def test_nobody_makes_a_role_with_more_than_he_has(api: Api, forms: Forms) -> None:
    manager = api.as_("identity.role.*", "sales.*")

    beyond = await manager.post(
        "/identity/roles", {"code": "all", "name": "All", "permissions": ["finance.*"]}
    )
    within = await manager.post(
        "/identity/roles", {"code": "some", "name": "Some", "permissions": ["sales.order.*"]}
    )
    take_away = await manager.patch(
        "/identity/roles/controller", {"permissions": []}, if_match='"1"'
    )

    assert (beyond.status_code, beyond.json()["code"]) == (403, "forbidden")
    assert within.status_code == 201
    assert take_away.status_code == 403


async def test_the_administrators_role_stays(api: Api, forms: Forms) -> None:
    answer = await api.patch("/identity/roles/administrator", {"permissions": []}, if_match='"1"')

    assert (answer.status_code, answer.json()["code"]) == (409, "immutable")


async def test_a_change_names_its_version(api: Api, forms: Forms) -> None:
    missing = await api.patch("/identity/roles/buyer", {"name": "X"})
    stale = await api.patch("/identity/roles/buyer", {"name": "X"}, if_match='"7"')

    assert (missing.status_code, stale.status_code) == (428, 412)


async def test_the_first_start_gives_ten_roles_and_a_second_changes_nothing(
    api: Api, forms: Forms, harness: Harness, emitted_events: EmittedEvents
) -> None:
    await api.patch(
        "/identity/roles/buyer", {"permissions": ["purchasing.order.*"]}, if_match='"1"'
    )
    before = await emitted_events(RoleChanged)

    assert harness.service.seed is not None
    from chassis.context import Context

    async with harness.worker.transaction(Context(actor="system:identity")) as session:
        await harness.service.seed(session)

    listed = (await api.get("/identity/roles", ready_made="true")).json()["items"]
    assert {role["code"] for role in listed} == {
        "administrator", "auditor", "bookkeeper", "buyer", "controller", "engineer", "operator", "partner", "planner",
        "seller", "warehouse_keeper",
    }  # fmt: skip
    assert next(role for role in listed if role["code"] == "buyer")["permissions"] == [
        "purchasing.order.*"
    ]
    assert len(await emitted_events(RoleChanged)) == len(before)
