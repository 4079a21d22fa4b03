# `make run` is all that trying it takes: Python 3.11 or later, nothing else.
# PORT=8001 and every other setting come from the environment (docs/settings.md).

IS_NEW_ENOUGH = -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3.14 python3; do \
	"$$each" $(IS_NEW_ENOUGH) && echo "$$each" && break; done)
IN_VENV = .venv/bin/python -m
LOCK = $(IN_VENV) uv pip compile --quiet --universal --python-version 3.11.0 --generate-hashes \
	--custom-compile-command "make requirements"

# Compiled once, not by every process that a test starts.
unexport PYTHONDONTWRITEBYTECODE

# Where the Python that .venv was made of is gone, all of it is made anew.
$(shell test -x .venv/bin/python || rm -f .venv/production .venv/development)

.PHONY: run test check quick chaos coverage mutants lint bench screenshots requirements clean

run: .venv/production
	@$(IN_VENV) numberpools.development

test: .venv/development
	$(IN_VENV) pytest --numprocesses auto

# What is known soonest: no test of these needs a server, a browser or a process.
check: .venv/development
	@$(MAKE) --no-print-directory --jobs=2 --output-sync quick lint

quick: .venv/development
	$(IN_VENV) pytest --numprocesses 2 -m "not server"

# What bandit calls low, ruff has reported already (its rules S).
lint: .venv/development
	$(IN_VENV) ruff check
	$(IN_VENV) ruff format --check
	$(IN_VENV) mypy
	$(IN_VENV) bandit --quiet --recursive --severity-level medium --configfile pyproject.toml \
		app.py gunicorn.conf.py numberpools scripts
	$(IN_VENV) scripts.lock
	$(IN_VENV) scripts.vulnerabilities

# To be run after a change of operations or stores: workers are killed while the vendor fails.
chaos: .venv/development
	$(IN_VENV) pytest tests/chaos --chaos

# What a process did that was killed is not counted.
coverage: .venv/development
	$(IN_VENV) coverage erase
	$(IN_VENV) coverage run -m pytest --numprocesses auto
	$(IN_VENV) coverage combine --quiet
	$(IN_VENV) coverage report

# Two at a time, for about forty minutes.
mutants: .venv/development
	$(IN_VENV) scripts.mutate

bench: .venv/development
	$(IN_VENV) bench

screenshots: .venv/development
	$(IN_VENV) scripts.screenshots

# For every Python from 3.11.0. Raises nothing that need not be raised; add --upgrade by hand for that.
requirements: .venv/development
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) requirements-dev.in --output-file requirements-dev.txt

# Takes the data of `make run` with it.
clean:
	rm -rf instance .venv .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/production: .venv/bin/python requirements.txt
	@echo "Installing into .venv; the next start will be quick ..."
	@.venv/bin/python scripts/set_up.py requirements.txt
	@touch $@

.venv/development: .venv/production requirements-dev.txt
	@echo "Installing what tests and checks need ..."
	@.venv/bin/python scripts/set_up.py requirements-dev.txt
	@touch $@

.venv/bin/python:
	@"$(PYTHON)" $(IS_NEW_ENOUGH) || { echo "Number Pools cannot be set up. It needs Python 3.11 or later:" \
		"install it, or name it: make run PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" scripts/set_up.py
