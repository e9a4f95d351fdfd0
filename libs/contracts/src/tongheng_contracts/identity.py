"""Identity's documents, without any secret."""

from __future__ import annotations

from uuid import UUID

from .envelope import EVERY_SERVICE, Event, Part, document
from .privacy import PersonalText


class User(Part):
    """A person who signs in. `companies` is ["*"] for all."""

    id: UUID
    username: PersonalText
    name: PersonalText = ""
    active: bool
    roles: list[str]
    companies: list[str]
    version: int


class Role(Part):
    """A named set of permissions: exact (`sales.order.place`) or by prefix (`sales.order.*`)."""

    id: UUID
    code: str
    name: str = ""
    name_en: str = ""
    permissions: list[str]
    version: int


class Client(Part):
    """A program of a partner or of another team."""

    id: UUID
    client_id: str
    name: PersonalText = ""
    active: bool
    roles: list[str]
    companies: list[str]
    version: int


@document(
    "identity.UserChanged",
    part="user",
    en="A user was created or changed.",
    zh="用户已新建或变更。",
    consumers=EVERY_SERVICE,
)
class UserChanged(Event):
    user: User


@document(
    "identity.RoleChanged",
    part="role",
    en="A role was created or changed.",
    zh="角色已新建或变更。",
    consumers=EVERY_SERVICE,
)
class RoleChanged(Event):
    role: Role


@document(
    "identity.ClientChanged",
    part="client",
    en="An API client was created or changed.",
    zh="API 客户端已新建或变更。",
    consumers=EVERY_SERVICE,
)
class ClientChanged(Event):
    client: Client
