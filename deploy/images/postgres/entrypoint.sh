#!/bin/sh
# initdb the first time, then the server; POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB as the official image has them.
set -eu
[ "${1:-postgres}" = postgres ] || exec "$@"
shift 2>/dev/null || true
user=${POSTGRES_USER:-postgres}
data=${PGDATA:-/var/lib/postgresql/18/docker}
if [ ! -s "$data/PG_VERSION" ]; then
    mkdir -p "$data"
    chmod 700 "$data"
    secret=$(mktemp)
    printf '%s' "${POSTGRES_PASSWORD:?is missing}" >"$secret"
    initdb --pgdata "$data" --username "$user" --pwfile "$secret" --auth-host scram-sha-256 --auth-local trust --encoding UTF8 --locale C.UTF-8 >/dev/null
    rm "$secret"
    echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
    if [ "${POSTGRES_DB:-$user}" != postgres ]; then
        pg_ctl --pgdata "$data" --wait --options "-c listen_addresses='' -c unix_socket_directories=/tmp" start >/dev/null
        createdb --host /tmp --username "$user" "${POSTGRES_DB:-$user}"
        pg_ctl --pgdata "$data" --wait stop >/dev/null
    fi
fi
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
