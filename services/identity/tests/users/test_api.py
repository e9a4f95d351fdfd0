"""Users over HTTP."""

import pytest
from sqlalchemy import text

from chassis.testing import Api, EmittedEvents, Harness
from tongheng_contracts.identity import UserChanged

from ..conftest import Forms, Given


async def test_a_user_is_made_and_told_without_his_password(
    a_user: Given, emitted_events: EmittedEvents
) -> None:
    user = await a_user(name="李娜", roles=["buyer"], companies=["E01"])

    assert (user["version"], user["active"], "password" in user) == (1, True, False)
    told = [
        event.user for event in await emitted_events(UserChanged) if event.user.username == "li.na"
    ]
    assert [(str(each.id), each.name, each.roles, each.companies) for each in told] == [
        (user["id"], "李娜", ["buyer"], ["E01"])
    ]


async def test_a_name_is_taken_once_in_any_width_and_case(api: Api, a_user: Given) -> None:
    await a_user("Li.Na")

    again = await api.post("/identity/users", {"username": "ＬＩ.na"})

    assert (again.status_code, again.json()["code"]) == (409, "duplicate")


async def test_a_user_is_found_by_id_and_name(api: Api, a_user: Given) -> None:
    user = await a_user()

    by_id = await api.get(f"/identity/users/{user['id']}")
    by_name = await api.get("/identity/users/LI.NA")
    listed = await api.get("/identity/users", username="li.na")

    assert by_id.json() == by_name.json() == listed.json()["items"][0]
    assert by_id.headers["etag"] == '"1"'


async def test_a_change_has_a_new_version_and_needs_the_present_one(
    api: Api, a_user: Given, emitted_events: EmittedEvents
) -> None:
    user = await a_user(companies=["E01"])
    path = f"/identity/users/{user['id']}"

    changed = await api.patch(
        path, {"companies": ["E02", "E01"], "roles": ["seller"]}, if_match='"1"'
    )
    stale = await api.patch(path, {"name": "X"}, if_match='"1"')

    assert (changed.json()["version"], changed.json()["companies"]) == (2, ["E01", "E02"])
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert [
        e.user.version for e in await emitted_events(UserChanged) if e.user.username == "li.na"
    ] == [1, 2]


async def test_disabling_is_known_here_at_once(api: Api, a_user: Given, harness: Harness) -> None:
    user = await a_user(roles=["buyer"])

    disabled = await api.post(f"/identity/users/{user['id']}/disable", if_match='"1"')
    again = await api.post(f"/identity/users/{user['id']}/disable")

    assert (disabled.json()["active"], disabled.json()["version"], again.json()["version"]) == (
        False,
        2,
        2,
    )
    from chassis.context import Context

    async with harness.api.read(Context(actor="test")) as session:
        row = (
            await session.execute(
                text("SELECT active, version FROM access_users WHERE subject = :s"),
                {"s": user["id"]},
            )
        ).one()
    assert tuple(row) == (False, 2)


async def test_unknown_roles_are_named_by_their_place(api: Api, forms: Forms) -> None:
    answer = await api.post("/identity/users", {"username": "x.y", "roles": ["buyer", "emperor"]})

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-reference")
    assert answer.json()["errors"][0]["pointer"] == "/roles/1"


@pytest.mark.parametrize(
    "body",
    [
        {"username": ""},
        {"username": "a", "password": "short"},
        {"username": "a\u0000b"},
        {"username": "a", "active": True},
        {"username": "a", "companies": ["E01,E02"]},
        {"username": "x" * 300},
        {"username": "a", "roles": "buyer"},
    ],
)
async def test_values_that_are_not_allowed_are_refused(
    api: Api, forms: Forms, body: dict[str, object]
) -> None:
    answer = await api.post("/identity/users", body)

    assert answer.status_code == 422, answer.text


async def test_nobody_gives_what_he_has_not(api: Api, forms: Forms) -> None:
    manager = api.as_("identity.user.*", "sales.*", companies=["E01"])

    roles = await manager.post(
        "/identity/users", {"username": "a.b", "roles": ["administrator"], "companies": ["E01"]}
    )
    company = await manager.post("/identity/users", {"username": "a.b", "companies": ["E02"]})
    everywhere = await manager.post("/identity/users", {"username": "a.b", "companies": ["*"]})
    fine = await manager.post("/identity/users", {"username": "a.b", "companies": ["E01"]})

    assert (roles.status_code, roles.json()["code"]) == (403, "forbidden")
    assert (company.status_code, company.json()["code"]) == (403, "out-of-scope")
    assert (everywhere.status_code, everywhere.json()["code"]) == (403, "out-of-scope")
    assert fine.status_code == 201


async def test_users_outside_the_scope_do_not_exist(api: Api, a_user: Given) -> None:
    inside = await a_user("in.side", companies=["E01"])
    outside = await a_user("out.side", companies=["E01", "E02"])
    manager = api.as_("*", companies=["E01"])

    answers = [
        await manager.get(f"/identity/users/{outside['id']}"),
        await manager.get("/identity/users/admin"),
        await manager.patch(f"/identity/users/{outside['id']}", {"name": "X"}, if_match='"1"'),
        await manager.post(f"/identity/users/{outside['id']}/disable"),
        await manager.post(
            f"/identity/users/{outside['id']}/password", {"password": "mine from now on"}
        ),
    ]
    listed = (await manager.get("/identity/users")).json()["items"]

    assert {answer.status_code for answer in answers} == {404}
    assert [user["id"] for user in listed] == [inside["id"]]


async def test_nobody_resets_the_password_of_somebody_with_more_rights(
    api: Api, a_user: Given
) -> None:
    boss = await a_user("the.boss", roles=["controller"], companies=["E01"])
    manager = api.as_("identity.user.*", companies=["E01"])

    answer = await manager.post(
        f"/identity/users/{boss['id']}/password", {"password": "mine from now on"}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_the_last_administrator_stays(api: Api, a_user: Given) -> None:
    admin = (await api.get("/identity/users/admin")).json()

    disable = await api.post(f"/identity/users/{admin['id']}/disable")
    demote = await api.patch(f"/identity/users/{admin['id']}", {"roles": []}, if_match='"1"')
    confine = await api.patch(
        f"/identity/users/{admin['id']}", {"companies": ["E01"]}, if_match='"1"'
    )
    await a_user("second.one", roles=["administrator"], companies=["*"])
    now = await api.post(f"/identity/users/{admin['id']}/disable")

    assert {answer.status_code for answer in (disable, demote, confine)} == {409}
    assert disable.json()["code"] == "invalid-state"
    assert now.status_code == 200


async def test_a_person_changes_his_own_password_knowing_the_present_one(
    api: Api, forms: Forms, a_user: Given
) -> None:
    user = await a_user()
    himself = api.as_("nothing.at.all", subject=user["id"])

    wrong = await himself.post(
        "/identity/me/password", {"current_password": "guess", "password": "brand new words"}
    )
    right = await himself.post(
        "/identity/me/password",
        {"current_password": "a fine password", "password": "brand new words"},
    )

    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong-password")
    assert right.status_code == 204
    assert (await forms.sign_in("li.na", "brand new words"))["access_token"]


async def test_lists_are_paged_and_filtered(api: Api, a_user: Given) -> None:
    for number in range(5):
        await a_user(
            f"user.{number}", roles=["buyer"] if number % 2 else ["seller"], companies=["E01"]
        )

    first = (await api.get("/identity/users", limit="2", role="seller")).json()
    second = (
        await api.get("/identity/users", limit="2", role="seller", cursor=first["next"])
    ).json()
    unknown = await api.get("/identity/users", password="x")

    assert [user["username"] for page in (first, second) for user in page["items"]] == [
        "user.0",
        "user.2",
        "user.4",
    ]
    assert second["next"] is None
    assert (unknown.status_code, unknown.json()["code"]) == (400, "invalid-query")


async def test_without_the_permission_nothing_is_done(api: Api, forms: Forms) -> None:
    reader = api.as_("identity.user.read")

    assert (await reader.post("/identity/users", {"username": "a.b"})).status_code == 403
    assert (await reader.get("/identity/users")).status_code == 200
