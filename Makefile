# Two commands: `make run` (install, then deliveries to published months) and `make test`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

-include .env

# The first Python of the right version that can make an environment.
PYTHON ?= $(shell for python in python3 python3.11 python3.12; do \
	$$python -c 'import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null \
	&& echo $$python && exit; done; echo python3)
VENV := .venv
BIN := $(VENV)/bin
UV := uv==0.13.9
INSTALLED := $(VENV)/installed
INSTALLING := $(VENV)/installing
BENCH := .venv-bench

# A folder of wheels, made by `make wheels` on a machine like this one, in place of the network.
OFFLINE := $(if $(WHEELS),--no-index -f "$(abspath $(WHEELS))")
TO ?= wheels
DOWNLOAD = $(BIN)/python -m pip download --quiet --disable-pip-version-check --prefer-binary --no-deps --no-build-isolation --dest "$(TO)"
MADE_FOR := import sys, sysconfig; print("Python %d.%d" % sys.version_info[:2], sysconfig.get_platform())

HOME_FOLDER := $(or $(HEARTH_HOME),$(CURDIR)/.hearth)
LANDING ?= $(or $(HEARTH_LANDING),$(HOME_FOLDER)/landing)
TESTERS ?= 2
export HEARTH_HOME HEARTH_DATABASE_URL HEARTH_LANDING HEARTH_PARAMETERS_FILE HEARTH_COUNTY_FILE HEARTH_DEADLINE_DAY

# Without bytecode every start of Airflow takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
export DO_NOT_TRACK := 1
# pip trusts the machine's certificates by itself; a machine behind an inspecting proxy has its own.
export UV_SYSTEM_CERTS := 1

.PHONY: help install wheels run test lint types sql-style unit integration functional fuzz crash months days bench bench-long try-compose screenshots down clean lock

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 22

install: $(INSTALLED) ## The environment in .venv, from requirements.lock alone

# The stamp is written last; an installation that was killed on the way is begun anew.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' \
		|| { echo "Python 3.11 or 3.12 is needed; name it with make PYTHON=…" >&2; exit 1; }
	@if [ -n "$(WHEELS)" ]; then made_for=$$(cat "$(WHEELS)/MADE_FOR") && [ "$$made_for" = "$$($(PYTHON) -c '$(MADE_FOR)')" ] \
		|| { echo "$(WHEELS) is no folder of make wheels, or for another machine: $$made_for" >&2; exit 1; }; \
		cd "$(WHEELS)" && sha256sum --check --strict --quiet SHA256SUMS; fi
	@if [ -e $(INSTALLING) ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then $(PYTHON) -m venv --clear $(VENV); fi
	@touch $(INSTALLING)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(OFFLINE) $(UV)
	@$(BIN)/uv pip install --python $(BIN)/python --no-deps --require-hashes --compile-bytecode --quiet $(OFFLINE) \
		--build-constraints requirements.lock -r requirements.lock
	@$(BIN)/uv pip install --python $(BIN)/python --no-deps --no-build-isolation --quiet $(OFFLINE) --editable .
	@rm -f $(INSTALLING)
	@touch $(INSTALLED)

wheels: install ## Everything make install needs, as a folder for machines without a network (TO=folder)
	@mkdir -p "$(TO)"; if [ -n "$$(ls -A "$(TO)")" ] && [ ! -f "$(TO)/MADE_FOR" ]; then \
		echo "$(TO) holds files that make wheels did not put there; name a new or empty folder with TO=…" >&2; exit 1; fi
	@$(BIN)/python -c '$(MADE_FOR)' > "$(TO)/MADE_FOR"
	@rm -f "$(TO)"/SHA256SUMS "$(TO)"/*.whl "$(TO)"/*.tar.gz
	@$(DOWNLOAD) $(UV)
	@$(DOWNLOAD) --require-hashes --requirement requirements.lock
	@cd "$(TO)" && sha256sum MADE_FOR *.* > SHA256SUMS \
		&& echo "$(TO): $$(ls *.* | wc -l) packages, $$(du -sh . | cut -f1)"

run: install ## Deliveries to published months; a synthetic county when the landing folder is empty
	@$(BIN)/hearth run --landing "$(LANDING)" --sample-when-empty $(RUN)

down: ## Stop what `make run` left up
	@$(BIN)/hearth down

test: install lint types sql-style ## Everything
	@$(BIN)/pytest tests/unit tests/structure tests/dags -n $(TESTERS)
	@$(BIN)/pytest tests/integration -n $(TESTERS) --dist loadfile
	@$(BIN)/pytest tests/functional tests/reliability -n $(TESTERS) --dist loadfile

lint: install ## ruff: faults and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install ## mypy
	@$(BIN)/mypy

sql-style: install ## sqlfluff
	@$(BIN)/sqlfluff lint --processes 2 sql dbt_project/models dbt_project/tests

unit: install ## Quick tests only
	@$(BIN)/pytest tests/unit -n $(TESTERS)

integration: install ## Tests on a real PostgreSQL
	@$(BIN)/pytest tests/integration -n $(TESTERS) --dist loadfile

functional: install ## The command line, end to end
	@$(BIN)/pytest tests/functional -n $(TESTERS) --dist loadfile

fuzz: install ## N spoilt files read, and one in twenty loaded, of a SEED (docs/reference/reliability.md)
	@$(BIN)/python -m tests.reliability.fuzz --cases $(or $(N),1000) --seed $(or $(SEED),1) --first $(or $(FIRST),0) \
		--processes $(TESTERS) $(if $(REPORT),--report "$(REPORT)")
	@$(BIN)/python -m tests.reliability.loads --files $$(( ($(or $(N),1000) + 19) / 20 )) --seed $(or $(SEED),1)

crash: install ## N rounds of killed processes and servers of a SEED (docs/reference/reliability.md)
	@$(BIN)/python -m tests.reliability.crash --rounds $(or $(N),20) --seed $(or $(SEED),1) --first $(or $(FIRST),0) \
		--processes $(or $(PROCESSES),2) $(if $(REPORT),--report "$(REPORT)")

months: install ## N months of a county of HOUSEHOLDS and a SEED, in order and otherwise (docs/reference/reliability.md)
	@$(BIN)/python -m tests.reliability.months --months $(or $(N),12) --households $(or $(HOUSEHOLDS),2000) \
		--seed $(or $(SEED),1) $(if $(AFTER),--compared-after $(AFTER)) $(if $(REPORT),--report "$(REPORT)")

days: install ## N days of a county of HOUSEHOLDS and a SEED: what is renewed beside whole builds (docs/reference/reliability.md)
	@$(BIN)/python -m tests.reliability.days --days $(or $(N),20) --households $(or $(HOUSEHOLDS),400) \
		--seed $(or $(SEED),1)

try-compose: install ## The server of docker-compose.yml, its parts as plain processes (a few minutes)
	@$(BIN)/pytest tests/compose

screenshots: install ## The documentation's pictures of Airflow's page, with the machine's Chromium (a few minutes)
	@$(BIN)/python -m screenshots

bench: $(BENCH)/installed ## Hearth beside others at a county's size, on an idle machine (35 minutes; docs/reference/performance.md)
	@$(BENCH)/bin/python -m benchmarks $(NAMES)

bench-long: $(BENCH)/installed ## The same at a prefecture's size (a night and a day)
	@$(BENCH)/bin/python -m benchmarks --long $(NAMES)

# The environment of make install, and what is compared with.
$(BENCH)/installed: benchmarks/requirements.lock $(INSTALLED)
	@$(PYTHON) -m venv --clear $(BENCH)
	@$(BIN)/uv pip install --python $(BENCH)/bin/python --no-deps --require-hashes --compile-bytecode --quiet $(OFFLINE) \
		--build-constraints requirements.lock -r benchmarks/requirements.lock
	@$(BIN)/uv pip install --python $(BENCH)/bin/python --no-deps --no-build-isolation --quiet $(OFFLINE) --editable .
	@touch $@

lock: install ## Resolve the dependencies of pyproject.toml anew, keeping versions where possible
	@$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --no-header --python-version 3.11 --quiet \
		--output-file requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --group dev --group bench --constraints requirements.lock --generate-hashes --no-header \
		--python-version 3.11 --quiet --output-file benchmarks/requirements.lock

clean: down ## Remove the environment and the instance in .hearth
	@rm -rf $(VENV) $(BENCH) $(CURDIR)/.bench $(CURDIR)/.hearth  # never HEARTH_HOME: it may hold a county
