"""Forms, clients, and how often a password may be wrong."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.tokens.rules import (
    Grant,
    InvalidClient,
    InvalidRequest,
    UnsupportedGrantType,
    read_form,
    read_token_request,
)


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def test_a_password_request_is_read() -> None:
    asked = read_token_request(
        read_form(b"grant_type=password&username=li.na&password=%E5%AF%86+1&scope="), None
    )

    assert (asked.grant, asked.username, asked.password) == (Grant.PASSWORD, "li.na", "密 1")
    assert asked.client_secret is None


@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=password&grant_type=refresh_token",
        b"username=%ff",
        b"a=%00",
        "用户=1".encode(),
        b"x=" + b"1" * 2000,
    ],
)
def test_a_form_that_says_something_twice_or_unreadable_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_form(body)


@given(st.binary(max_size=200))
def test_no_form_breaks_the_reader(body: bytes) -> None:
    try:
        form = read_form(body)
    except InvalidRequest:
        return
    assert all(value for value in form.values())


def test_a_missing_password_is_named() -> None:
    with pytest.raises(InvalidRequest, match="password is missing"):
        read_token_request({"grant_type": "password", "username": "li.na"}, None)


def test_other_grants_are_not_given() -> None:
    with pytest.raises(UnsupportedGrantType):
        read_token_request({"grant_type": "implicit"}, None)


def test_a_client_proves_itself_by_header_or_form() -> None:
    form = {"grant_type": "client_credentials"}

    by_header = read_token_request(form, basic("shop-one", "s%3A1"))
    by_form = read_token_request({**form, "client_id": "shop-one", "client_secret": "s:1"}, None)

    assert (by_header.client_id, by_header.client_secret) == ("shop-one", "s:1")
    assert by_header == by_form


@pytest.mark.parametrize(
    "header", ["Bearer x", "Basic !", basic("", "x"), "Basic " + base64.b64encode(b"x").decode()]
)
def test_a_header_that_names_no_client_is_refused(header: str) -> None:
    with pytest.raises(InvalidClient):
        read_token_request({"grant_type": "client_credentials"}, header)


def test_a_client_that_proves_itself_twice_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        read_token_request(
            {"grant_type": "client_credentials", "client_secret": "x"}, basic("shop-one", "x")
        )
