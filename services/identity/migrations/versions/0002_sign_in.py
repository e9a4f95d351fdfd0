"""Sign-in by code and PKCE, second factors, keys of programs, data scopes, separation of duties."""

from alembic import op

from chassis import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCOPES = """
ALTER TABLE users
    ADD COLUMN warehouses text[] NOT NULL DEFAULT '{{*}}',
    ADD COLUMN partners text[] NOT NULL DEFAULT '{{*}}',
    ADD COLUMN own boolean NOT NULL DEFAULT false;
ALTER TABLE clients
    ADD COLUMN warehouses text[] NOT NULL DEFAULT '{{*}}',
    ADD COLUMN partners text[] NOT NULL DEFAULT '{{*}}',
    ADD COLUMN own boolean NOT NULL DEFAULT false;
ALTER TABLE roles ADD COLUMN second_factor boolean NOT NULL DEFAULT false;
CREATE OR REPLACE VIEW proof.users AS
    SELECT id, username, active, roles, companies, version, warehouses, partners, own FROM users;
CREATE OR REPLACE VIEW proof.clients AS
    SELECT id, client_id, active, roles, companies, version, warehouses, partners, own FROM clients;
"""

SESSIONS = """
ALTER TABLE sessions
    ADD COLUMN cookie_hash bytea UNIQUE CHECK (octet_length(cookie_hash) = 32),
    ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN address text NOT NULL DEFAULT '',
    ADD COLUMN agent text NOT NULL DEFAULT '',
    ADD COLUMN methods text[] NOT NULL DEFAULT '{{pwd}}';
ALTER TABLE refresh_tokens
    ADD COLUMN client_id text NOT NULL DEFAULT '',
    ADD COLUMN scope text NOT NULL DEFAULT '';
UPDATE refresh_tokens SET client_id = s.client_id FROM sessions AS s WHERE s.id = refresh_tokens.session;

CREATE TABLE applications (
    client_id text PRIMARY KEY,
    name text NOT NULL,
    name_en text NOT NULL,
    redirect_uris text[] NOT NULL,
    post_logout_redirect_uris text[] NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE authorization_codes (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    session uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    client_id text NOT NULL,
    redirect_uri text NOT NULL,
    code_challenge text NOT NULL,
    nonce text,
    scope text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX authorization_codes_session ON authorization_codes (session);
"""

PROOFS = """
CREATE TABLE client_keys (
    id uuid PRIMARY KEY,
    client uuid NOT NULL REFERENCES clients,
    kid text NOT NULL,
    jwk jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (client, kid)
);
CREATE TABLE client_assertions (
    client uuid NOT NULL REFERENCES clients,
    jti text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client, jti)
);
CREATE INDEX client_assertions_expires ON client_assertions (expires_at);

CREATE TABLE second_factors (
    "user" uuid PRIMARY KEY REFERENCES users,
    secret bytea NOT NULL,
    sealed boolean NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE recovery_codes (
    "user" uuid NOT NULL REFERENCES users,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    used_at timestamptz,
    PRIMARY KEY ("user", hash)
);
"""

SEPARATION = """
CREATE TABLE separation_rules (
    id uuid PRIMARY KEY,
    first text NOT NULL,
    second text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    active boolean NOT NULL,
    ready_made boolean NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (first < second),
    UNIQUE (first, second)
);
"""

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON applications, separation_rules, second_factors TO {api}, {worker};
GRANT SELECT, INSERT, UPDATE, DELETE ON authorization_codes, recovery_codes TO {api}, {worker};
GRANT DELETE ON second_factors TO {api}, {worker};
GRANT SELECT, INSERT, DELETE ON client_keys, client_assertions TO {api}, {worker};
-- this service's replica of permissions changes with what it replicates
GRANT SELECT, INSERT, DELETE ON access_ended_sessions TO {api};
"""


def upgrade() -> None:
    """Add everything; nothing that is there is lost."""
    schema.widen_access(op)
    for script in (SCOPES, SESSIONS, PROOFS, SEPARATION, GRANTS):
        schema.script(op, script)


def downgrade() -> None:
    """Second factors and keys would be lost."""
    raise NotImplementedError
