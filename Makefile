# make demo | make test: all the set-up on a fresh machine, then the demo or the tests
PYTHON ?= python3
VENV ?= .venv
READY = $(VENV)/.ready-for-histoboost

.PHONY: demo test lint

demo: $(READY)
	$(VENV)/bin/python pipeline.py demo

test: $(READY)
	$(VENV)/bin/python -m pytest -n auto

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

$(READY): pyproject.toml constraints.txt
	@echo "setting up $(VENV): PyTorch is large, this takes a few minutes once"
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(READY)
