"""API clients over HTTP."""

import jwt

from chassis.testing import Api, EmittedEvents
from tongheng_contracts.identity import ClientChanged

from ..conftest import Forms, Given


async def test_a_client_gets_its_secret_once(
    api: Api, forms: Forms, emitted_events: EmittedEvents
) -> None:
    body = {"client_id": "shop-one", "name": "Shop", "roles": ["partner"], "companies": ["E01"]}

    first = await api.post("/identity/clients", body, idempotency_key="one")
    repeated = await api.post("/identity/clients", body, idempotency_key="one")
    read = await api.get("/identity/clients/shop-one")

    assert (first.status_code, len(first.json()["secret"])) == (201, 43)
    assert first.headers["etag"] == '"1"'
    assert int(first.headers["content-length"]) == len(first.content)
    assert repeated.headers["idempotency-replayed"] == "true"
    assert repeated.json() == {**first.json(), "secret": None}
    assert "secret" not in read.json()
    told = [event.client for event in await emitted_events(ClientChanged)]
    assert [(each.client_id, each.roles) for each in told] == [("shop-one", ["partner"])]
    assert first.json()["secret"] not in told[0].model_dump_json()


async def test_two_secrets_at_a_time_so_that_one_can_be_changed(
    api: Api, forms: Forms, a_client: Given
) -> None:
    client = await a_client()
    path = f"/identity/clients/{client['id']}/secrets"

    second = await api.post(path)
    third = await api.post(path)
    removed = await api.request(
        "DELETE", f"{path}/{client['secret_id']}", headers={"if-match": '"1"'}
    )
    old = await forms.token(
        grant_type="client_credentials", client_id="shop-one", client_secret=client["secret"]
    )
    new = await forms.token(
        grant_type="client_credentials", client_id="shop-one", client_secret=second.json()["secret"]
    )

    assert (second.status_code, third.status_code, removed.status_code) == (201, 409, 204)
    assert (old.status_code, new.status_code) == (401, 200)
    assert [each["id"] for each in (await api.get(path)).json()] == [second.json()["secret_id"]]


async def test_a_disabled_client_gets_no_token(api: Api, forms: Forms, a_client: Given) -> None:
    client = await a_client()
    asked = {
        "grant_type": "client_credentials",
        "client_id": "shop-one",
        "client_secret": client["secret"],
    }

    disabled = await api.post("/identity/clients/shop-one/disable")
    shut_out = await forms.token(**asked)
    enabled = await api.post("/identity/clients/shop-one/enable")
    let_in = await forms.token(**asked)

    assert (disabled.json()["version"], enabled.json()["version"]) == (2, 3)
    assert (shut_out.status_code, let_in.status_code) == (401, 200)


async def test_an_id_that_could_be_a_persons_is_refused(
    api: Api, forms: Forms, a_user: Given
) -> None:
    user = await a_user()

    answers = [
        await api.post("/identity/clients", {"client_id": client_id, "name": "X"})
        for client_id in (
            user["id"],
            "abcdefab-abcd-abcd-abcd-abcdefabcdef",
            "tongheng",
            "A",
            "a b c",
        )
    ]
    given = await api.post("/identity/clients", {"name": "X"})

    assert {answer.status_code for answer in answers} == {422}
    assert given.json()["client_id"].startswith("client-")


async def test_clients_outside_the_scope_do_not_exist(api: Api, a_client: Given) -> None:
    client = await a_client(companies=["E02"])
    manager = api.as_("*", companies=["E01"])

    answers = [
        await manager.get(f"/identity/clients/{client['id']}"),
        await manager.post(f"/identity/clients/{client['id']}/secrets"),
        await manager.get(f"/identity/clients/{client['id']}/secrets"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert (await manager.get("/identity/clients")).json()["items"] == []


async def test_a_client_is_changed_and_listed(api: Api, a_client: Given) -> None:
    await a_client()

    changed = await api.patch("/identity/clients/shop-one", {"companies": ["E01"]}, if_match='"1"')
    again = await api.post("/identity/clients", {"client_id": "shop-one", "name": "X"})
    listed = await api.get("/identity/clients", active="true", client_id="shop-one")

    assert changed.json()["version"] == 2
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    assert listed.json()["items"] == [changed.json()]


async def test_a_limit_of_its_own_is_in_the_clients_next_token(
    api: Api, forms: Forms, a_client: Given
) -> None:
    client = await a_client(requests_per_second=5)
    path = f"/identity/clients/{client['id']}"
    asked = {
        "grant_type": "client_credentials", "client_id": "shop-one", "client_secret": client["secret"],
    }  # fmt: skip

    first = (await forms.token(**asked)).json()["access_token"]
    changed = await api.patch(path, {"requests_per_second": 0}, if_match='"1"')
    second = (await forms.token(**asked)).json()["access_token"]
    refused = [
        await api.patch(path, {"requests_per_second": wrong}, if_match='"2"')
        for wrong in (-1, 10_001, "5", 1.5)
    ]

    said = [jwt.decode(each, options={"verify_signature": False}) for each in (first, second)]
    assert [each.get("requests_per_second") for each in said] == [5, None]
    assert (changed.status_code, changed.json()["requests_per_second"]) == (200, 0)
    assert [each.status_code for each in refused] == [422] * 4
    assert (await api.get(path)).json()["version"] == 2
