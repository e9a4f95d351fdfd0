"""Second factors: sealed keys and the hashes of recovery codes. Never published."""

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    func,
)

from identity.database import metadata

second_factors = Table(
    "second_factors",
    metadata,
    Column[UUID]("user", Uuid, ForeignKey("users.id"), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("last_step", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", DateTime(timezone=True)),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column[UUID]("user", Uuid, ForeignKey("users.id"), primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("used_at", DateTime(timezone=True)),
)
