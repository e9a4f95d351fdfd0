"""Events and people for workflow's tests: what matters here is given, the rest is usual."""

from typing import Any
from uuid import UUID, uuid4

from tongheng_contracts.envelope import Event
from tongheng_contracts.examples import example
from tongheng_contracts.identity import Role, RoleChanged, User, UserChanged
from tongheng_contracts.sales import OrderChanged, OrderPlaced

HOOK = "https://hooks.partner.com/in"


def changed(topic: str, **values: Any) -> Event:
    """The catalogue's example of a topic, with some fields of its document changed."""
    event = example(topic).event
    part = event.contract.part
    body = {**event.body.model_dump(), **values}
    return type(event).model_validate({part: body})


def order_placed(order: UUID | None = None, **values: Any) -> OrderPlaced:
    """A sales order."""
    made = changed("sales.OrderPlaced", id=order or uuid4(), version=1, **values)
    assert isinstance(made, OrderPlaced)
    return made


def order_changed(order: UUID, version: int, **values: Any) -> OrderChanged:
    """A later version of it."""
    made = changed("sales.OrderChanged", id=order, version=version, **values)
    assert isinstance(made, OrderChanged)
    return made


def role(code: str, *permissions: str) -> RoleChanged:
    """A role."""
    return RoleChanged(role=Role(id=uuid4(), code=code, permissions=list(permissions), version=1))


def user(subject: UUID, *roles: str, version: int = 1, **values: Any) -> UserChanged:
    """A person."""
    given = {"active": True, "companies": ["*"], **values}
    return UserChanged(
        user=User(
            id=subject, username=f"u{subject.hex[:6]}", roles=list(roles), version=version, **given
        )
    )
