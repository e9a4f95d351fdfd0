"""Notes: a company's own, and the moves of a toy ledger."""

from alembic import op

from chassis import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make everything."""
    schema.install(op)
    schema.script(
        op,
        """
        CREATE TABLE notes (
            id uuid PRIMARY KEY, company text NOT NULL, text text NOT NULL, version integer NOT NULL,
            recorded_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE heard (event_id uuid PRIMARY KEY, document uuid NOT NULL, version integer NOT NULL, what text NOT NULL);
        """,
    )
    schema.protect(op, "notes")
    schema.share(op, "heard")
    schema.sequence(op, "note_numbers")
