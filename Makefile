# `make run` is all that trying it takes: Python 3.11 or later, nothing else.
# PORT=8001 and every other setting come from the environment (docs/settings.md).

PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$each" && break; done)
IN_VENV = .venv/bin/python -m
INSTALL = $(IN_VENV) pip install -qq --disable-pip-version-check --require-hashes
COMPILE = CUSTOM_COMPILE_COMMAND="make requirements" $(IN_VENV) piptools compile --quiet \
	--generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: run test lint bench screenshots requirements clean

run: .venv/production
	@$(IN_VENV) numberpools.development

test: .venv/development
	$(IN_VENV) pytest --numprocesses auto

# What bandit calls low, ruff has reported already (its rules S).
lint: .venv/development
	$(IN_VENV) ruff check
	$(IN_VENV) ruff format --check
	$(IN_VENV) mypy
	$(IN_VENV) bandit --quiet --recursive --severity-level medium --configfile pyproject.toml \
		app.py gunicorn.conf.py numberpools scripts
	$(IN_VENV) scripts.vulnerabilities

bench: .venv/development
	$(IN_VENV) bench

screenshots: .venv/development
	$(IN_VENV) scripts.screenshots

# Raises nothing that need not be raised; add --upgrade by hand for that.
requirements: .venv/development
	$(COMPILE) requirements.in
	$(COMPILE) requirements-dev.in

# Takes the data of `make run` with it.
clean:
	rm -rf instance .venv .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/production: requirements.txt
	$(if $(PYTHON),,$(error Number Pools needs Python 3.11 or later: install it, or say PYTHON=/path/to/python))
	@echo "Installing into .venv; the next start will be quick ..."
	@"$(PYTHON)" -m venv .venv
	@$(INSTALL) --requirement requirements.txt
	@touch $@

.venv/development: .venv/production requirements-dev.txt
	@echo "Installing what tests and checks need ..."
	@$(INSTALL) --requirement requirements-dev.txt
	@touch $@
