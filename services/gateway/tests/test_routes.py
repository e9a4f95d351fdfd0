"""Where paths lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import NotFound
from gateway.routes import Access, Routes

ROUTES = Routes({"identity": ["http://identity"], "sales": ["http://sales"]})


@pytest.mark.parametrize(
    ("path", "service", "access"),
    [
        ("/api/v1/sales/orders", "sales", Access.TOKEN),
        ("/api/v1/sales/orders/SO-2026-000123", "sales", Access.TOKEN),
        ("/api/v1/sales/orders:batch", "sales", Access.TOKEN),
        ("/api/v1/sales/%E8%AE%A2", "sales", Access.TOKEN),
        ("/api/v1/identity/keys:rotate", "identity", Access.TOKEN),
        ("/api/v1/auth/token", "identity", Access.SIGN_IN),
        ("/api/v1/auth/authorize", "identity", Access.SIGN_IN),
        ("/api/v1/auth/userinfo", "identity", Access.SIGN_IN),
        ("/.well-known/jwks.json", "identity", Access.PUBLIC),
    ],
)
def test_a_path_leads_to_its_service(path: str, service: str, access: Access) -> None:
    route = ROUTES.find(path)

    assert (route.service, route.access, route.is_batch) == (
        service,
        access,
        path.endswith(":batch"),
    )


@pytest.mark.parametrize(
    "path",
    [
        "/", "/metrics", "/status", "/api/v1/sales", "/api/v1/sales/", "/api/v1/finance/vouchers", "/api/v2/sales/x",
        "/api/v1/auth/users", "/api/v1/auth/token/x", "/.well-known/other", "/api/v1/sales/../identity/users",
        "/api/v1/sales/./x", "/api/v1/sales/x/..", "/api/v1/sales//x", "/api/v1/sales/%2e%2e/identity",
        "/api/v1/sales/x%2F..%2Fy", "/api/v1/sales/x%5cy", "/api/v1/sales/x%00", "/api/v1/sales/x%0a", "/api/v1/sales/x%zz",
        "/api/v1/sales/x\\y", "/api/v1/sales/ü", "/api/v1/sales/x y", "/api/v1//sales/x", "/API/v1/sales/x",
        "http://sales/api/v1/sales/x",
    ],
)  # fmt: skip
def test_other_paths_lead_nowhere(path: str) -> None:
    with pytest.raises(NotFound):
        ROUTES.find(path)


@given(st.text(alphabet="/.%2eEfF5cC0abs:", max_size=30))
def test_no_path_escapes_its_service(rest: str) -> None:
    from urllib.parse import unquote

    try:
        route = ROUTES.find("/api/v1/sales/" + rest)
    except NotFound:
        return
    assert route.service == "sales"
    steps = unquote("/api/v1/sales/" + rest).split("/")
    assert ".." not in steps and "." not in steps
