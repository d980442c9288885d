# `make` alone lists the targets. Every one that runs Python stands on env, which makes or updates .venv first.
PYTHON ?= python3
JOBS ?= 2
BIN = .venv/bin
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist loadscope $(if $(LESSON),--lesson $(LESSON))
NBVAL = --nbval-current-env --nbval-sanitize-with tests/nbval_sanitize.cfg --nbval-cell-timeout 240
COPIES = $(if $(LESSON),notebooks,$(wildcard notebooks/00_*.ipynb notebooks/01_*.ipynb notebooks/03_*.ipynb))
BROWSER_TIMES = tests/test_browser_widgets.py
BROWSER = tests/test_site_browser.py tests/test_browser_lessons.py
# A browser runs every cell of the learner's copies, too: without one they are run as `make test` runs its three.
CHROMIUM = $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
# JupyterLab asks the web for news and updates by default; it wants to be told that root (a container) is meant.
LAB = --LabApp.news_url= --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate $(if $(filter 0,$(shell id -u)),--allow-root)
.DEFAULT_GOAL := help
.PHONY: help env lab build lint test test-python test-solutions test-copies test-fast test-slow test-slow-python
.PHONY: test-browser test-browser-times test-browser-pages test-alone test-other-copies test-processor test-portable test-lowest test-newest
.PHONY: bench replicate test-fuzz fuzz-atheris
.PHONY: site slides assignment hub

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: ## make .venv, or bring it up to date with requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "The course needs Python 3.11 to 3.14, and $(PYTHON) is not on the PATH: install one (https://www.python.org/downloads/) and run the command again." >&2; exit 1; }
	@$(PYTHON) tools/env.py

lab: env ## open the course in JupyterLab (ARGS="--no-browser --port 8899")
	$(BIN)/jupyter lab $(LAB) --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ARGS)

build: env ## build notebooks/ and solutions/ from lessons/ (ARGS="04")
	$(BIN)/python tools/build.py $(ARGS) && $(BIN)/python tools/picture.py

lint: env ## what the pre-commit hooks check
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/python tools/build.py --check

test: test-python test-solutions test-copies ## the whole course, at most 15 minutes; LESSON=04 for what concerns one lesson

test-python: env
	$(PYTEST) -m "not slow" tests

test-solutions: env
	$(PYTEST) --nbval $(NBVAL) solutions

test-copies: env
	$(PYTEST) --nbval-lax $(NBVAL) $(COPIES)

test-fast: env ## what needs neither TensorFlow nor a notebook, one to three minutes
	$(PYTEST) -m "not slow and not keras and not notebook and not browser" tests

test-slow: test-slow-python test-alone test-processor test-browser $(if $(CHROMIUM),,test-other-copies) ## what is costly, half an hour to an hour

test-slow-python: env
	$(PYTEST) -m "slow and not alone" $(addprefix --ignore=,$(BROWSER_TIMES) $(BROWSER)) tests

test-browser: test-browser-times test-browser-pages ## of these: a real browser over the widgets, the site and each lesson

test-browser-times: env # one after the other: the times mean nothing with a second worker beside
	$(BIN)/python -m pytest $(BROWSER_TIMES)

test-browser-pages: env # side by side; the site's tests on one worker, which builds and visits it for all of them
	$(PYTEST) $(BROWSER)

test-alone: env # what measures speed: with a second worker beside it, it would measure that worker too
	$(BIN)/python -m pytest -m alone tests

test-other-copies: env # the learner's copies that `make test` leaves out
	$(PYTEST) --nbval-lax $(NBVAL) $(filter-out $(COPIES),$(wildcard notebooks/*.ipynb))

test-processor: env # the lessons that compute in NumPy for the most part; test-portable takes all
	$(BIN)/python tools/portable.py --only haswell 00 01 05 10

test-portable: env ## all solutions as other processors would compute them, an hour and a half
	$(BIN)/python tools/portable.py

test-lowest: env ## make test with the lowest releases that pyproject.toml admits, in .venv.lowest
	$(call resolved,lowest,lowest-direct)

test-newest: env ## make test with the newest releases instead of the lock, in .venv.newest
	$(call resolved,newest,highest)

test-fuzz: env ## bad input by the thousand to helpers, checks, files and the build, 5 minutes
	$(PYTEST) $(wildcard tests/test_fuzz_*.py)

fuzz-atheris: env ## the same, guided by coverage; Linux, by hand (ARGS="quiz.parse --seconds 60")
	$(BIN)/python tests/fuzz_atheris.py $(ARGS)

bench: env ## how fast the course is, at most 10 minutes (ARGS="--notebooks --test" for those)
	$(BIN)/python tools/bench $(ARGS)

replicate: env ## train the published table on MNIST again, about 45 minutes on 2 cores; goes on where it was stopped
	$(BIN)/python tools/replicate $(ARGS)

# An environment that uv makes and resolves anew from pyproject.toml, with the Python of .venv, and the tests in it.
define resolved
$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv.$(1)
$(BIN)/uv pip install --quiet --python .venv.$(1)/bin/python --resolution $(2) -r pyproject.toml --all-extras -e .
$(MAKE) --no-print-directory -o env test BIN=.venv.$(1)/bin
endef

site: env ## build the static site into docs/_build/html
	$(BIN)/python tools/pages.py

slides: env ## slides of the lessons, into docs/_build/slides; LESSON=04 for one
	$(BIN)/python tools/slides.py $(LESSON)

assignment: env ## LESSON=05 COURSE=DIR: the lesson as an assignment of nbgrader
	$(BIN)/python tools/assignment.py "$(LESSON)" "$(COURSE)"

hub: env ## a JupyterHub for a workshop on this machine, as root (ARGS="--instructor NAME")
	$(BIN)/python tools/hub $(ARGS)
