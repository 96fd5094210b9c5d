# One command a task. `make demo` and `make test` do all their own set-up.
SERVE ?= 1
PERSONS ?= 30000
PORT ?= 8000
DEMO ?= demo
LABSANTE = .venv/bin/labsante

.PHONY: help setup setup-tests demo demo-large serve test soak bench docs lint format clean

help:
	@echo "make demo        synthetic France -> tables -> indicators -> publication -> site (SERVE=0 stops after publishing)"
	@echo "make demo-large  the same with one million people"
	@echo "make test        lint, types, generated docs, every test (Spark and browser included), under 20 minutes on 2 cores"
	@echo "make soak        the same bars at full size; report in docs/evidence/"
	@echo "make bench       timings, side by side in one run"
	@echo "make serve       the site on the demo's publication"
	@echo "make docs        write the generated reference pages"
	@echo "make setup       the virtual environment in .venv (safe to repeat)"

setup:
	@scripts/setup.sh

setup-tests: setup
	@scripts/setup.sh --tests

demo: setup
	@$(LABSANTE) --workspace $(DEMO) demo --persons $(PERSONS) --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

demo-large: setup
	@$(LABSANTE) --workspace $(DEMO)-large demo --persons 1000000 --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

serve: setup
	@$(LABSANTE) --workspace $(DEMO) serve --port $(PORT)

test: setup-tests lint
	@.venv/bin/python -m tools.docs --check
	@.venv/bin/python -m pytest -n 2 --dist loadgroup -q

soak: setup-tests
	@.venv/bin/python -m tools.soak

bench: setup
	@.venv/bin/python -m benchmarks

docs: setup
	@.venv/bin/python -m tools.docs

lint: setup
	@.venv/bin/ruff format --check src tests tools benchmarks
	@.venv/bin/ruff check src tests tools benchmarks
	@.venv/bin/mypy

format: setup
	@.venv/bin/ruff format src tests tools benchmarks
	@.venv/bin/ruff check --fix src tests tools benchmarks

clean:
	rm -rf $(DEMO) .mypy_cache .ruff_cache .pytest_cache
