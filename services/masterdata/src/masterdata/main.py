"""Composition root of masterdata: the list of its features."""

from __future__ import annotations

from pathlib import Path

from chassis.service import Service, run
from masterdata.categories import api as categories
from masterdata.companies import api as companies
from masterdata.items import api as items
from masterdata.partners import api as partners
from masterdata.rates import api as rates
from masterdata.seed import seed
from masterdata.settings import Settings
from masterdata.tax_codes import api as tax_codes
from masterdata.terms import api as terms
from masterdata.units import api as units
from masterdata.warehouses import api as warehouses


def build(settings: Settings | None = None) -> Service:
    """The service: it tells what changes and hears of nothing but permissions."""
    return Service(
        name="masterdata",
        directory=Path(__file__).resolve().parents[2],
        settings=settings or Settings(),
        routers=[
            companies.router,
            units.router,
            categories.router,
            tax_codes.router,
            terms.router,
            rates.router,
            items.router,
            partners.router,
            warehouses.router,
        ],
        seed=seed,
        gather_seconds=0.1,
    )


def main() -> None:
    """The command line: serve, `migrate` or `openapi`."""
    run(build)
