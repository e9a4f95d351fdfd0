"""Users, roles, clients, sessions and signing keys."""

from alembic import op

from chassis import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE roles (
    id uuid PRIMARY KEY,
    code text NOT NULL UNIQUE CHECK (code ~ '^[a-z][a-z0-9_-]{{0,63}}$'),
    name text NOT NULL,
    name_en text NOT NULL,
    permissions text[] NOT NULL,
    ready_made boolean NOT NULL,
    edited boolean NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    recorded_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    username text NOT NULL,
    username_folded text NOT NULL UNIQUE,
    name text NOT NULL,
    active boolean NOT NULL,
    roles text[] NOT NULL,
    companies text[] NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX users_roles ON users USING gin (roles);

CREATE TABLE passwords (
    "user" uuid PRIMARY KEY REFERENCES users,
    hash text NOT NULL CHECK (hash LIKE '$argon2id$%'),
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE clients (
    id uuid PRIMARY KEY,
    client_id text NOT NULL UNIQUE,
    name text NOT NULL,
    active boolean NOT NULL,
    roles text[] NOT NULL,
    companies text[] NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    recorded_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE client_secrets (
    id uuid PRIMARY KEY,
    client uuid NOT NULL REFERENCES clients,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX client_secrets_client ON client_secrets (client);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    "user" uuid NOT NULL REFERENCES users,
    client_id text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    end_reason text
);
CREATE INDEX sessions_open ON sessions ("user") WHERE ended_at IS NULL;
CREATE INDEX sessions_ends ON sessions (ends_at);

CREATE TABLE refresh_tokens (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    session uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session);

CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    private_key bytea NOT NULL,
    sealed boolean NOT NULL,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    honoured_until timestamptz
);
CREATE UNIQUE INDEX signing_keys_one_signs ON signing_keys ((true)) WHERE honoured_until IS NULL;
"""

# Whoever serves some companies sees and manages those whose companies are all among them.
SCOPE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY company_scope ON {table} TO {{api}}
    USING ((SELECT current_setting('tongheng.companies', true)) = '*'
           OR companies <@ ((SELECT string_to_array(current_setting('tongheng.companies', true), ','))::text[]))
    WITH CHECK ((SELECT current_setting('tongheng.companies', true)) = '*'
           OR companies <@ ((SELECT string_to_array(current_setting('tongheng.companies', true), ','))::text[]));
CREATE POLICY all_companies ON {table} TO {{worker}} USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON {table} TO {{owner}} USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON {table} TO {{api}}, {{worker}};
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON roles, passwords, sessions, refresh_tokens, signing_keys TO {api}, {worker};
GRANT DELETE ON sessions, refresh_tokens TO {worker};
GRANT SELECT, INSERT, DELETE ON client_secrets TO {api}, {worker};
-- this service's replica of permissions changes with what it replicates
GRANT SELECT, INSERT, UPDATE ON access_users, access_roles TO {api};
CREATE VIEW proof.users AS SELECT id, username, active, roles, companies, version FROM users;
CREATE VIEW proof.roles AS SELECT id, code, permissions, version FROM roles;
CREATE VIEW proof.clients AS SELECT id, client_id, active, roles, companies, version FROM clients;
GRANT SELECT ON proof.users, proof.roles, proof.clients TO {worker};
"""


def upgrade() -> None:
    """Make everything."""
    schema.install(op)
    schema.script(op, TABLES)
    for table in ("users", "clients"):
        schema.script(op, SCOPE.format(table=table))
    schema.script(op, GRANTS)


def downgrade() -> None:
    """A first revision has nothing before it."""
    raise NotImplementedError("the first revision is not undone; drop the database instead")
