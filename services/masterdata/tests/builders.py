"""Requests and records, with what matters to a test and defaults for the rest."""

from __future__ import annotations


def an_item(code: str = "BOLT-M8", **given: object) -> dict[str, object]:
    """A new item."""
    return {"code": code, "name": "螺栓", "name_en": "Bolt", "base_unit": "PCS", **given}


def a_partner(code: str = "C001", **given: object) -> dict[str, object]:
    """A new customer."""
    return {"code": code, "name": "客户", "name_en": "Customer", "roles": ["customer"], **given}


def a_warehouse(code: str = "SH", **given: object) -> dict[str, object]:
    """A new warehouse of the first company."""
    return {"code": code, "name": "上海仓", "name_en": "Shanghai", "company": "E01", **given}
