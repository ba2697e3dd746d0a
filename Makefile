# What people type. `make` alone lists it.
#
# One environment, .venv, from the hash-locked lists in requirements/; made once, and again when a
# list changes or the folder has moved. Needs make and python3 3.11 or newer, no root.

SHELL := /bin/sh
PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TESTS ?= tests

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo run test faults bulk alarms fuzz screenshots bench check lock wheelhouse clean moved

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-18s %s\n", $$1, $$2}'

demo: $(VENV)/.run ## four gateways on this machine exchange real files; takes no root and no network
	@$(BIN)/gateway demo

run: $(VENV)/.run config.toml ## serve the gateway of config.toml, made from the example on first use
	@$(BIN)/gateway run

test: $(VENV)/.test ## run all tests, on SQLite and on a real PostgreSQL; TESTS=tests/store for some
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

faults: $(VENV)/.test ## kill gateways at every step and for minutes; FAULTS_SECONDS=1800, FAULTS_SEED=7
	@FAULTS=all $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder tests/faults

bulk: $(VENV)/.test ## push files of 500 MB into a gateway that is killed meanwhile; BULK_MB=100
	@BULK_MB=$${BULK_MB:-500} $(BIN)/python -m pytest -n 0 -s tests/bulk

alarms: $(VENV)/.test ## count false alarms of the no-imagery guard on 100,000 ordinary texts and documents
	@ALARMS=all $(BIN)/python -m pytest -n 0 -k ordinary tests/sources/test_hidden_imagery.py tests/sources/test_media_streams.py

fuzz: $(VENV)/.test ## break documents 100,000 times and read them, nightly; FUZZ_INPUTS=1000000, FUZZ_SEED=7
	@FUZZ_INPUTS=$${FUZZ_INPUTS:-100000} $(BIN)/python -m pytest -n 2 --timeout 3600 tests/sources/test_mapping_properties.py tests/sources/test_format_properties.py tests/sources/test_no_reader_fails.py

screenshots: $(VENV)/.test ## take the pictures of the console in docs/pictures anew; needs chromium
	@$(BIN)/python -m tests.browser.screenshots docs/pictures

bench: $(VENV)/.run ## measure shares of the raw limits, in a minute; `python -m benchmarks` for longer
	@$(BIN)/python -m benchmarks --quick

check: $(VENV)/.test ## lint, format, types, and which part may import which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

lock: ## choose versions anew and write requirements/ (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv; say where it is with UV=/path/to/uv" >&2; exit 1; }
	@$(LOCK) requirements/build.in -o requirements/build.txt
	@$(LOCK) pyproject.toml -o requirements/run.txt
	@$(LOCK) pyproject.toml --extra test -c requirements/run.txt -o requirements/test.txt

wheelhouse: $(VENV)/.pip ## fetch every locked package, to install without a network afterwards
	@echo "Fetching the locked packages into wheelhouse/ ..."
	@for list in build run test; do \
	  $(PIP) download --require-hashes --only-binary :all: -r requirements/$$list.txt -d wheelhouse || exit 1; done
	@echo "Without a network: PIP_NO_INDEX=1 PIP_FIND_LINKS=wheelhouse make demo"

clean: ## remove the environment and what tools leave behind; var/ and config.toml stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --upgrade --universal \
  --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links

config.toml: | $(VENV)/.run
	@cp config.example.toml $@
	@echo "Made config.toml from config.example.toml."
	@$(BIN)/gateway init

# An environment holds absolute paths, so a folder that has moved needs a new one.
ifneq ($(shell cat $(VENV)/.place 2>/dev/null),$(CURDIR))
$(VENV)/.pip: moved
endif

$(VENV)/.pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say where it is with PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making the environment in $(VENV) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "python3 lacks its venv module (Debian and Ubuntu: package python3-venv)" >&2; exit 1; }
	@echo "$(CURDIR)" > $(VENV)/.place
	@touch $@

# --no-build-isolation: the build back end is locked too, not fetched on the side.
$(VENV)/.run: $(VENV)/.pip requirements/build.txt requirements/run.txt pyproject.toml
	@echo "Installing the locked packages ..."
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	@echo "Installing what the tests need ..."
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@
