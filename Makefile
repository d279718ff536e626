# Two commands do everything on a fresh machine with Python 3.11+ and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
endif

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-matrix torture check lint types layers bench docs services clean

help:            ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

demo: $(VENV)/.demo   ## run the main job on a new vault in a temporary folder
	@$(BIN)/python scripts/demo.py

test: $(VENV)/.dev services check   ## lint, type-check, and run the whole test suite against real servers
	$(BIN)/python -m pytest -q

test-fast: $(VENV)/.dev   ## for daily work: the quick tests, which need nothing but Python
	$(BIN)/python -m pytest -q --fast -n auto -r fE

test-matrix: services   ## run the suite with each Python and DuckDB that is supported, and print a table
	$(PYTHON) scripts/require_python.py
	$(PYTHON) scripts/test_matrix.py $(MATRIX)

torture: $(VENV)/.dev services   ## crash it, fill its disk, feed it nonsense: the long form of tests/torture
	TORTURE=full $(BIN)/python -m pytest -q tests/torture --timeout=5400

check: lint types layers   ## lint, types on every platform, and the layers of the packages

lint: $(VENV)/.dev
	$(BIN)/ruff format --check src tests typing_tests benchmarks scripts
	$(BIN)/ruff check src tests typing_tests benchmarks scripts

# The platforms differ in what the standard library has, and `sys.platform` is what a type checker follows.
types: $(VENV)/.dev
	$(BIN)/mypy
	$(BIN)/mypy --platform darwin --cache-dir .mypy_cache/darwin src typing_tests
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 src typing_tests

layers: $(VENV)/.dev
	$(BIN)/lint-imports

services:        ## install what the tests' servers need, where that can be done
	@bash scripts/install-services

bench: $(VENV)/.dev services   ## compare with peers, side by side in one run
	$(BIN)/python -m benchmarks

docs: $(VENV)/.docs   ## build the documentation into site/
	$(BIN)/python scripts/generate-docs.py
	$(BIN)/mkdocs build --strict

clean:           ## remove what the other targets made
	rm -rf $(VENV) .matrix .services site dist

$(VENV)/.created:
	$(PYTHON) scripts/require_python.py
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: pyproject.toml | $(VENV)/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . duckdb==1.5.5 duckdb-extensions==1.5.5 duckdb-extension-httpfs==1.5.5
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.docs: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@
