"""The table of wrong passwords."""

from sqlalchemy import Column, DateTime, LargeBinary, Table
from sqlalchemy.dialects.postgresql import ARRAY

from identity.database import metadata

wrong_passwords = Table(
    "wrong_passwords",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("times", ARRAY(DateTime(timezone=True)), nullable=False),
)
