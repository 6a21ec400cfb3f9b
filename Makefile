PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Each of the hundreds of processes that the tests start would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint format clean

## Run the built-in model on a real estuary, from its description to pictures, and verify what came out.
demo: $(VENV)/.demo
	$(BIN)/rompy pipeline examples/merimbula/tide.yml
	$(BIN)/rompy verify simulations/merimbula_tide --inputs

## Run all tests.
test: $(VENV)/.test $(VENV)/.validator
	$(BIN)/python -m pytest -n 3 --dist worksteal

## Check layout, style, types and the direction of imports.
lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Each stamp stands for one set of extras, installed with the exact versions of constraints.txt. uv does it in a tenth of
# pip's time; where it cannot be had, or cannot reach an index that only pip is set up for, pip does it.
$(VENV)/.demo $(VENV)/.test: $(VENV)/.%: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) uv==0.13.9 && $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[$*]' \
		|| $(PIP) -c constraints.txt -e '.[$*]'
	touch $@

# A program that the tests call, with libraries of its own.
$(VENV)/.validator: .ci/validator.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/validator
	$(PIP) uv==0.13.9 && $(BIN)/uv pip install --quiet --python $(VENV)/validator/bin/python -r $< \
		|| $(VENV)/validator/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@
