# Everything a person or a machine does with Convene from a clone. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
DATA ?= data
MINUTES ?= 60
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

# Modules are compiled once, not by each of dozens of processes: collecting the tests takes two thirds of the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run setup test test-fast soak bench stack stack-down distributed lint _types _rules map lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: setup ## the whole system on this machine, with the demo world (PORT=8000, DATA=data)
	@exec $(BIN)/convene up --demo --port $(PORT) --data-dir $(DATA)

setup: $(VENV)/.installed $(if $(DEV),$(VENV)/.installed-dev) ## the program in .venv (DEV=1: the lint, test and browser tools too)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Convene needs Python 3.11 or newer; name it with: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment here; on Debian: apt-get install -y python3-venv" >&2; exit 1; }

$(VENV)/.installed: requirements.lock setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing the program into $(VENV) (once; about a minute)…" >&2
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q schemas services
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the tools for tests and checks into $(VENV)…" >&2
	@$(PIP) --require-hashes -r requirements-dev.lock
	@deploy/browser install
	@touch $@

test: ## every test, on real Kafka, Elasticsearch, PostgreSQL and a browser
	@$(MAKE) --no-print-directory setup DEV=1
	@for server in kafka elasticsearch postgresql; do deploy/stack/$$server install || [ "$${CI:-}" != true ]; done
	@$(BIN)/pytest -n 2 --dist loadgroup -m "not system" $(ARGS)
	@$(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder -m system $(ARGS) # whole systems, each a dozen processes

test-fast: ## the tests that need no server, under a minute
	@$(MAKE) --no-print-directory setup DEV=1
	@$(BIN)/pytest -n 2 --dist loadgroup --fast -m "not real and not system" $(ARGS)

soak: ## the fault tests again and again (MINUTES=60)
	@$(MAKE) --no-print-directory setup DEV=1
	@$(BIN)/python -m tests.system.soak --minutes $(MINUTES)

bench: ## benchmarks beside their limits (ONLY=name, FULL=1); writes build/bench.json
	@$(MAKE) --no-print-directory setup DEV=1
	@$(BIN)/python -m tests.benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(FULL),--full)

stack: ## real Kafka, Elasticsearch and PostgreSQL, started and answering (WITH=keycloak); URLs in .stack/env
	@deploy/stack/stack up $(if $(WITH),--with $(WITH))

stack-down: ## stop them; their data stay
	@deploy/stack/stack down

distributed: setup stack ## every service, relay, consumer and clock as its own process on the real servers (PORT=8000)
	@exec $(BIN)/python deploy/distributed --port $(PORT)

lint: ## ruff, mypy, import-linter
	@$(MAKE) --no-print-directory setup DEV=1
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target --keep-going _types _rules

_types:
	@$(BIN)/mypy

_rules:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/convene schemas check

map: ## draw the map of the house in docs/architecture.md again
	@$(MAKE) --no-print-directory setup DEV=1
	@$(BIN)/python docs/map.py

lock: | $(BIN)/python ## resolve setup.cfg into the lock files again (pins and hashes only)
	@$(PIP) pip-tools
	@options="--quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --strip-extras --allow-unsafe --no-header --extra setup"; \
	$(BIN)/pip-compile $$options -o requirements.lock setup.cfg; \
	$(BIN)/pip-compile $$options --extra dev -c requirements.lock -o requirements-dev.lock setup.cfg

clean: ## remove what was built, but no data
	@rm -rf build $(VENV) *.egg-info
