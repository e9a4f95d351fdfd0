"""Where gateways tell whom they refused: they have no database of their own, and each refusal leaves its audit entry."""

from typing import Literal, cast

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.errors import BusinessError, Forbidden, ValidationFailed
from chassis.http import address_of, context_for
from chassis.problems import answer
from chassis.refusals import Refusals
from identity.usage.api import read_body

GatewaysOwn = Literal["/api/v1/status", "/api/v1/stream"]
"""What the gateway answers itself, and refuses whoever may not."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")

    method: Literal["GET", "HEAD"]
    path: GatewaysOwn


told_router = APIRouter(include_in_schema=False)


@told_router.post("/refusals", status_code=204, response_class=Response)
async def take_refusal(request: Request) -> Response:
    """One refusal of the caller whose token comes along; from where is in `X-Forwarded-For`.

    It is no path of the public API, so nobody comes here through the gateway; and the entry names him whose token it is,
    is one of few, and is counted like a service's own refusals: who is past the gateway can write nothing else with it.
    """
    refusals = cast("Refusals", request.app.state.refusals)
    try:
        context = await context_for(request)
        told = _Told.model_validate_json(await read_body(request))
    except ValidationError:
        return answer(request, ValidationFailed())
    except BusinessError as error:
        return answer(request, error)
    action = f"{told.method} {told.path}"
    await refusals.note(
        context,
        action=action,
        route=action,
        code=Forbidden.code,
        status=Forbidden.status,
        address=address_of(request),
    )
    return Response(status_code=204)
