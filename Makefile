# `make` alone lists the targets. Every one that runs Python stands on env, which makes or updates .venv first.
PYTHON ?= python3
JOBS ?= 2
BIN = .venv/bin
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist loadscope --no-loadscope-reorder $(if $(LESSON),--lesson $(LESSON))
NBVAL = --nbval --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg --nbval-cell-timeout 240
COPIES = $(if $(LESSON),notebooks,$(wildcard notebooks/00_*.ipynb))
# What `make test-slow` consists of: .ci/run takes the seconds of each.
SLOW = test-slow-python test-browser test-alone test-processor
# JupyterLab asks the web for news and updates by default; it wants to be told that root (a container) is meant.
LAB = --LabApp.news_url= --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate $(if $(filter 0,$(shell id -u)),--allow-root)
.DEFAULT_GOAL := help
.PHONY: help env lab build lint test test-fast test-slow $(SLOW) test-other test-weekly test-weekly-python test-extras
.PHONY: test-portable test-lowest test-newest fuzz-atheris bench replicate site browser slides assignment hub slow-parts

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: ## make .venv, or bring it up to date with requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "The course needs Python 3.11 to 3.14, and $(PYTHON) is not on the PATH: install one (https://www.python.org/downloads/) and run the command again." >&2; exit 1; }
	@$(PYTHON) tools/env.py

lab: env ## open the course in JupyterLab (ARGS="--no-browser --port 8899")
	$(BIN)/jupyter lab $(LAB) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ARGS)

build: env ## build notebooks/ and solutions/ from lessons/ (ARGS="04")
	$(BIN)/python tools/build.py $(ARGS) && $(BIN)/python tools/picture.py

lint: env ## what the pre-commit hooks check
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/python tools/build.py --check

test: env ## the whole course, at most 15 minutes; LESSON=04 for what concerns one lesson
	$(PYTEST) $(NBVAL) -m "not slow and not weekly" solutions $(COPIES) tests

test-fast: env ## what needs neither TensorFlow nor a notebook, one to three minutes
	$(PYTEST) -m "not slow and not weekly and not keras and not notebook and not browser" tests

test-slow: $(SLOW) ## what is costly, a quarter of an hour to half an hour

test-slow-python test-browser: site
test-slow-python test-browser: export SITE_HTML = $(CURDIR)/docs/_build/html

test-slow-python: env
	$(PYTEST) -m "slow and not alone and not browser and not weekly" tests

test-browser: env ## of these: a real browser over the widgets, the site, three lessons and the page of `browser`
	$(PYTEST) -m "slow and browser and not alone and not weekly" tests

test-alone: env # what measures times: with a second worker beside it, it would measure that worker too
	$(BIN)/python -m pytest -m "alone and not weekly" tests

test-processor: env # the lessons that compute in NumPy for the most part; test-portable takes all
	$(BIN)/python tools/portable.py --only haswell 00 01 05 10

test-other: env # OTHER=python3.13: make test-fast and three solutions with another Python, in .venv.other
	$(OTHER) tools/env.py .venv.other
	$(MAKE) --no-print-directory -o env test-fast BIN=.venv.other/bin
	.venv.other/bin/python -m pytest -n $(JOBS) --dist loadscope $(NBVAL) $(wildcard solutions/00_*.ipynb solutions/05_*.ipynb solutions/10_*.ipynb)

test-weekly: test-weekly-python test-extras test-portable test-lowest test-newest ## what no commit waits for, some hours: everything that CI samples, whole

test-weekly-python: env # every learner's copy in a browser, every wrong answer, other seeds, a class of twelve, bad input by the thousand
	$(PYTEST) -m weekly tests
	HUB_LEARNERS=12 $(BIN)/python -m pytest tests/test_hub_class.py

test-extras: env # lesson 10 and the doctor with PyTorch and ONNX themselves, which env leaves out: gigabytes, in .venv.extras
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv.extras
	$(BIN)/uv pip install --quiet --python .venv.extras/bin/python -r pyproject.toml --extra course --extra torch --extra deploy -e .
	.venv.extras/bin/python -m pytest -m weekly tests/test_checks_l10_as_pytorch.py tests/test_doctor_torch.py tests/test_lessons_l10_tf_export.py

test-portable: env ## all solutions as other processors would compute them, an hour and a half
	$(BIN)/python tools/portable.py

test-lowest: env ## make test with the lowest releases that pyproject.toml admits, in .venv.lowest
	$(call resolved,lowest,lowest-direct)

test-newest: env ## make test with the newest releases instead of the lock, in .venv.newest
	$(call resolved,newest,highest)

fuzz-atheris: env ## bad files, guided by coverage; Linux, by hand (ARGS="quiz.parse --seconds 60")
	$(BIN)/python tests/fuzz_atheris.py $(ARGS)

bench: env ## how fast the course is, at most 10 minutes (ARGS="--only training" for a part)
	$(BIN)/python tools/bench $(ARGS)

replicate: env ## train the published table on MNIST again, about 45 minutes on 2 cores; goes on where it was stopped
	$(BIN)/python tools/replicate $(ARGS)

# An environment that uv makes and resolves anew from pyproject.toml, with the Python of .venv, and the tests in it.
define resolved
$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv.$(1)
$(BIN)/uv pip install --quiet --python .venv.$(1)/bin/python --resolution $(2) -r pyproject.toml --extra course -e .
$(MAKE) --no-print-directory -o env test BIN=.venv.$(1)/bin
endef

site: env ## build the static site into docs/_build/html (ARGS="--browser ../browser/" for buttons)
	$(BIN)/python tools/pages.py $(ARGS)

browser: env ## the lessons that run in a browser's tab, into docs/_build/browser
	$(BIN)/python tools/lite

slides: env ## slides of the lessons, into docs/_build/slides; LESSON=04 for one
	$(BIN)/python tools/slides.py $(LESSON)

assignment: env ## LESSON=05 COURSE=DIR: the lesson as an assignment of nbgrader
	$(BIN)/python tools/assignment.py "$(LESSON)" "$(COURSE)"

hub: env ## a JupyterHub for a workshop on this machine, as root (ARGS="--instructor NAME")
	$(BIN)/python tools/hub $(ARGS)

slow-parts:
	@echo $(SLOW)
