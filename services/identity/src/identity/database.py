"""The tables of this service share one metadata of their own."""

from chassis.database import service_metadata

metadata = service_metadata()
