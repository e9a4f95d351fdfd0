"""The metadata of the inventory database."""

from __future__ import annotations

from chassis.database import service_metadata

metadata = service_metadata()
