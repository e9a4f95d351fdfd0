"""One document out of many."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.openapi import compose
from gateway.upstreams import Replicas

from .conftest import Start, Upstream

ORDER = {
    "type": "object",
    "properties": {"lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}}},
}
SALES: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Tongheng sales", "version": "0.1.0"},
    "paths": {
        "/api/v1/sales/orders": {
            "post": {
                "operationId": "orders_place_order",
                "tags": ["orders"],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                    }
                },
                "responses": {"201": {"description": "Created"}},
                "security": [{"accessToken": []}],
            }
        },
        "/internal": {"get": {"operationId": "internal"}},
    },
    "components": {
        "schemas": {
            "Order": ORDER,
            "Line": {
                "oneOf": [{"$ref": "#/components/schemas/Order"}],
                "discriminator": {
                    "propertyName": "kind",
                    "mapping": {"order": "#/components/schemas/Order"},
                },
            },
        },
        "securitySchemes": {"accessToken": {"type": "http", "scheme": "bearer"}},
    },
}


def references(value: Any) -> set[str]:
    """All places that a document refers to."""
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        mapped = value.get("mapping", {}).values() if "propertyName" in value else ()
        return own.union(
            mapped, *(references(each) for key, each in value.items() if key != "mapping")
        )
    if isinstance(value, list):
        return set().union(*(references(each) for each in value))
    return set()


def resolves(document: dict[str, Any], reference: str) -> bool:
    """Whether the place exists."""
    value: Any = document
    for step in reference.removeprefix("#/").split("/"):
        value = value.get(step) if isinstance(value, dict) else None
    return value is not None


def test_names_are_prefixed_and_references_follow() -> None:
    whole = compose({"sales": SALES, "purchasing": SALES}, version="1")

    assert set(whole["components"]["schemas"]) == {
        "sales_Order",
        "sales_Line",
        "purchasing_Order",
        "purchasing_Line",
    }
    operation = whole["paths"]["/api/v1/sales/orders"]["post"]
    assert operation["tags"] == ["purchasing/orders"] or operation["tags"] == ["sales/orders"]
    assert "/internal" not in whole["paths"]
    assert all(resolves(whole, reference) for reference in references(whole))


def test_operation_ids_are_prefixed_by_service() -> None:
    whole = compose({"sales": SALES}, version="1")

    assert (
        whole["paths"]["/api/v1/sales/orders"]["post"]["operationId"] == "sales_orders_place_order"
    )
    assert whole["paths"]["/api/v1/status"]["get"]["operationId"] == "gateway_status"


def test_the_services_documents_are_left_as_they_were() -> None:
    import copy

    before = copy.deepcopy(SALES)
    compose({"sales": SALES}, version="1")

    assert before == SALES


@given(
    st.dictionaries(
        st.sampled_from(["A", "B", "C"]), st.sampled_from(["A", "B", "C", "$ref"]), min_size=1
    )
)
def test_every_reference_to_a_known_schema_resolves(schemas: dict[str, str]) -> None:
    document = {
        "paths": {},
        "components": {
            "schemas": {
                name: {"properties": {"$ref": {"$ref": f"#/components/schemas/{to}"}}}
                for name, to in schemas.items()
            }
        },
    }

    whole = compose({"x": document}, version="1")

    known = {f"#/components/schemas/{name}" for name in schemas}
    for name, to in schemas.items():
        reference = whole["components"]["schemas"][f"x_{name}"]["properties"]["$ref"]["$ref"]
        assert resolves(whole, reference) == (f"#/components/schemas/{to}" in known)


async def test_the_document_is_served_and_kept_when_a_service_goes_down(
    start: Start, upstream: Upstream
) -> None:
    upstream.document = SALES
    async with start(upstreams={"sales": upstream.address}) as plain:
        first = await plain.ask("GET", "/api/v1/openapi.json")
        again = await plain.ask("GET", "/api/v1/openapi.json", if_none_match=first.header("etag"))
        plain.gateway.routes.services["sales"] = Replicas(["http://127.0.0.1:1"])
        plain.gateway.documents._read_at = float("-inf")
        await plain.gateway.documents.read()
        later = await plain.ask("GET", "/api/v1/openapi.json")

    assert "/api/v1/sales/orders" in first.json["paths"]
    assert first.json["info"]["x-services"]["sales"] == {"version": "0.1.0", "answers": True}
    assert (again.status, again.body) == (304, b"")
    assert "/api/v1/sales/orders" in later.json["paths"]
    assert later.json["info"]["x-services"]["sales"]["answers"] is False


async def test_a_service_that_answers_nonsense_spoils_nothing(
    start: Start, upstream: Upstream
) -> None:
    upstream.document = {"paths": {"/api/v1/sales/x": {"get": {"operationId": "x"}}}}
    async with start(
        upstreams={"sales": upstream.address, "finance": "http://127.0.0.1:1"}
    ) as plain:
        answer = await plain.ask("GET", "/api/v1/openapi.json")

    assert answer.status == 200
    assert "finance" not in answer.json["info"]["x-services"]
    assert answer.json["paths"]["/api/v1/sales/x"]["get"]["operationId"] == "sales_x"
