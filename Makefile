# On a fresh machine only python3 >= 3.11 and terraform are needed (1.9, for the tests 1.11): environments are made on first use.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
CHECKOV_VENV := .venv-checkov
MODELS_VENV := .venv-models
BINDINGS := .work/bindings
PYTHON := $(VENV)/bin/python
PYTEST := $(PYTHON) -m pytest
# Tests of one file share what they apply. The four slow applies mostly wait, so that the rest needs two more processes.
PARALLEL := --numprocesses 6 --dist loadfile --no-loadscope-reorder
# Where no example is applied, pytest-terraform would only ask for Terraform.
NO_TERRAFORM := -p no:terraform

# Terraform refuses to start when this names a file that is not there.
ifneq ($(TF_CLI_CONFIG_FILE),)
ifeq ($(wildcard $(TF_CLI_CONFIG_FILE)),)
unexport TF_CLI_CONFIG_FILE
endif
endif

# Each of the six processes of the tests would compile all of them again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target text; do \
	  printf '  make %-18s %s\n' "$$target" "$$text"; done

.PHONY: demo
demo: $(VENV)/.stamp terraform ## Apply examples/complete on embedded emulators, watch it fix tags, allocate costs (ARGS=--keep to keep it)
	$(PYTHON) -m tools.demo $(ARGS)

.PHONY: test
test: $(VENV)/.stamp $(CHECKOV_VENV)/.stamp $(MODELS_VENV)/.stamp $(BINDINGS)/.stamp terraform-tests ## Run every test, the slow applies first and beside the others
	$(PYTEST) $(PARALLEL) $(ARGS)

.PHONY: test-unit
test-unit: $(VENV)/.stamp $(MODELS_VENV)/.stamp ## Run the tests of the Python code
	$(PYTEST) tests/unit $(NO_TERRAFORM) $(ARGS)

.PHONY: test-simulation
test-simulation: $(VENV)/.stamp ## Run the function through some hundred simulated histories
	$(PYTEST) tests/simulation $(NO_TERRAFORM) $(PARALLEL) $(ARGS)

.PHONY: test-permissions
test-permissions: $(VENV)/.stamp terraform-tests ## Judge every call of the functions against the rendered policies
	$(PYTEST) tests/permissions $(ARGS)

.PHONY: test-terraform
test-terraform: $(VENV)/.stamp terraform-tests ## Run the plans with the real provider and fake keys
	$(PYTEST) tests/terraform $(ARGS)

.PHONY: test-static
test-static: $(VENV)/.stamp $(CHECKOV_VENV)/.stamp $(BINDINGS)/.stamp terraform ## Run format, lint, types, validate, checkov, freshness
	$(PYTEST) tests/static $(ARGS)

.PHONY: test-integration
test-integration: $(VENV)/.stamp terraform-tests ## Apply the examples on embedded emulators
	$(PYTEST) tests/integration $(PARALLEL) $(ARGS)

.PHONY: test-browser
test-browser: $(VENV)/.stamp ## Use the dashboard in headless Chromium
	$(PYTEST) tests/browser $(NO_TERRAFORM) $(ARGS)

.PHONY: simulate
simulate: $(VENV)/.stamp ## Run simulated histories, one JSON line each (ARGS="--seeds 10000", --order, --hostile, --organization, --removals)
	@$(PYTHON) -m tools.simulation $(ARGS)

.PHONY: mutate
mutate: $(VENV)/.stamp terraform-tests ## Print mistakes in the code that no test notices (ARGS="--since main~1", or paths)
	@$(PYTHON) -m tools.mutate $(ARGS)

.PHONY: measure
measure: $(VENV)/.stamp ## Measure how easy the code is to read, one JSON line per figure
	@$(PYTHON) -m tools.measure

.PHONY: bench
bench: $(VENV)/.stamp ## Measure, one JSON line per figure (ARGS="--large costs" for 100 million rows too)
	$(PYTHON) -m tools.bench $(ARGS)

.PHONY: build
build: $(VENV)/.stamp ## Rebuild the committed zip of the function
	$(PYTHON) lambda_src/build.py

.PHONY: catalogue
catalogue: $(VENV)/.stamp ## Regenerate the catalogue from the AWS service models
	$(PYTHON) -m tools.catalogue

.PHONY: catalogue-news
catalogue-news: $(MODELS_VENV)/.stamp ## Say what the newest AWS service models add to the catalogue
	$(MODELS_VENV)/bin/python -m tools.catalogue --news

.PHONY: taggov
taggov: ## Run the command line, as in ARGS="catalogue list rds"
	@bin/taggov $(ARGS)

.PHONY: dashboard
dashboard: ## Open the dashboard of costs on the data of a fictional company
	@bin/taggov costs dashboard $(ARGS)

.PHONY: docs
docs: $(VENV)/.stamp ## Regenerate the tables in the READMEs and docs/CATALOGUE.md
	$(PYTHON) -m tools.docs

.PHONY: release
release: $(VENV)/.stamp ## Check that a version can be released, and print the command that tags it (VERSION=1.2.0)
	@$(PYTHON) -m tools.release "$(VERSION)" $(ARGS)

.PHONY: release-notes
release-notes: $(VENV)/.stamp ## Print what the changelog says of a version (VERSION=1.2.0)
	@$(PYTHON) -m tools.release "$(VERSION)" --notes

.PHONY: fmt
fmt: $(VENV)/.stamp terraform ## Format Terraform and Python
	terraform fmt -recursive
	$(PYTHON) -m ruff check --fix-only --quiet .
	$(PYTHON) -m ruff format .

.PHONY: lock
lock: ## Rewrite the lock files (needs uv)
	for name in dev checkov models "bindings --no-deps"; do set -- $$name; \
	  uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	    $$2 requirements/$$1.in --output-file requirements/$$1.txt || exit 1; \
	done

.PHONY: clean
clean: ## Remove everything made by make, except the committed zip
	rm -rf $(VENV) $(CHECKOV_VENV) $(MODELS_VENV) .work .ruff_cache .hypothesis .import_linter_cache build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: terraform
terraform:
	@sh tools/environment.sh terraform 1.9

# Runs of `terraform test` override resources at plan since then.
.PHONY: terraform-tests
terraform-tests:
	@sh tools/environment.sh terraform 1.11

$(VENV)/.stamp: requirements/dev.txt tools/environment.sh
	@sh tools/environment.sh python $(VENV) $<
	@touch $@

$(CHECKOV_VENV)/.stamp: requirements/checkov.txt tools/environment.sh
	@sh tools/environment.sh python $(CHECKOV_VENV) $<
	@touch $@

$(MODELS_VENV)/.stamp: requirements/models.txt tools/environment.sh
	@sh tools/environment.sh python $(MODELS_VENV) $<
	@touch $@

$(BINDINGS)/.stamp: requirements/bindings.txt tools/environment.sh | $(VENV)/.stamp
	@sh tools/environment.sh wheels $(@D) $< $(PYTHON)
	@touch $@
