"""How replicas are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.replicas import Named
from purchasing.replicas import tables
from purchasing.replicas.rules import (
    CompanyReplica,
    Factor,
    ItemReplica,
    PartnerReplica,
    TaxCodeReplica,
    WarehouseReplica,
)


def _units(told: Sequence[Mapping[str, Any]]) -> Mapping[str, Factor]:
    return {u["unit"]: Factor(u["numerator"], u["denominator"]) for u in told}


ITEMS = Named(tables.items, ItemReplica, units=_units)
PARTNERS = Named(tables.partners, PartnerReplica, roles=frozenset)
WAREHOUSES = Named(tables.warehouses, WarehouseReplica)
COMPANIES = Named(tables.companies, CompanyReplica)
TAX_CODES = Named(tables.tax_codes, TaxCodeReplica)
