# gudok: `make up` rings the line, `make test` proves it. Both do all of their own set-up, again and again without harm.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$p; break; fi; done)
UP_FLAGS ?=
TEST_FLAGS ?=
# A live test mostly waits for sound to be played: two files at once take little more than one.
WORKERS ?= 2

.PHONY: help env up test check format proof prompts spoken corpus model accuracy lock clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /make \1  — /p' $(MAKEFILE_LIST)

env: $(STAMP) ## .venv with everything in it

# Debian's python3 comes without `venv`; virtualenv, fetched by pip into a folder of its own, does the same.
$(STAMP): pyproject.toml requirements-test.lock
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed. On Debian 12: sudo apt-get install python3.11 python3-pip" >&2; exit 1; fi
	@if ! $(BIN)/python -c 'import sys' 2>/dev/null; then \
		echo "==> making $(VENV)"; rm -rf $(VENV); \
		if $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then $(PYTHON) -m venv $(VENV); \
		elif $(PYTHON) -m pip --version >/dev/null 2>&1; then \
			$(PYTHON) -m pip install --quiet --upgrade --target build/virtualenv virtualenv && \
			PYTHONPATH=build/virtualenv $(PYTHON) -m virtualenv --quiet $(VENV); \
		else echo "pip is missing. On Debian 12: sudo apt-get install python3-pip" >&2; exit 1; fi; fi
	@echo "==> installing the Python packages of requirements-test.lock"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

up: $(STAMP) ## run the line on embedded defaults
	@exec $(BIN)/gudok up $(UP_FLAGS)

# Silero speaks through torch, whose usual build brings gigabytes for graphics cards: only the processor's own is taken, and
# where it is not to be had those tests are left out.
TORCH := $(VENV)/.torch
$(TORCH): $(STAMP)
	@echo "==> torch for Silero's tests, if there is a build for processors"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements-test.lock \
		"torch==2.13.0+cpu" "silero-stress==1.5" 2>/dev/null || echo "    there is none: those tests are left out"
	@touch $@

test: $(STAMP) $(TORCH) ## all tests, on a real Asterisk that they start themselves
	@$(BIN)/python -m pytest -m "not proof" -n $(WORKERS) --dist loadfile $(TEST_FLAGS)

check: $(STAMP) ## format, lint, types, floors
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## put the sources in order
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

proof: $(STAMP) ## soaks and loads, by hand
	@$(BIN)/python -m pytest -m proof --timeout 5400 -s $(TEST_FLAGS)

corpus: $(STAMP) ## how well dictated readings are understood: the table of docs/understanding.md
	@PYTHONPATH=tests $(BIN)/python -m corpus.table

prompts: $(STAMP) ## the prompts that ship, rendered anew where a text has changed (fetches RHVoice)
	@$(BIN)/gudok prompts fetch rhvoice
	@$(BIN)/gudok prompts pack

spoken: $(STAMP) ## the table of docs/speech-texts.md, how tricky texts are said
	@PYTHONPATH=tests $(BIN)/python -m corpus.spoken_table

# Training takes an evening on two cores, and goes on where it was stopped. Voices come from Debian, non-free included.
MODEL := build/model
TRAINING := $(MODEL)/.ready

$(TRAINING): $(STAMP) asr/train/requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r asr/train/requirements.txt
	@mkdir -p $(MODEL) && touch $@

model: $(TRAINING) ## train the bundled speech model anew
	@$(BIN)/python -m bots.understanding.known_words > $(MODEL)/words.txt
	@$(BIN)/python -m asr.train speak --work $(MODEL) --known $(MODEL)/words.txt --dialplans dialplans \
		--voices "$$($(BIN)/python -m ivr.debian.training $(MODEL))"
	@$(BIN)/python -m asr.train fit --work $(MODEL)
	@$(BIN)/python -m asr.train export --work $(MODEL) --known $(MODEL)/words.txt --dialplans dialplans \
		--to asr/bundled/ru-numbers

RECORDINGS ?= $(wildcard $(HOME)/.cache/gudok/debian/asterisk/trees/*/usr/share/asterisk/sounds/ru_RU_f_IvrvoiceRU)

accuracy: $(TRAINING) ## docs/speech-accuracy.md: what the bundled model hears, set by set
	@$(BIN)/python -m asr.train exam --work $(MODEL) --sentences tests/corpus/topics_test.yaml \
		--voices "$$($(BIN)/python -m ivr.debian.training $(MODEL))" \
		$(if $(RECORDINGS),--recordings $(lastword $(RECORDINGS)))
	@$(BIN)/python -m asr.train score asr/bundled/ru-numbers --work $(MODEL) --to docs/speech-accuracy.md

lock: $(STAMP) ## write the lock files anew
	@$(BIN)/python -m pip install --quiet uv
	@$(LOCK) pyproject.toml -o requirements.lock
	@$(LOCK) --extra test --extra phones --extra sherpa -c requirements.lock pyproject.toml -o requirements-test.lock

LOCK := $(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links

clean: ## remove what was made here (the data folder and the cache stay)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
