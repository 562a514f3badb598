# The commands of the portal. `make run` and `make test` need Python 3.11 or newer, and nothing else.
#   PORT=8001 GONGJI_VAR=var2 make run      a second copy beside the first
#   DATABASE_URL=… REDIS_URL=… make run     servers of your own
#   make bench ONLY=settle                  one benchmark
#   make bank TEETH=1                       the bank test against planted bugs

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --no-compile --quiet --disable-pip-version-check

# The first interpreter that is new enough; PYTHON=… chooses another.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.PHONY: help run stop reset test fuzz check bench bank manage pictures messages

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

run: $(VENV)/.installed-run ## start the portal with demo data on this machine
	@exec $(PY) -m gongji.local run

manage: $(VENV)/.installed-run ## manage.py for the running copy: make manage ARGS="policy explain 990100"
	@$(PY) -m gongji.local manage $(ARGS)

stop: $(VENV)/.installed-run ## stop what make run left
	@$(PY) -m gongji.local stop

reset: $(VENV)/.installed-run ## stop, and throw the demo data away
	@$(PY) -m gongji.local reset

test: $(VENV)/.installed-dev ## all tests, against real PostgreSQL and Valkey (ARGS=… for pytest)
	@tests/get-chromium || true
	@$(VENV)/bin/pytest -n 2 --dist loadgroup $(ARGS)

fuzz: $(VENV)/.installed-dev ## every operation of the provider API under schemathesis, longer (FUZZ_EXAMPLES=100 FUZZ_SEED=…)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-100} $(VENV)/bin/pytest -q tests/ledger/test_fuzz.py $(ARGS)

check: $(VENV)/.installed-dev ## format, lint, types, migrations, architecture, deployment, translations
	@$(PY) -m tests.check

bench: $(VENV)/.installed-dev ## benchmarks, one JSON object a line (ONLY=name for one)
	@ONLY="$(ONLY)" $(PY) -m tests.bench

bank: $(VENV)/.installed-dev ## requests under kill -9 and lost replies, every answer checked (BANK_SEED=… TEETH=1)
	@TEETH="$(TEETH)" $(PY) -m tests.bank

pictures: $(VENV)/.installed-dev ## take the pictures of the README anew, from the story in the browser
	@tests/get-chromium
	@SHOTS=docs/images $(VENV)/bin/pytest -q tests/pages/test_story.py tests/pages/test_detours.py

messages: $(VENV)/.installed-dev ## collect the texts of the pages for the translators
	@set -a; . tests/check.env; $(PY) manage.py makemessages --locale en --no-wrap --ignore '.venv/*' --ignore 'tests/*'

# ---------------------------------------------------------------- installation, again only when a list changed
$(VENV)/bin/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "This needs Python 3.11 or newer; found: $$(python3 --version 2>&1). Install one, or name it: make run PYTHON=/path/to/python3.11"; exit 1; fi
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Could not make $(VENV). On Debian and Ubuntu: apt-get install python3-venv. Is the disk full or read-only?"; exit 1; }

$(VENV)/.installed-run: requirements.txt requirements-local.txt | $(VENV)/bin/python
	@echo "Installing the packages of the portal (once)…"
	@$(PIP) -r requirements.txt -r requirements-local.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-local.txt requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing the packages of tests and checks (once)…"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.installed-run
