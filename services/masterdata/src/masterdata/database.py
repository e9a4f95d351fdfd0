"""The metadata of masterdata's tables."""

from chassis.database import service_metadata

metadata = service_metadata()
