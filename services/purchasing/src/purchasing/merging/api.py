"""How requisitions are ordered over HTTP."""

from typing import Annotated

from pydantic import BaseModel, Field

from chassis.http import Principal, Session, commands, requires
from chassis.values import CodeIn, DateIn, Input, PriceIn, QuantityIn
from purchasing.merging import service
from purchasing.merging.service import Picked
from purchasing.orders.api import OrderView, view
from purchasing.orders.rules import LINES_MAX

router = commands("purchasing", "requisitions")

LineNumber = Annotated[int, Field(ge=1, le=1_000_000)]


class PickedLineIn(Input):
    """A requisition's line, or a part of its open quantity."""

    requisition: CodeIn
    line: LineNumber
    quantity: QuantityIn | None = None
    supplier: CodeIn | None = None
    unit_price: PriceIn | None = None


class OrderRequisitionsIn(Input):
    """Requisitions, or lines of them, to be ordered; `supplier` and `warehouse` overrule theirs."""

    requisitions: Annotated[list[CodeIn], Field(max_length=1_000)] = Field(
        default_factory=list[str]
    )
    lines: Annotated[list[PickedLineIn], Field(max_length=LINES_MAX)] = Field(
        default_factory=list[PickedLineIn]
    )
    supplier: CodeIn | None = None
    warehouse: CodeIn | None = None
    business_date: DateIn | None = None

    def picked(self) -> list[Picked]:
        """Lines first: they say more than the requisition as a whole."""
        lines = [
            Picked(**dict(line), at=f"/lines/{index}") for index, line in enumerate(self.lines)
        ]
        return [*lines, *(Picked(ref) for ref in self.requisitions)]


class OrdersView(BaseModel):
    """The orders that requisitions became."""

    orders: list[OrderView]


@router.post(":order", status_code=201, response_model=OrdersView)
async def order_requisitions(
    body: OrderRequisitionsIn,
    session: Session,
    caller: Annotated[Principal, requires("purchasing.order.create")],
) -> OrdersView:
    """Merge open requisition lines into draft orders, one per supplier and warehouse."""
    orders = await service.order_requisitions(
        session,
        caller,
        body.picked(),
        supplier=body.supplier,
        warehouse=body.warehouse,
        business_date=body.business_date,
    )
    return OrdersView(orders=[view(order) for order in orders])
