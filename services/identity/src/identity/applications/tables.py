"""Registered applications."""

from sqlalchemy import Column, DateTime, Table, Text, func
from sqlalchemy.dialects.postgresql import ARRAY

from identity.database import metadata

applications = Table(
    "applications",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column[list[str]]("redirect_uris", ARRAY(Text), nullable=False),
    Column[list[str]]("post_logout_redirect_uris", ARRAY(Text), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
