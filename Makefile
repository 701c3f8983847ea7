# make demo    the whole service once, on the sample world
# make test    the tests
# make setup   what both stand on: a virtual environment in .venv
# make lint    formatting, style, types, layers
# make bench   speed and quality beside a peer or a bound (takes long)
# make serve   the pages over the demo's database
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: setup demo test lint bench serve clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; name it with make PYTHON=python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@# The pip of Python 3.11 (23.2) fails on two packages that both want lxml[html_clean].
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $(STAMP)

demo: setup
	$(BIN)/framewire demo

serve: setup
	@test -f demo/framewire.db || $(BIN)/framewire demo
	$(BIN)/framewire --db demo/framewire.db serve

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m tests.bench

clean:
	rm -rf .venv demo build *.egg-info
