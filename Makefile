# Doorstep. `make run` to see it, `make test` to test it; both set up all they need on a bare machine.
.PHONY: help run test check audit bench torture format setup docs manifest lint types coverage screenshots assets
.NOTPARALLEL:
# Whatever the machine says of it: programs that the tests start would compile everything anew each time.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
# How many processes run the tests, each with a database server of its own: one more than two cores, for tests wait a lot.
WORKERS ?= 3

help:  ## what there is
	@sed -n 's/^\([a-z]*\):.*## /make \1 - /p' Makefile

run:  ## the demonstration, on http://localhost:8000 (PORT=8010: on another port)
	@sh scripts/setup.sh run
	@$(BIN)/doorstep demo $(if $(PORT),--port $(PORT))

setup:  ## .venv with everything for work on Doorstep
	@sh scripts/setup.sh all

test: setup  ## every test, in three processes (TESTS=tests/eventlog for some of them, in one)
	@sh scripts/chromium.sh
	@sh scripts/openid_provider.sh
	@$(BIN)/pytest $(or $(TESTS),-n $(WORKERS))

# Two cores: while one checks the types, the other reads and compiles all tests, so that no worker of theirs has to.
check: lint  ## everything that must be right before a change is kept
	@$(BIN)/pytest --collect-only --quiet >/dev/null 2>&1 & $(MAKE) --no-print-directory types; types=$$?; wait; exit $$types
	@$(MAKE) --no-print-directory test

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/codespell

types: setup
	$(BIN)/mypy

format: setup  ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

audit: setup  ## known vulnerabilities in the locked packages; says so where the advisory service cannot be asked
	@sh scripts/audit.sh

coverage: setup  ## the tests, and what they did not reach
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report --skip-covered

bench: setup  ## measurements, each beside a reference
	@PYTHONPATH=. $(BIN)/python scripts/bench.py

torture: setup  ## database and program killed fifty times under four writers; the disk filled up
	@DOORSTEP_TORTURE_ROUNDS=50 $(BIN)/pytest tests/torture

docs: setup  ## the pages that are made from the code
	@PYTHONPATH=. $(BIN)/python scripts/docs.py

manifest: setup  ## what the database's catalogue must hold, written anew after a new migration
	@PYTHONPATH=. $(BIN)/python scripts/manifest.py

assets:  ## styles and vendored scripts, built once by a maintainer (needs Node)
	cd api/frontend && npm ci && npm run build

screenshots: setup  ## the README's pictures, made by the test that walks the whole path
	@sh scripts/chromium.sh
	@mkdir -p docs/screenshots
	@DOORSTEP_SCREENSHOTS=docs/screenshots $(BIN)/pytest tests/journeys/test_whole_path.py -k william_lilley
