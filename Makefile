# make run     install, index seeds/ and serve them on http://127.0.0.1:8000 (PORT=9000 make run)
# make test    install with the test extra and run every test
# make lint, make types, make clean
#
# PYTHON=… names the interpreter .venv is made with, after `make clean` where there is one already;
# otherwise any python3 from 3.11 on is found.

PORT ?= 8000
PYTHON ?=
CANDIDATES = $(or $(PYTHON),python3 python3.13 python3.12 python3.11)
FITS = 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))'
# Errors alone: older pips warn of an extra that lxml has under another spelling.
INSTALL = .venv/bin/python -m pip install -qq --disable-pip-version-check

.PHONY: run test lint types clean

run: .venv/installed
	.venv/bin/searchapp serve seeds --index index --port $(PORT)

test: .venv/installed-tests
	.venv/bin/python -m pytest --numprocesses auto --dist worksteal

lint: .venv/installed-tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/installed-tests
	.venv/bin/mypy

# An index stays: making it may have taken hours.
clean:
	rm -rf .venv .spacy .world build dist searchapp.egg-info .screenshots
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find searchapp templates tests tools benchmarks -name __pycache__ -prune -exec rm -rf {} +

.venv/installed: .venv/made setup.cfg pyproject.toml
	@echo "installing searchapp into .venv; the first time takes about a minute"
	@$(INSTALL) --editable .
	@touch $@

.venv/installed-tests: .venv/installed
	@$(INSTALL) --editable '.[test]'
	@touch $@

.venv/made:
	@for python in $(CANDIDATES); do \
	  "$$python" -c $(FITS) >/dev/null 2>&1 && break; \
	  python=; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "searchapp needs Python 3.11 or newer with venv; tried: $(CANDIDATES)." >&2; \
	  echo "Install it (on Debian and Ubuntu: apt install python3-venv)" >&2; \
	  echo "or name yours: make run PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	"$$python" -m venv --clear .venv
	@touch $@
