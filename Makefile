# Two commands are enough: `make demo` shows the grader at work, `make test` tests it.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export AUTOGRADER_HOME ?= $(CURDIR)/.autograder

.PHONY: help demo test test-all lint bench setup image assets docs clean

help:
	@echo "make demo      grade sample submissions and show the reports"
	@echo "make test      everything but the long training runs (at most 25 minutes the first time)"
	@echo "make test-all  everything, every sample trained"
	@echo "make bench     measurements against nbclient and nbgrader, as tables"
	@echo "make image     build the sandbox images"
	@echo "make docs      write the generated reference pages again"

$(VENV)/.ready: requirements/dev.lock pyproject.toml
	@echo "setup: making the virtual environment (about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 2; }
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv --clear $(VENV) || { echo "The venv module is missing. On Debian: apt-get install python3-venv"; exit 2; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

setup: $(VENV)/.ready

image: setup
	@docker/build.sh small && docker/build.sh cpu

assets: setup
	@scripts/dev-assets.sh

demo: setup
	@scripts/demo.sh

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo 2>/dev/null | tail -3

test: setup
	@scripts/test.sh

test-all: setup
	@scripts/test.sh --all

bench: setup
	@scripts/bench.sh

docs: setup
	@$(BIN)/python -m autograder.cli.documentation .
	@$(BIN)/python -m tests.adversarial.index

clean:
	rm -rf .venv .venv-peers .autograder demo-out
