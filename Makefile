# `make run` shows what Frechet does; `make test` and `make lint` are what CI runs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
JOBS   ?= 2
N      ?= 20000

.PHONY: run test test-cores lint fuzz memory page schema bench docs docs-outputs lessons clean

run: $(VENV)/.core
	$(BIN)/frechet derive "logdet(X'*X)" --wrt X --steps

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow"

# The same on other processors: what OpenBLAS rounds differently must not decide anything. Prescott has no vector units to
# speak of, Haswell fused multiply-add; the machine's own kernels are those of `make test`.
CORES ?= Prescott Haswell
test-cores: $(VENV)/.test
	for core in $(CORES); do OPENBLAS_CORETYPE=$$core $(BIN)/python -m pytest -n $(JOBS) -m "not slow" tests/rules tests/operators || exit 1; done

lint: $(VENV)/.lint
	$(BIN)/ruff check src tests benchmarks examples docs/*.py lessons
	$(BIN)/ruff format --check src tests benchmarks examples docs/*.py lessons
	$(BIN)/mypy

# Any number of random expressions against JAX: make fuzz N=20000
fuzz: $(VENV)/.test
	FRECHET_FUZZ=$(N) $(BIN)/python -m pytest -n $(JOBS) -m "slow or not slow" tests/test_fuzz.py

# 50,000 different derivations in one process, and asked of the service: the memory stays where it was (minutes)
memory: $(VENV)/.test
	$(BIN)/python -m pytest -m slow tests/process tests/web/test_memory.py

# The page in a real Chromium: Debian's where it is installed, else Playwright's. Pictures of it: tests/web/page/output
page: $(VENV)/.page
	command -v chromium > /dev/null || $(BIN)/playwright install chromium
	$(BIN)/python -m pytest -m slow tests/web/page

# Questions to the interface by HTTP that its schema allows or forbids, by schemathesis
schema: $(VENV)/.schema
	$(BIN)/python benchmarks/schema_web.py

# Runs every benchmark beside its peers and writes the tables into docs/measured.md
bench: $(VENV)/.bench
	for b in benchmarks/bench_*.py; do $(BIN)/python $$b || exit 1; done

# The documentation as a site, docs/_build/html; a warning is an error
docs: $(VENV)/.docs
	$(BIN)/python -m sphinx -q -W -n -b html docs docs/_build/html

# The lessons in a real browser, at the width of a desk and of a phone; screenshots under tests/lessons/pictures (minutes)
lessons: $(VENV)/.page
	command -v chromium > /dev/null || $(BIN)/playwright install chromium
	$(BIN)/python -m pytest -m slow tests/lessons

# Runs the snippets of README.md and docs/ and writes what they print into the pages: read the difference
docs-outputs: $(VENV)/.test
	$(BIN)/python docs/outputs.py --write

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e .
	touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e ".[test]"
	touch $@

$(VENV)/.schema: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e ".[web,schema]"
	touch $@

$(VENV)/.page: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e ".[test,page]"
	touch $@

$(VENV)/.lint: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e ".[lint]"
	touch $@

$(VENV)/.docs: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e ".[docs]"
	touch $@

$(VENV)/.bench: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e ".[test,bench]"
	touch $@

clean:
	rm -rf $(VENV) .pytest_cache .hypothesis .mypy_cache .ruff_cache
