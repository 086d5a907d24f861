# make build: set up, build on the landing folder, test, export, summarise
# make test:  everything that must hold
PYTHON ?= $(shell command -v python3.12 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: build test lint lint-all bench format prices sample lock clean

build: $(VENV)/installed
	@$(BIN)/ai-spend build

test: $(VENV)/installed-dev lint
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@AI_SPEND_DB=target/lint.duckdb $(BIN)/sqlfluff lint --processes 2 --disable-progress-bar models tests analyses

# Also the models that render to very long SQL: a quarter of an hour.
lint-all: $(VENV)/installed-dev
	@AI_SPEND_DB=target/lint.duckdb $(BIN)/sqlfluff lint --processes 2 --disregard-sqlfluffignores \
		$(filter-out %__focus.sql %focus_any__cost_and_usage.sql,$(wildcard models/*/*.sql models/*/*/*.sql tests/*/*.sql analyses/*.sql analyses/*/*.sql))

# What a build costs beside one query by hand: make bench SIZE=1M GRAIN=day
bench: $(VENV)/installed-dev
	@$(BIN)/python tests/bench/bench.py $(or $(SIZE),200K) --grain $(or $(GRAIN),day)

format: $(VENV)/installed-dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix models tests analyses

prices: $(VENV)/installed
	@$(BIN)/ai-spend prices refresh

sample: $(VENV)/installed
	@$(BIN)/ai-spend sample generate

clean:
	rm -rf $(VENV) target logs exports

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 12) and \
		"ai_spend needs Python 3.12 or newer; " + sys.executable + " is " + sys.version.split()[0] + \
		". Install Python 3.12, or name it: make build PYTHON=/path/to/python3.12")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python requirements.txt pyproject.toml
	@echo "Installing into $(VENV) (once; about a minute) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	@echo "Installing what the tests need (once; about a minute) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
