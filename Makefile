# What a person types. Everything runs in .venv, on this machine, on loopback.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MEMBERS := libs/pickup-contracts libs/pickup-runtime services/booking-ingest services/risk-scorer services/notifier tools/pickupctl
LOCK := uv export --no-emit-workspace --format requirements-txt --no-header --quiet
SOURCES := $(addsuffix /src,$(MEMBERS))
# What the images have is a Python as it is distributed. One built from source here, as pyenv does, mostly lacks profile
# guidance and costs a scorer a tenth more. So unless PYTHON is named, `make bench` takes the system's own where that can
# compile and is another one.
DISTRIBUTED = $(shell /usr/bin/python3 -c 'import ensurepip, os, sys, sysconfig; \
  print(sys.executable * (sys.version_info >= (3, 11) and os.path.exists(sysconfig.get_path("include") + "/Python.h") \
  and not os.path.samefile(sys.executable, os.popen("$(PYTHON) -c \"import sys; print(sys.executable)\"").read().strip())))' 2>/dev/null)
empty :=
MYPYPATH := $(subst $(empty) $(empty),:,$(SOURCES))

.PHONY: help setup demo test test-compose check format evaluate bench measure schemas brands screenshot lock clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(VENV)/.installed ## Make the virtual environment and install what is pinned

$(VENV)/.installed: requirements.lock $(addsuffix /pyproject.toml,$(MEMBERS))
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is %s: install it, or name it with `make PYTHON=python3.11 ...`" % sys.version.split()[0])'
	@echo "· installing pinned dependencies into $(VENV) (a minute or two, once)"
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: install it, for example with 'apt-get install python3-venv'."; exit 1; }
	@# One dependency comes as source alone; an old pip would build it in a way of its own, and warn about that.
	@$(BIN)/pip install --quiet --disable-pip-version-check --use-pep517 --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(MEMBERS))
	@touch $@

demo: setup ## See it work: broker, database, services, simulator (FRESH=1 starts with nothing)
	@$(BIN)/pickupctl demo $(if $(FRESH),--fresh) $(ARGS)

test: setup ## Run every test, on a real broker and a real database
	@$(BIN)/pytest $(ARGS)

test-compose: setup ## Build the images, bring compose up, see a warning, tear it down (needs a container engine)
	@$(BIN)/python tests/compose/run.py

check: setup ## Formatting, lint, types, import rules, migrations, the ruleset, the alarms
	@$(BIN)/ruff format --check --quiet . || { echo "run 'make format'"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@MYPYPATH=$(MYPYPATH):services/notifier/tests $(BIN)/mypy --no-error-summary $(SOURCES) services/risk-scorer/hatch_build.py tests $(wildcard $(addsuffix /tests,$(MEMBERS)))
	@$(BIN)/lint-imports --no-cache > .venv/imports.log || { cat .venv/imports.log; exit 1; }
	@$(BIN)/squawk --config .squawk.toml services/*/src/*/migrations/*.sql
	@$(BIN)/pickupctl policy check services/risk-scorer/src/risk_scorer/rulesets/*.yaml > .venv/policy.log || { cat .venv/policy.log; exit 1; }
	@if command -v promtool >/dev/null; then \
	  { promtool check config deploy/prometheus/prometheus.yml && promtool test rules deploy/prometheus/rules_test.yml; } > .venv/alarms.log 2>&1 || { cat .venv/alarms.log; exit 1; }; \
	else echo "· promtool is not installed, the alarms go untested (Debian: apt-get install prometheus)"; fi
	@echo "checked"

format: setup ## Format the code and mend what can be mended
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

evaluate: setup ## Labelled bookings through the real scorer
	@$(BIN)/pickupctl evaluate tests/fixtures/cases/*.jsonl

bench: ## Measure on this machine, side by side, and write docs/benchmarks.md (ARGS=--quick, --full)
	@$(MAKE) --no-print-directory measure $(if $(and $(filter file,$(origin PYTHON)),$(DISTRIBUTED)),PYTHON=$(DISTRIBUTED) VENV=$(VENV)/bench)

measure: setup $(VENV)/.rivals $(VENV)/.compiled
	@PYTHONPATH=$(CURDIR)/$(VENV)/compiled $(BIN)/python -m tests.benchmarks $(ARGS)

$(VENV)/.compiled: $(VENV)/.installed services/risk-scorer/hatch_build.py services/risk-scorer/compiled/attributes.h $(shell find services/risk-scorer/src -name '*.py')
	@echo "· compiling the scorer as its image does (under a minute)"
	@$(BIN)/python -m tests.compiled $(VENV)/compiled
	@[ ! -d $(VENV)/compiled ] || touch $@

$(VENV)/.rivals: tests/benchmarks/requirements.lock $(VENV)/.installed
	@echo "· installing what the benchmark measures beside the product"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $< 2> $(VENV)/rivals.log \
	  || { cat $(VENV)/rivals.log; echo "· what is missing is left out"; }
	@touch $@

schemas: setup ## Write the published JSON Schemas
	@$(BIN)/python -m pickup_contracts.schemas docs/schemas

brands: setup ## Write the names over the door anew from npm's name-suggestion-index (needs npm)
	@folder=$$(mktemp -d) && (cd $$folder && npm pack --silent name-suggestion-index >/dev/null) && \
	  $(BIN)/python services/risk-scorer/scripts/prepare_brands.py $$folder/*.tgz; status=$$?; rm -rf $$folder; exit $$status

screenshot: setup ## Take the README's picture of the dispatcher's page (needs Chromium)
	@$(BIN)/python -m tests.screenshot docs/images/console.png

lock: ## Pin dependencies anew (needs uv)
	$(LOCK) --all-packages --all-groups -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet -c requirements.lock tests/benchmarks/requirements.in -o tests/benchmarks/requirements.lock
	$(LOCK) --only-group build -o deploy/containers/build.lock
	for member in services/booking-ingest services/risk-scorer services/notifier tools/pickupctl; do \
	  $(LOCK) --no-dev --package $$(basename $$member) -o $$member/requirements.lock || exit 1; \
	done

clean: ## Remove what was made here
	rm -rf $(VENV) .pickup-guard .mypy_cache .ruff_cache .pytest_cache .hypothesis
