# What a person types. Everything is installed into .venv, and again only when its list changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test test-large simulate bench growth pictures lint

run: $(VENV)/product ## the whole product: web server, worker and Redis
	@$(BIN)/python app.py

test: $(VENV)/development ## the tests
	@$(BIN)/python -m pytest -n 6 --dist worksteal

test-large: $(VENV)/development ## the tests at big sizes, which take their time
	@$(BIN)/python -m pytest -m large

simulate: $(VENV)/development ## a year of reminders in which everything goes wrong; takes its time
	@PYTHONPATH=tests:. $(BIN)/python -m simulation

bench: $(VENV)/development ## how long things take on this machine, and how near that is to its limit
	@$(BIN)/python -m pytest -o addopts="--import-mode=importlib -p no:xdist" \
	  -o python_files="bench_*.py" --benchmark-sort=name --benchmark-columns=min,median,max,rounds \
	  tests/benchmarks
	@PYTHONPATH=tests:. $(BIN)/python -m harness

growth: $(VENV)/development ## how that grows from 1,000 versions to 50,000, as pictures and figures in docs
	@PYTHONPATH=tests:. $(BIN)/python -m growth

pictures: $(VENV)/development ## every page and mail at two widths, light and dark, in the folder pictures
	@PYTHONPATH=tests:. $(BIN)/python -m pictures

lint: $(VENV)/development ## style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

$(VENV)/product: requirements.txt | $(BIN)/python
	@echo "Installing what Ninety needs into $(VENV) (once)"
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/development: requirements-dev.txt $(VENV)/product
	@echo "Installing what the tests need into $(VENV) (once)"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || \
	  { echo "Ninety needs Python 3.11 or later, and there is no $(PYTHON) here; install it, or name another: make run PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Ninety needs Python 3.11 or later; $(PYTHON) is older. Name another: make run PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments; install its venv module (on Debian: apt install python3-venv)" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)
