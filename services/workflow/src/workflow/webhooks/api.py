"""How webhooks are asked for over HTTP. A secret is in one answer, once; a repetition of the command shows it no more."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import CodeIn, Input, TextIn
from workflow.addresses.resolving import Lookup, addresses_of
from workflow.addresses.rules import Network, read_url
from workflow.webhooks import service, store
from workflow.webhooks.rules import CODES_MAX, FIELDS_MAX, TYPES_MAX, Filter
from workflow.webhooks.sealing import Sealing
from workflow.webhooks.store import Health, Webhook
from workflow.webhooks.tables import webhooks as table

READ = "workflow.webhook.read"
CHANGE = "workflow.webhook.change"
ADMINISTER = "workflow.webhook.administer"

TypesIn = Annotated[list[CodeIn], Field(min_length=1, max_length=TYPES_MAX)]
CodesIn = Annotated[list[CodeIn], Field(max_length=CODES_MAX)]
FieldsIn = Annotated[dict[str, TextIn], Field(max_length=FIELDS_MAX)]


class CreateWebhook(Input):
    """A new webhook. Types such as `sales.OrderPlaced`, `sales.*` or `*`; empty filters let everything through."""

    url: TextIn
    description: TextIn = ""
    types: TypesIn
    companies: CodesIn = []
    partners: CodesIn = []
    fields: FieldsIn = {}
    """Field of the document, or of its lines (`lines.item`), and the value it must have."""


class ChangeWebhook(Input):
    """What is to be different; what is not named stays. `active` turns it on again, or pauses it."""

    url: TextIn | None = None
    description: TextIn | None = None
    types: TypesIn | None = None
    companies: CodesIn | None = None
    partners: CodesIn | None = None
    fields: FieldsIn | None = None
    active: bool | None = None


class RotateSecret(Input):
    """How long the secret that there was still signs beside the new one."""

    overlap_hours: int = Field(default=24, ge=0, le=24 * 7)


class WebhookView(BaseModel):
    """A webhook. `off`: turned off by us, with the reason; its events wait, as when it is paused."""

    id: UUID
    version: int
    url: str
    description: str
    types: list[str]
    companies: list[str]
    partners: list[str]
    fields: dict[str, str]
    status: Literal["on", "paused", "off"]
    active: bool
    off_because: str
    owner: str
    owner_name: str
    client: str
    previous_secret_until: datetime | None
    failures: int
    failing_since: datetime | None
    retry_at: datetime | None
    succeeded_at: datetime | None
    recorded_at: datetime
    changed_at: datetime


class WebhookWithSecret(WebhookView):
    """A webhook with its new secret, which is null when the answer is repeated."""

    secret: str | None


class _ShownOnce(JSONResponse):
    """An answer with a secret. What is kept of it for repetitions (`body`) has none."""

    def __init__(self, shown: WebhookWithSecret, *, status_code: int) -> None:
        kept = shown.model_copy(update={"secret": None})
        super().__init__(kept.model_dump(mode="json"), status_code=status_code)
        self._whole = JSONResponse(shown.model_dump(mode="json"), status_code=status_code)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        for name, value in self.headers.items():
            if name not in ("content-length", "content-type"):
                self._whole.headers[name] = value
        await self._whole(scope, receive, send)


def view(webhook: Webhook, health: Health) -> WebhookView:
    """The webhook as it is shown."""
    return WebhookView(
        id=webhook.id,
        version=webhook.version,
        url=webhook.url,
        description=webhook.description,
        types=list(webhook.types),
        companies=sorted(webhook.filter.companies),
        partners=sorted(webhook.filter.partners),
        fields=dict(webhook.filter.fields),
        status=cast("Any", webhook.status.value),
        active=webhook.status.value == "on",
        off_because=webhook.off_because,
        owner=webhook.owner,
        owner_name=webhook.owner_name,
        client=webhook.client,
        previous_secret_until=webhook.previous_until,
        failures=health.failures,
        failing_since=health.failing_since,
        retry_at=health.retry_at,
        succeeded_at=health.succeeded_at,
        recorded_at=webhook.recorded_at,
        changed_at=webhook.changed_at,
    )


def _shown_once(webhook: Webhook, health: Health, secret: str, *, status_code: int) -> Response:
    shown = WebhookWithSecret(**view(webhook, health).model_dump(), secret=secret)
    response = _ShownOnce(shown, status_code=status_code)
    etag(response, webhook.version)
    return response


async def _viewed(session: Session, webhook: Webhook, response: Response) -> WebhookView:
    etag(response, webhook.version)
    healths = await store.health_of(session, [webhook.id])
    return view(webhook, healths.get(webhook.id, Health()))


def webhooks_router(
    sealing: Sealing,
    networks: tuple[Network, ...],
    resume: Callable[[Session, UUID], Any],
    lookup: Lookup,
) -> APIRouter:
    """The routes; `resume` has what waits for a webhook sent at once."""
    router = commands("workflow", "webhooks")

    async def check_url(url: str) -> None:
        # Again at each delivery: a name may lead elsewhere by then.
        await addresses_of(read_url(url), networks, lookup)

    @router.post("", status_code=201, response_model=WebhookWithSecret)
    async def create_webhook(
        body: CreateWebhook, session: Session, caller: Annotated[Principal, requires(CHANGE)]
    ) -> Response:
        """Subscribe to events, within your own rights and scope. The secret is shown this once."""
        types = tuple(dict.fromkeys(body.types))
        wanted = Filter(
            companies=frozenset(body.companies),
            partners=frozenset(body.partners),
            fields=body.fields,
        )
        service.check(caller, types, wanted)  # before anybody's name is looked up for him
        await check_url(body.url)
        webhook, secret = await service.create(
            session,
            caller,
            sealing,
            url=body.url,
            description=body.description,
            types=types,
            wanted=wanted,
        )
        return _shown_once(webhook, Health(), secret, status_code=201)

    @router.get("", response_model=Page[WebhookView])
    async def list_webhooks(
        session: Session,
        paging: Paging,
        caller: Annotated[Principal, requires(READ)],
        status: Annotated[Literal["on", "paused", "off"] | None, Query()] = None,
        everybody: Annotated[bool, Query()] = False,
    ) -> Page[WebhookView]:
        """Your webhooks, oldest first; everybody's for who administers them."""
        if everybody:
            caller.check(ADMINISTER)
        found = await page(
            session,
            store.listed(None if everybody else caller.subject, status),
            paging,
            key=(table.c.id,),
            allowed_sorts={"recorded_at": table.c.recorded_at},
            make=lambda row: store.webhook_of(cast("dict[str, Any]", by_name(row))),
        )
        healths = await store.health_of(session, [each.id for each in found.items])
        items = [view(each, healths.get(each.id, Health())) for each in found.items]
        return Page(items=items, next=found.next)

    @router.get("/{webhook}", response_model=WebhookView)
    async def get_webhook(
        webhook: UUID,
        session: Session,
        response: Response,
        caller: Annotated[Principal, requires(READ)],
    ) -> WebhookView:
        """One webhook, and how its receiver is doing."""
        return await _viewed(session, await service.found(session, caller, webhook), response)

    @router.patch("/{webhook}", response_model=WebhookView)
    async def change_webhook(
        webhook: UUID,
        body: ChangeWebhook,
        session: Session,
        response: Response,
        version: IfMatch,
        caller: Annotated[Principal, requires(CHANGE)],
    ) -> WebhookView:
        """Change a webhook, pause it, or turn it on again: what waited is sent then, in its order."""
        if body.url is not None:
            await check_url(body.url)
        changes = service.Changes(
            url=body.url,
            description=body.description,
            types=None if body.types is None else tuple(dict.fromkeys(body.types)),
            companies=None if body.companies is None else frozenset(body.companies),
            partners=None if body.partners is None else frozenset(body.partners),
            fields=body.fields,
            active=body.active,
        )
        after, resumed = await service.change(session, caller, webhook, changes, expected=version)
        if resumed:
            await resume(session, webhook)
        return await _viewed(session, after, response)

    @router.post("/{webhook}/rotate-secret", response_model=WebhookWithSecret)
    async def rotate_webhook_secret(
        webhook: UUID,
        session: Session,
        version: IfMatch,
        caller: Annotated[Principal, requires(CHANGE)],
        body: RotateSecret | None = None,
    ) -> Response:
        """Get a new secret, shown this once. Until the overlap ends both sign, so that you change over without a gap."""
        hours = (body or RotateSecret()).overlap_hours
        after, secret = await service.rotate(
            session, caller, sealing, webhook, overlap=timedelta(hours=hours), expected=version
        )
        healths = await store.health_of(session, [webhook])
        return _shown_once(after, healths.get(webhook, Health()), secret, status_code=200)

    @router.delete("/{webhook}", status_code=204, response_class=Response)
    async def delete_webhook(
        webhook: UUID,
        session: Session,
        version: IfMatch,
        caller: Annotated[Principal, requires(CHANGE)],
    ) -> Response:
        """Unsubscribe. What was not delivered yet is not sent any more."""
        await service.delete(session, caller, webhook, expected=version)
        return Response(status_code=204)

    return router
