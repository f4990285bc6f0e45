# make demo and make test do all their own set-up, once.
PYTHON ?= python3
VENV ?= .venv
READY := $(VENV)/.ready

.PHONY: demo test lint clean

demo: $(READY)
	$(VENV)/bin/zoo demo

test: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m pytest -n 2 --dist worksteal $(TESTS)

# A stamp, so that a second run installs nothing unless the project changed.
$(READY): pyproject.toml
	$(PYTHON) -c "import sys; assert (3, 10) <= sys.version_info < (3, 14), \
	'Python 3.10 to 3.13 is needed; say make PYTHON=python3.12'"
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	@echo "Installing TensorFlow and the rest: a few minutes, once."
	$(VENV)/bin/python -m pip install --quiet --editable ".[all,test]"
	touch $(READY)

clean:
	rm -rf $(VENV) runs build *.egg-info
