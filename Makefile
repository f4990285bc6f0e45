# make demo and make test do all their own set-up, once, with the versions that
# constraints.txt names; make update puts the newest ones there.
PYTHON ?= python3
VENV ?= .venv
READY := $(VENV)/.ready
# For what pip cannot do: the lowest versions, and one file of versions for all.
UV := .venv-uv/bin/uv
EVERYTHING := .[all,test,jax]

# The tests that `make test-all` adds, with the data sets if they lie beside.
REST := not fast and not slow
ifeq ($(wildcard ../shared/data/tensorflow_datasets),)
REST += and not data
endif
PYTEST := bin/python -m pytest -n 2 --dist worksteal

.PHONY: demo test test-all bench update test-latest test-lowest test-servers clean

demo: $(READY)
	$(VENV)/bin/zoo demo

test: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/mypy
	$(VENV)/$(PYTEST) $(TESTS)

# Everything: the fast tests, then those that train, kill, search and export.
test-all: test
	$(VENV)/$(PYTEST) -m "$(REST)" $(TESTS)

# What became slower beside its yardstick: make bench BENCH=--keep keeps it.
bench: $(READY)
	$(VENV)/bin/python bench/watch.py $(BENCH)

# Servers of others, each in an environment of its own: the examples, and a real
# Triton (Linux on x86-64; glibc 2.35).
SERVERS := .venv-bentoml .venv-mlflow .venv-triton
test-servers: $(READY) $(SERVERS:=/.ready)
	$(VENV)/bin/python -m pytest tests/export_servers -m process

# What an export lists in a requirements.txt of its own.
OF_EXPORTS := "numpy>=1.26" "onnxruntime>=1.20" "sentencepiece>=0.2.1"

.venv-%/.ready: examples/%/requirements.txt
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --requirement $< $(OF_EXPORTS)
	touch $@

.venv-triton/.ready: tests/export_servers/triton.txt
	$(PYTHON) -m venv .venv-triton
	.venv-triton/bin/python -m pip install --quiet --requirement $<
	touch $@

# A stamp, so that a second run installs nothing unless the project changed.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; assert (3, 10) <= sys.version_info < (3, 14), \
	'Python 3.10 to 3.13 is needed; say make PYTHON=python3.12'"
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --upgrade pip
	@echo "Installing TensorFlow and the rest: a few minutes, once."
	$(VENV)/bin/python -m pip install --quiet --constraint constraints.txt \
	--editable ".[all,test]"
	touch $(READY)

# What the future breaks: the newest version of everything.
test-latest:
	$(PYTHON) -m venv --clear .venv-latest
	.venv-latest/bin/python -m pip install --quiet --upgrade pip
	.venv-latest/bin/python -m pip install --quiet --editable "$(EVERYTHING)"
	.venv-latest/$(PYTEST) -m "fast or $(REST)" $(TESTS)

# What the past breaks: the lowest versions that pyproject.toml allows. What
# they warn of is known by now.
test-lowest: $(UV)
	$(PYTHON) -m venv --clear .venv-lowest
	$(UV) pip install --quiet --python .venv-lowest/bin/python \
	--resolution lowest-direct --editable "$(EVERYTHING)"
	.venv-lowest/$(PYTEST) -W ignore::DeprecationWarning \
	-m "fast or $(REST)" $(TESTS)

# One file for Python 3.10 to 3.13 and for all systems. Then run make test.
update: $(UV)
	$(UV) pip compile pyproject.toml --universal --python-version 3.10 \
	--extra all --extra test --extra jax --upgrade --no-annotate --quiet \
	--custom-compile-command "make update" --output-file constraints.txt

$(UV):
	$(PYTHON) -m venv .venv-uv
	.venv-uv/bin/python -m pip install --quiet uv

clean:
	rm -rf $(VENV) $(SERVERS) .venv-uv .venv-latest .venv-lowest runs build *.egg-info
