"""The dispatch list and the schedule, as they are at this moment."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import BusinessError
from production.orders import service as orders
from production.orders.rules import Order
from production.replicas import service as replicas
from production.scheduling.engine import Unschedulable
from production.shop_floor.rules import Bar, Job, Place, bars_of, jobs_of
from production.work_centres import service as work_centres
from tongheng_contracts.production import ProductionOrderStatus


class NoRoom(BusinessError):
    """A work centre has no working hours for what is to be done there."""

    code = "no-capacity"
    status = 409
    en = "Operation {operation} of order {number} finds no working hours at {work_centre}."
    zh = "订单 {number} 工序 {operation} 在工作中心“{work_centre}”没有可用工时。"


async def dispatch_list(session: AsyncSession, company: str, work_centre: str | None) -> list[Job]:
    """What is to be done, the most urgent first."""
    jobs = jobs_of(await _released(session, company))
    return [j for j in jobs if work_centre in (None, j.operation.work_centre)]


async def gantt(session: AsyncSession, company: str) -> list[Bar]:
    """When each operation can be done, within the shifts of its work centre."""
    jobs = jobs_of(await _released(session, company))
    calendars = await work_centres.calendars_of(session, company)
    places = {
        code: Place(code, row["capacity"], calendars[row["calendar"]])
        for code, row in (await work_centres.of_company(session, company)).items()
    }
    known = (await replicas.find_companies(session, [company])).get(company)
    zone = ZoneInfo(known.time_zone if known else "Asia/Shanghai")
    now = (await replicas.now(session)).astimezone(zone).replace(second=0, microsecond=0)
    try:
        return await asyncio.to_thread(bars_of, jobs, places, now)
    except Unschedulable as error:
        job = jobs[error.operation]
        raise NoRoom(
            operation=job.operation.operation,
            number=job.order.number,
            work_centre=job.operation.work_centre,
        ) from error


async def _released(session: AsyncSession, company: str) -> list[Order]:
    found = await orders.open_orders(session, company)
    return [o for o in found if o.status is ProductionOrderStatus.RELEASED]
