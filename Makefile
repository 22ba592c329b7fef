# The commands of the project. `make demo` and `make check` are all a newcomer needs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo run setup check format lint types imports translations test bench drills requirements screenshots clean

help: ## List the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.ready ## Play the reference scenario on a fresh database, then serve it
	$(BIN)/jalon demo $(DEMO_ARGS)

run: $(VENV)/.ready ## Serve what the database holds
	$(BIN)/jalon serve

setup: $(VENV)/.ready-dev ## Install everything a contributor needs
	@scripts/browser

check: setup lint types imports translations test ## Everything that must hold before a change lands

format: $(VENV)/.ready-dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.ready-dev
	$(BIN)/mypy

imports: $(VENV)/.ready-dev
	$(BIN)/lint-imports

translations: $(VENV)/.ready-dev
	$(BIN)/python scripts/translations.py check

test: $(VENV)/.ready-dev
	$(BIN)/pytest -n 4 --dist worksteal -m "not drill" $(PYTEST_ARGS)

bench: $(VENV)/.ready-dev ## Print performance as ratios measured in one run
	$(BIN)/python tests/bench

drills: $(VENV)/.ready-dev ## Run the long drills, one at a time: crashes, fuzzing, races
	$(BIN)/pytest -n 0 -m drill $(PYTEST_ARGS)

requirements: $(VENV)/.ready-dev ## Print each numbered requirement with its tests and their result
	$(BIN)/python scripts/requirements.py

screenshots: setup ## Take a picture of every page at 1280 and 360 pixels into screenshots/
	$(BIN)/python scripts/screenshots.py

clean: ## Remove what these commands made
	rm -rf $(VENV) var frontend/dist frontend/node_modules screenshots

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 ou plus récent est nécessaire.")'
	$(PYTHON) -m venv $(VENV)

SOURCES := pyproject.toml hatch_build.py $(wildcard frontend/*.json frontend/*.mjs frontend/src/*) $(wildcard locales/*/LC_MESSAGES/*.po)

$(VENV)/.ready: $(VENV)/bin/python $(SOURCES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/bin/python $(SOURCES)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@ $(VENV)/.ready
