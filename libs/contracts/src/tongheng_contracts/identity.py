"""Identity's documents, without any secret."""

from __future__ import annotations

from uuid import UUID

from .envelope import EVERY_SERVICE, Event, Part, document, fact
from .privacy import PersonalText


class User(Part):
    """A person who signs in. Companies, warehouses and partners are ["*"] for all."""

    id: UUID
    username: PersonalText
    name: PersonalText = ""
    active: bool
    roles: list[str]
    companies: list[str]
    version: int
    warehouses: list[str] = ["*"]
    partners: list[str] = ["*"]
    """The customers and suppliers whose documents he sees."""
    own: bool = False
    """He sees only documents that he made himself."""


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
    warehouses: list[str] = ["*"]
    partners: list[str] = ["*"]
    own: bool = False


class Session(Part):
    """One sign-in, from its beginning to its end."""

    id: UUID
    subject: str
    """Who had signed in."""
    reason: str


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


@fact(
    "identity.SessionEnded",
    part="session",
    en="A sign-in has ended: tokens that came of it are no longer good.",
    zh="登录会话已结束，由其签发的令牌随即失效。",
    consumers=EVERY_SERVICE,
)
class SessionEnded(Event):
    session: Session
