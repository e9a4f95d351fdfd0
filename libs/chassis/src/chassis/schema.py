"""What a migration does for the chassis: its tables, row-level security, grants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

INSTALL = """
CREATE SCHEMA proof;
GRANT USAGE ON SCHEMA proof TO {api}, {worker};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {api}, {worker};
CREATE SCHEMA archive;

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    version integer NOT NULL,
    company text NOT NULL,
    subject text NOT NULL,
    actor text NOT NULL,
    correlation_id text NOT NULL,
    causation_id text NOT NULL,
    traceparent text NOT NULL,
    value bytea NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    PRIMARY KEY (recorded_at, id)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
CREATE INDEX outbox_key ON outbox (key);
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;
GRANT SELECT, INSERT ON outbox TO {api};
GRANT SELECT, INSERT, UPDATE ON outbox TO {worker};

-- Also for days whose rows came before their partition and sit in the default one: they are moved.
CREATE FUNCTION ensure_outbox_partitions(days integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public SET lock_timeout = '2s' AS $$
DECLARE day date; name text; low timestamptz; high timestamptz;
BEGIN
    LOCK TABLE ONLY outbox IN SHARE UPDATE EXCLUSIVE MODE;
    FOR day IN SELECT (now() AT TIME ZONE 'UTC')::date + i FROM generate_series(0, days) AS i
               UNION SELECT DISTINCT (recorded_at AT TIME ZONE 'UTC')::date FROM outbox_default ORDER BY 1 LOOP
        name := 'outbox_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(name) IS NOT NULL OR to_regclass('archive.' || name) IS NOT NULL;
        low := day::timestamp AT TIME ZONE 'UTC';
        high := (day + 1)::timestamp AT TIME ZONE 'UTC';
        LOCK TABLE outbox_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE %I (LIKE outbox INCLUDING DEFAULTS INCLUDING STORAGE)', name);
        EXECUTE format('WITH moved AS (DELETE FROM outbox_default WHERE recorded_at >= %L AND recorded_at < %L RETURNING *)'
                       ' INSERT INTO %I SELECT * FROM moved', low, high, name);
        EXECUTE format('ALTER TABLE outbox ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, low, high);
    END LOOP;
END $$;
-- What is not published yet stays where the relay looks for it.
CREATE FUNCTION archive_outbox_partitions(keep_days integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public SET lock_timeout = '2s' AS $$
DECLARE name text; moved integer := 0; pending boolean;
BEGIN
    FOR name IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'outbox'::regclass AND c.relname ~ '^outbox_\\d{{8}}$'
                  AND to_date(right(c.relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - keep_days ORDER BY 1 LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I WHERE published_at IS NULL)', name) INTO pending;
        CONTINUE WHEN pending;
        EXECUTE format('ALTER TABLE outbox DETACH PARTITION %I', name);
        EXECUTE format('ALTER TABLE %I SET SCHEMA archive', name);
        moved := moved + 1;
    END LOOP;
    RETURN moved;
END $$;
REVOKE ALL ON FUNCTION ensure_outbox_partitions(integer), archive_outbox_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_outbox_partitions(integer), archive_outbox_partitions(integer) TO {worker};

CREATE TABLE outbox_offsets (
    topic text NOT NULL, partition integer NOT NULL, "offset" bigint NOT NULL, PRIMARY KEY (topic, partition)
);
GRANT SELECT, INSERT, UPDATE ON outbox_offsets TO {worker};
GRANT SELECT ON outbox_offsets TO {api};

CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    topic text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('applied', 'superseded', 'parked', 'released', 'dropped')),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_recorded ON inbox (recorded_at);
GRANT SELECT, INSERT, UPDATE ON inbox TO {worker};
GRANT SELECT ON inbox TO {api};

CREATE TABLE parked (
    event_id uuid PRIMARY KEY,
    arrival bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL, partition integer NOT NULL, "offset" bigint NOT NULL,
    key text NOT NULL, company text NOT NULL,
    headers jsonb NOT NULL, value bytea NOT NULL,
    status text NOT NULL CHECK (status IN ('parked', 'waiting', 'released', 'dropped')),
    reason text NOT NULL, detail text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz, settled_by text, settled_because text,
    repaired_value bytea, repaired_headers jsonb, repaired_at timestamptz, repaired_by text, repaired_because text
);
CREATE INDEX parked_listed ON parked (parked_at, event_id);
CREATE INDEX parked_open ON parked (key) WHERE status IN ('parked', 'waiting');
GRANT SELECT, INSERT, UPDATE ON parked TO {worker};
GRANT SELECT ON parked TO {api};

CREATE TABLE document_versions (
    document text NOT NULL, id uuid NOT NULL, version integer NOT NULL, PRIMARY KEY (document, id)
);
GRANT SELECT, INSERT, UPDATE ON document_versions TO {worker};
GRANT SELECT ON document_versions TO {api};

CREATE TABLE idempotency_keys (
    client text NOT NULL, key text NOT NULL,
    method text NOT NULL, path text NOT NULL, body_hash bytea NOT NULL,
    status integer NOT NULL, headers jsonb NOT NULL, body bytea NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client, key)
);
CREATE INDEX idempotency_keys_recorded ON idempotency_keys (recorded_at);
GRANT SELECT, INSERT ON idempotency_keys TO {api};
GRANT SELECT, INSERT, DELETE ON idempotency_keys TO {worker};

CREATE TABLE audit_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor text NOT NULL, client text NOT NULL, address text NOT NULL DEFAULT '',
    request_id text NOT NULL, trace text NOT NULL,
    action text NOT NULL, outcome text NOT NULL CHECK (outcome IN ('done', 'refused')),
    document_type text NOT NULL, document_id text NOT NULL, number text NOT NULL, company text NOT NULL,
    before jsonb, after jsonb, code text NOT NULL DEFAULT '',
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_document ON audit_entries (document_id, id);
GRANT SELECT, INSERT ON audit_entries TO {api}, {worker};

-- Chained after the fact by one sequencer (chassis.audit): chaining within the transactions would make them wait for one another.
CREATE TABLE audit_chain (
    seq bigint PRIMARY KEY, entry bigint NOT NULL UNIQUE,
    digest bytea NOT NULL CHECK (length(digest) = 32), hash bytea NOT NULL CHECK (length(hash) = 32),
    chained_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON audit_chain TO {worker};
GRANT SELECT ON audit_chain TO {api};

CREATE TABLE access_users (
    subject text PRIMARY KEY, active boolean NOT NULL, roles text[] NOT NULL, companies text[] NOT NULL,
    version integer NOT NULL, changed_at timestamptz NOT NULL DEFAULT now(), account text NOT NULL DEFAULT '',
    warehouses text[] NOT NULL DEFAULT '{{*}}', partners text[] NOT NULL DEFAULT '{{*}}', own boolean NOT NULL DEFAULT false
);
CREATE TABLE access_ended_sessions (session text PRIMARY KEY, ended_at timestamptz NOT NULL DEFAULT now());
GRANT SELECT, INSERT, DELETE ON access_ended_sessions TO {worker};
GRANT SELECT ON access_ended_sessions TO {api};
CREATE TABLE access_roles (
    code text PRIMARY KEY, permissions text[] NOT NULL, version integer NOT NULL, changed_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE ON access_users, access_roles TO {worker};
GRANT SELECT ON access_users, access_roles TO {api};

CREATE VIEW proof.outbox AS SELECT event_id, topic, key, version, company, recorded_at, published_at FROM outbox;
CREATE VIEW proof.applied AS SELECT event_id, topic, outcome, recorded_at FROM inbox;
CREATE VIEW proof.parked AS SELECT event_id, topic, key, status, reason, parked_at FROM parked;
CREATE VIEW proof.commands AS SELECT client, key, method, path, status, recorded_at FROM idempotency_keys;
CREATE VIEW proof.documents AS SELECT document, id, version FROM document_versions;
GRANT SELECT ON ALL TABLES IN SCHEMA proof TO {worker};
"""


class Operations(Protocol):
    """The part of alembic's `op` that is used here."""

    def execute(self, sqltext: str) -> None: ...

    def get_bind(self) -> object: ...


def database_grants(service: str, database: str) -> list[str]:
    """Who may do what in a database of the service: statements for a superuser who is connected to it."""
    return [
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {service}_api, {service}_worker",
        # A planning run's result comes by COPY into temporary tables first.
        f"GRANT TEMPORARY ON DATABASE {database} TO {service}_worker",
        f"ALTER SCHEMA public OWNER TO {service}_owner",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {service}_api, {service}_worker",
    ]


def _roles(op: Operations) -> dict[str, str]:
    # The owner's name says the service: inventory_owner → inventory_api, inventory_worker.
    from sqlalchemy import Connection, text

    bind = op.get_bind()
    assert isinstance(bind, Connection)
    owner = str(bind.execute(text("SELECT current_user")).scalar_one())
    service = owner.removesuffix("_owner")
    return {"owner": owner, "api": f"{service}_api", "worker": f"{service}_worker"}


def _run(op: Operations, statements: str) -> None:
    from sqlalchemy import Connection
    from sqlalchemy.util import await_only

    bind = op.get_bind()
    assert isinstance(bind, Connection)
    # Several statements at once: asyncpg takes them in its simple protocol only, outside of prepared statements.
    driver = bind.connection.driver_connection
    assert driver is not None
    await_only(driver.execute(statements))


def script(op: Operations, text: str) -> None:
    """Run several SQL statements; `{api}`, `{worker}` and `{owner}` stand for the service's roles.

    A brace of SQL's own is written twice.
    """
    _run(op, text.format(**_roles(op)))


def install(op: Operations) -> None:
    """The chassis' own tables and views."""
    script(op, INSTALL)


def protect(op: Operations, *tables: str, append_only: bool = False) -> None:
    """Row-level security by `company`, forced: the api role sees its caller's companies, the worker all.

    `append_only` withholds UPDATE and DELETE from both: what is written stays.
    """
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    for table in tables:
        script(
            op,
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY company_scope ON {table} TO {{api}}
                USING ((SELECT current_setting('tongheng.companies', true)) = '*'
                       OR company = ANY ((SELECT string_to_array(current_setting('tongheng.companies', true), ','))::text[]))
                WITH CHECK ((SELECT current_setting('tongheng.companies', true)) = '*'
                       OR company = ANY ((SELECT string_to_array(current_setting('tongheng.companies', true), ','))::text[]));
            CREATE POLICY all_companies ON {table} TO {{worker}} USING (true) WITH CHECK (true);
            CREATE POLICY owner_all ON {table} TO {{owner}} USING (true) WITH CHECK (true);
            GRANT {rights} ON {table} TO {{api}}, {{worker}};
            """,
        )


SCOPED_ACCESS = """
ALTER TABLE access_users
    ADD COLUMN IF NOT EXISTS account text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS warehouses text[] NOT NULL DEFAULT '{{*}}',
    ADD COLUMN IF NOT EXISTS partners text[] NOT NULL DEFAULT '{{*}}',
    ADD COLUMN IF NOT EXISTS own boolean NOT NULL DEFAULT false;
CREATE TABLE IF NOT EXISTS access_ended_sessions (session text PRIMARY KEY, ended_at timestamptz NOT NULL DEFAULT now());
GRANT SELECT, INSERT, DELETE ON access_ended_sessions TO {worker};
GRANT SELECT ON access_ended_sessions TO {api};
"""


def widen_access(op: Operations) -> None:
    """The replica of permissions learns of warehouses, partners, own documents and ended sessions.

    For a service whose first revision is older than these; a newer one has them by `install`.
    """
    script(op, SCOPED_ACCESS)


def tell_address(op: Operations) -> None:
    """The audit trail learns from where somebody acted.

    For a service whose first revision is older than that; a newer one has it by `install`.
    """
    script(
        op,
        "ALTER TABLE audit_entries ADD COLUMN IF NOT EXISTS address text NOT NULL DEFAULT '';",
    )


def scope(
    op: Operations,
    table: str,
    *,
    partner: str | Sequence[str] = (),
    warehouse: str | Sequence[str] = (),
    owner: str = "",
    reading_only: bool = False,
    read_to_decide: bool = False,
    anywhere: bool = False,
) -> None:
    """Narrow what the api role sees of a protected table to its caller's partners, warehouses and own documents.

    Each names the column that holds the partner's or warehouse's code, or several of which one must be within the
    scope; a place that is no warehouse (`@transit`) is everybody's. `owner` names the column of who made the row (see
    `owned`). `reading_only` is for rows that commands read beyond the caller's scope to decide rightly: there it holds
    for questions, not within commands. `read_to_decide` is the same for reading, but commands write, and lock, within the
    scope only. `anywhere`: an empty code, or none, stands for every place or partner, and is everybody's.
    """
    conditions = {
        "partner_scope": _among("partners", partner, anywhere=anywhere),
        "warehouse_scope": _among("warehouses", warehouse, free="@%", anywhere=anywhere),
        "owner_scope": _own(owner) if owner else "",
    }  # fmt: skip
    for policy, condition in conditions.items():
        if condition:
            _restrict(op, table, policy, condition, reading_only=reading_only or read_to_decide)
        if condition and read_to_decide:
            script(
                op,
                f"CREATE POLICY {policy}_inserts ON {table} AS RESTRICTIVE FOR INSERT TO {{api}} WITH CHECK ({condition});"
                f"CREATE POLICY {policy}_updates ON {table} AS RESTRICTIVE FOR UPDATE TO {{api}}"
                f" USING ({condition}) WITH CHECK ({condition});",
            )


def scope_by(
    op: Operations, table: str, *, parent: str, column: str, warehouse: str = "", owner: str = ""
) -> None:
    """Show the api role only those rows of a protected table whose parent it sees.

    Reading is what is restricted, and with it UPDATE and DELETE of what was found; INSERT is not: parent and rows may come by
    one statement, which does not see what it adds. `warehouse` and `owner` name columns of a parent that is read to decide:
    rows are changed only where the parent is within the scope.
    """
    condition = (
        "(SELECT current_setting('tongheng.partners', true) = '*' AND current_setting('tongheng.warehouses', true) = '*'"
        " AND current_setting('tongheng.owner', true) = '*')"
        f" OR EXISTS (SELECT 1 FROM {parent} AS parent WHERE parent.id = {table}.{column})"
    )
    script(
        op,
        f"CREATE POLICY parent_scope ON {table} AS RESTRICTIVE FOR SELECT TO {{api}} USING ({condition});",
    )
    within = [f"({_among('warehouses', f'parent.{warehouse}', free='@%')})"] if warehouse else []
    within += [f"({_own(f'parent.{owner}')})"] if owner else []
    if within:
        narrower = condition.removesuffix(")") + " AND " + " AND ".join(within) + ")"
        script(
            op,
            f"CREATE POLICY parent_changes ON {table} AS RESTRICTIVE FOR UPDATE TO {{api}} USING ({narrower});",
        )


def owned(op: Operations, *tables: str) -> None:
    """Give tables a column `created_by` that PostgreSQL fills with who acts; what is older is nobody's own."""
    for table in tables:
        script(
            op,
            f"""
            ALTER TABLE {table} ADD COLUMN created_by text NOT NULL DEFAULT '';
            ALTER TABLE {table} ALTER COLUMN created_by
                SET DEFAULT coalesce(current_setting('tongheng.subject', true), '');
            """,
        )


def _among(
    setting: str, columns: str | Sequence[str], *, free: str = "", anywhere: bool = False
) -> str:
    named = (columns,) if isinstance(columns, str) else tuple(columns)
    if not named:
        return ""
    listed = f"(SELECT string_to_array(current_setting('tongheng.{setting}', true), ','))::text[]"
    tests = [f"(SELECT current_setting('tongheng.{setting}', true)) = '*'"]
    tests += [f"{column} = ANY (({listed}))" for column in named]
    if anywhere:
        tests.append("(" + " AND ".join(f"coalesce({column}, '') = ''" for column in named) + ")")
    if free:
        tests.append("(" + " AND ".join(f"{column} LIKE '{free}'" for column in named) + ")")
    return " OR ".join(tests)


def _own(column: str) -> str:
    return f"(SELECT current_setting('tongheng.owner', true)) IN ('*', {column})"


def _restrict(
    op: Operations, table: str, policy: str, condition: str, *, reading_only: bool
) -> None:
    if reading_only:
        how = f"FOR SELECT TO {{api}} USING ((SELECT current_setting('tongheng.access', true)) = 'write' OR {condition})"
    else:
        how = f"TO {{api}} USING ({condition}) WITH CHECK ({condition})"
    script(op, f"CREATE POLICY {policy} ON {table} AS RESTRICTIVE {how};")


def share(op: Operations, *tables: str, read_only_for_api: bool = False) -> None:
    """Grants for a table that has no company."""
    for table in tables:
        rights = "SELECT" if read_only_for_api else "SELECT, INSERT, UPDATE, DELETE"
        script(
            op,
            f"GRANT {rights} ON {table} TO {{api}}; GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {{worker}};",
        )


def sequence(op: Operations, *names: str) -> None:
    """A number series: a PostgreSQL sequence that both roles may draw from."""
    for name in names:
        script(
            op, f"CREATE SEQUENCE {name}; GRANT USAGE ON SEQUENCE {name} TO {{api}}, {{worker}};"
        )
