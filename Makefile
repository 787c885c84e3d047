# Everything a fresh machine needs: `make demo` and `make test` set up what is missing by themselves.
PY := .venv/bin/python
RUN_STAMP := .venv/.ready-to-run
DEV_STAMP := .venv/.ready-to-develop
PINS := constraints.txt $(wildcard */pyproject.toml firmware/*/pyproject.toml)

.PHONY: help setup setup-dev demo test test-arm64 lint types imports check model card tflite-runtime tune validate bench bench-peers clean

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

setup: $(RUN_STAMP)  ## .venv with what runs and flashes a cooker (no torch)

setup-dev: $(DEV_STAMP)  ## setup, and what tests and trains (torch, linters)

$(RUN_STAMP): $(PINS) host_tools/setup.sh
	sh host_tools/setup.sh run
	@touch $@

$(DEV_STAMP): $(RUN_STAMP)
	sh host_tools/setup.sh develop
	@touch $@

demo: setup  ## say it, and the virtual cooker cooks it
	.venv/bin/wenhuo cook "帮我煮四个人的白粥，稠一点，早上七点吃" --now 2026-11-23T22:00:00+08:00 --plot out/demo.png

test: setup-dev  ## every test
	$(PY) -m pytest

ARM64 ?= /var/tmp/wenhuo-arm64
test-arm64: setup-dev  ## the controller's bundle in an arm64 Debian, emulated (needs root; see host_tools/arm64_root.sh)
	sh host_tools/arm64_root.sh $(ARM64)
	WENHUO_ARM64_ROOT=$(ARM64) $(PY) -m pytest host_tools/tests/test_arm64.py

lint: setup-dev  ## style
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: setup-dev  ## types, MicroPython code included
	sh firmware/power_board/check_types.sh
	.venv/bin/mypy --strict firmware/link/wenhuo_link firmware/controller/wenhuo host_tools/wenhuo_tools models/wenhuo_models hil_tests/wenhuo_hil

imports: setup-dev  ## imports point one way
	.venv/bin/lint-imports

check: lint types imports test  ## all of what CI runs, but the demo

model: setup-dev  ## corpus to .tflite: the student anew (see models/README.md)
	$(PY) -m wenhuo_models.pipeline

card: setup-dev  ## the shipped model's card, from the results beside it
	$(PY) -m wenhuo_models.eval.card

tflite-runtime:  ## .venv-tflite: the engine on tflite-runtime 2.14, for its tests
	sh models/tflite_runtime.sh

tune: setup  ## the menu's programmes in the twin, as a table
	$(PY) -m wenhuo_tools.tune

validate: setup  ## the twin against published numbers, as a table
	$(PY) -m wenhuo_tools.twin.validate

bench: setup  ## the twin's speed in batch
	$(PY) -m wenhuo_tools.twin.bench

# Compiles llama.cpp (ten minutes on two cores) and fetches Gemma 3 270M; none of it ships.
# Its int8 kernels for AMX crash on such Xeons, so they are left out there.
NO_AMX = $(if $(shell grep -m1 -o amx_int8 /proc/cpuinfo 2>/dev/null),-mno-amx-int8)
bench-peers: setup-dev  ## what `wenhuo bench llm --peers out/bench` compares with
	CMAKE_ARGS="-DCMAKE_C_FLAGS=$(NO_AMX) -DCMAKE_CXX_FLAGS=$(NO_AMX)" \
		$(PY) -m pip --disable-pip-version-check install -q -c constraints.txt -e 'models[peers]'
	$(PY) -m wenhuo_models.export.peers --out out/bench

clean:  ## remove the environment and what was built
	rm -rf .venv .venv-tflite out build
