# luiapp: `make run` and `make test` are all that is needed; `make help` lists the rest.
# Another Python: make PYTHON=/usr/bin/python3.12 run.     Arguments for the app: make run ARGS="--example ring".

VENV    := .venv
ORACLES := .venv-oracles
PY      := $(VENV)/bin/python
PIP     := -m pip --disable-pip-version-check install --quiet
STATE   := pyproject.toml requirements.lock
SOURCES := luiapp tests
export PYTHON

# No wheels of the locked JIT compiler exist for Macs with Intel processors: there, the newest that have one.
ifeq ($(shell uname -sm),Darwin x86_64)
LOCKED      = -e . --only-binary=numba,llvmlite,numpy
LOCKED_TEST = -e .[test] --only-binary=numba,llvmlite,numpy,scipy
else
LOCKED      = --require-hashes -r requirements.lock
LOCKED_TEST = --require-hashes -r requirements-test.lock
endif

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench explore studies oracles firmware soak translations lock clean system-run system-test system-oracles

help: ## this list
	@echo "luiapp - targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

run: $(VENV)/.installed ## set up what is missing and open the app (ARGS="..." are passed on)
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	    echo "No display was found: playing the opening circuit offscreen for six seconds into demo/"; \
	    $(PY) -m luiapp run --offscreen --seconds 6 --out demo/ $(ARGS); \
	else \
	    $(PY) -m luiapp run $(ARGS); \
	fi

test: $(VENV)/.tested ## set up what is missing; style, types and the whole test suite
	@status=0; $(MAKE) --no-print-directory lint || status=1; \
	$(PY) -m pytest -m "not oracle and not study" $(ARGS) || status=1; exit $$status

lint: $(VENV)/.tested ## style and types only
	@status=0; \
	$(PY) -m ruff check --quiet . || status=1; \
	$(PY) -m ruff format --quiet --check . || { status=1; echo "make format would put the layout right"; }; \
	$(PY) -m mypy || status=1; exit $$status

format: $(VENV)/.tested ## put the layout of the code right
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .

bench: $(VENV)/.tested ## measure speed into bench-report/ (with other simulators after `make oracles`)
	@if [ -x $(ORACLES)/bin/python ]; then $(ORACLES)/bin/python -m tests.benchmarks $(ARGS); \
	else $(PY) -m tests.benchmarks $(ARGS); fi

studies: $(VENV)/.tested ## the suite's long courses on further chips, lots and seeds
	@$(PY) -m pytest -m study $(ARGS)

explore: $(VENV)/.tested ## the property tests with new random cases, some rounds of them (ROUNDS=5)
	@for round in $$(seq $(or $(ROUNDS),5)); do \
	    $(PY) -m pytest -m hypothesis --hypothesis-profile=explore -q $(ARGS) || exit 1; done

oracles: $(ORACLES)/.installed ## set up other simulators and compare with them, spike for spike
	@$(ORACLES)/bin/python -m pytest -m oracle $(ARGS)

firmware: system-test ## build the adapter's firmware for all that a compiler is there for, and renew the image in the package
	@$(MAKE) --no-print-directory -C firmware all
	@$(MAKE) --no-print-directory -C firmware images

soak: $(VENV)/.tested ## ten minutes of four simulated adapters: nothing lost, memory flat (ARGS="--minutes 1")
	@$(MAKE) --no-print-directory -C firmware all >/dev/null
	@$(PY) tests/firmware/soak.py $(ARGS)

translations: $(VENV)/.tested ## compile the catalogues and list the texts that lack a translation
	@$(PY) luiapp/locale/compile.py

lock: ## renew the lock files from pyproject.toml
	@python=$$(.ci/python) && "$$python" -m venv .venv-lock && .venv-lock/bin/python $(PIP) uv
	@for extra in "" "-test"; do \
	    echo "setuptools>=77" | .venv-lock/bin/uv pip compile pyproject.toml - $${extra:+--extra test} --quiet \
	        --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header --no-annotate \
	        --no-emit-index-url --no-emit-find-links --output-file requirements$$extra.lock || exit 1; \
	done
	@rm -rf .venv-lock

clean: ## remove the environments and everything that was built (recordings stay)
	rm -rf $(VENV) $(ORACLES) .venv-lock build firmware/build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis bench-report
	find luiapp tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. Stamps make a second call cheap; they lie in the environments, so they vanish with them.

system-run:
	@.ci/system run

system-test:
	@.ci/system test

system-oracles:
	@.ci/system oracles

$(PY): | system-run
	@python=$$(.ci/python) && echo "Making $(VENV) with $$("$$python" --version)" && "$$python" -m venv --clear $(VENV)

$(VENV)/.installed: $(STATE) | system-run $(PY)
	@echo "Installing luiapp (about half a gigabyte; once)"
	@$(PY) $(PIP) $(LOCKED)
	@$(PY) $(PIP) --no-deps --no-build-isolation -e .
	@echo "Compiling the simulation (some seconds; once)"
	@-$(PY) -m luiapp simulate single --duration 10ms >/dev/null 2>&1
	@-$(PY) -c "from luiapp.kernels.trace import warm_up; warm_up()"
	@touch $@

$(VENV)/.tested: $(STATE) requirements-test.lock | system-test $(PY)
	@echo "Installing luiapp and what its tests need (once)"
	@$(PY) $(PIP) $(LOCKED_TEST)
	@$(PY) $(PIP) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.installed

# The newest of the other simulators that go together exist for Python 3.11 and 3.12 only.
$(ORACLES)/.installed: pyproject.toml | system-oracles
	@python=$$(PYTHON="$${PYTHON:-python3.11 python3.12}" .ci/python) && "$$python" -m venv --clear $(ORACLES)
	@echo "Installing the simulators to compare with (once)"
	@$(ORACLES)/bin/python $(PIP) -e ".[test,oracles]"
	@touch $@
