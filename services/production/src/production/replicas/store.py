"""How replicas are found."""

from __future__ import annotations

from chassis.replicas import Named
from production.replicas.rules import (
    CompanyReplica,
    ItemReplica,
    SupplierReplica,
    TaxCodeReplica,
    WarehouseReplica,
)
from production.replicas.tables import companies, items, suppliers, tax_codes, warehouses

ITEMS = Named(items, ItemReplica)
WAREHOUSES = Named(warehouses, WarehouseReplica)
COMPANIES = Named(companies, CompanyReplica)
SUPPLIERS = Named(suppliers, SupplierReplica)
TAX_CODES = Named(tax_codes, TaxCodeReplica)
