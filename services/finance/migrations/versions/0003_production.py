"""Posting rules for production, for companies whose books are older than these."""

import json

from alembic import op
from sqlalchemy import text

from finance.posting.rules.defaults import CLOSED, DEFAULT_RULES, PRODUCED, SUBCONTRACTED, WORKED
from finance.posting.rules.definitions import definition_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TOPICS = {CLOSED, PRODUCED, SUBCONTRACTED, WORKED}


def upgrade() -> None:
    """Companies founded from now on have them from the start; a rule that a bookkeeper has already stays."""
    rules = [
        {
            "code": rule.code,
            "topic": rule.topic,
            "definition": json.dumps(definition_of(rule), ensure_ascii=False),
        }
        for rule in DEFAULT_RULES
        if rule.topic in TOPICS
    ]
    for rule in rules:
        op.get_bind().execute(
            text(
                "INSERT INTO posting_rules (company, code, version, current, topic, active, definition, actor)"
                " SELECT company, :code, 1, true, :topic, true, CAST(:definition AS jsonb), 'system:migration'"
                " FROM company_settings ON CONFLICT DO NOTHING"
            ),
            rule,
        )
