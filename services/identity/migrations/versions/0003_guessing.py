"""Wrong passwords are counted here, for all processes together."""

from alembic import op

from chassis import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GUESSING = """
CREATE TABLE wrong_passwords (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    times timestamptz[] NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON wrong_passwords TO {api}, {worker};
"""


def upgrade() -> None:
    """Add the table."""
    schema.script(op, GUESSING)


def downgrade() -> None:
    """Nobody misses what was counted a minute ago."""
    schema.script(op, "DROP TABLE wrong_passwords;")
