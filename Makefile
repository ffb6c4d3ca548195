# Everything one does with the project. `make help` lists it.
SHELL := /bin/bash
PY := .venv/bin/python
# Thousands of small databases are made and thrown away: in memory where there is room.
FAST_TMP := $(shell test -w /dev/shm && echo /dev/shm || echo $${TMPDIR:-/tmp})
COMPILE := .venv/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help run test both lint format requirements matrix docs tour faults bench bench-seals lock clean setup

help:  ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:  ## set up, load the demo city and serve it on 127.0.0.1:8000
	@scripts/setup.sh run
	@.venv/bin/portal run --demo

test: setup lint  ## set up, lint and run every test, with browser, PostgreSQL and SoftHSM
	@TMPDIR=$(FAST_TMP) $(PY) -m pytest -n auto --dist loadgroup --ignore=tests/browser --ignore=tests/faults
	@TMPDIR=$(FAST_TMP) $(PY) -m pytest tests/browser

both: setup  ## run every test but the browser's on both databases; `make test` takes most to one of them
	@TMPDIR=$(FAST_TMP) $(PY) -m pytest -n auto --dist loadgroup --both --ignore=tests/browser --ignore=tests/faults

setup:  ## install everything that running and testing need (PYTHON=… names the interpreter)
	@scripts/setup.sh test

lint: setup  ## check style, types and the direction of imports
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --quiet --check .
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/lint-imports --no-logo >/dev/null || .venv/bin/lint-imports --no-logo

format: setup  ## put the code in its usual shape
	@.venv/bin/ruff check --quiet --fix .
	@.venv/bin/ruff format --quiet .

requirements: setup  ## list each requirement with the tests that prove it
	@$(PY) scripts/requirements.py

matrix: setup  ## write the table of every route × everybody anew (tests/matrix/routes.tsv); read what changed
	@$(PY) -m tests.matrix

docs: setup  ## write the pages of docs/ that come from the code
	@$(PY) -m scripts.reference

tour: setup  ## walk every page in every role and take its picture into var/tour/
	@$(PY) -m tests.tour

faults: setup  ## kill ceremonies at every step, press five hundred stamps with four seal servers
	@TMPDIR=$(FAST_TMP) $(PY) -m pytest -n auto tests/faults

bench: setup  ## measure against the limit programs, into var/bench.jsonl
	@$(PY) -m bench

bench-seals: setup  ## measure stamping at its limits: two seal servers, 100 MB, a token with 3,000 keys
	@$(PY) -m bench seals

lock: setup  ## choose the newest versions that setup.cfg and package.json allow, and lock them
	@$(COMPILE) --upgrade --all-build-deps --only-build-deps -o requirements/build.txt pyproject.toml
	@$(COMPILE) --upgrade -c requirements/build.txt -o requirements/run.txt setup.cfg
	@$(COMPILE) --upgrade -c requirements/run.txt --extra test -o requirements/test.txt setup.cfg
	@npm update --package-lock-only
	@$(PY) scripts/npm_lock.py

clean:  ## remove all that can be made again; what the portal keeps under var/ stays
	@rm -rf .venv node_modules var/setup var/tour var/coverage htmlcov *.egg-info \
		portal/static/vendor portal/translations/zh_Hans_CN \
		.pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
