# The two commands: `make run` and `make test`. `make setup` prepares alone; `make check` is the fast half of the tests.
# Everything is made once and again only when its sources changed (stamp files), in order whatever -j says.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
BUILT := shegong/ui/static/ui
CATALOGUE := shegong/locale/zh_Hans/LC_MESSAGES/django.mo
VAR := $(or $(SHEGONG_VAR),var)
STATIC := $(VAR)/static/.collected

# Sources of the bundle: style sheets are cut down to what templates use, icons to those that are named.
SOURCES := $(shell find shegong -path '*/tests' -prune -o -path '*/migrations' -prune -o -path '*/static' -prune -o \
	\( -name '*.py' -o -name '*.html' \) -print 2>/dev/null)
FRONTEND := $(shell find frontend -type f 2>/dev/null) package.json
FRAGMENTS := $(wildcard shegong/locale/fragments/*.po)

.PHONY: help setup fonts setup-dev run test check lint bench clean catalogues reference browser

help:  ## 本页 this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 22

setup: fonts $(VENV)/.run node_modules/.installed $(BUILT)/.built $(CATALOGUE) $(STATIC)  ## 准备环境 prepare; afterwards the command is .venv/bin/shegong

run: setup  ## 启动演示 start with the demo province; Ctrl-C stops
	@exec $(BIN)/shegong serve

setup-dev: setup $(VENV)/.dev

# Papers (PDF) need a Chinese font; without one everything else works, and a paper says what is missing.
fonts:
	@if [ -z "$$(find /usr/share/fonts /usr/local/share/fonts -iname 'noto*cjk*' -o -iname 'wqy*' -o -iname 'sourcehan*' 2>/dev/null | head -1)" ]; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -q && apt-get install -y -q --no-install-recommends fonts-noto-cjk; \
		else echo "打印文书需要中文字体 To set papers, install: fonts-noto-cjk" >&2; fi; fi

# --- Python ------------------------------------------------------------------------------------------------------------
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "需要 Python 3.11 以上。 Python 3.11 or newer is needed." >&2; exit 1; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -q && apt-get install -y -q --no-install-recommends python3-venv; \
		else echo "缺少 python3-venv。 Install it: apt-get install python3-venv" >&2; exit 1; fi; fi
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) install -q --require-hashes -r requirements/run.txt
	$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(PIP) install -q --require-hashes -r requirements/dev.txt
	@touch $@

# --- pages -------------------------------------------------------------------------------------------------------------
node_modules/.installed: package-lock.json package.json
	@command -v npm >/dev/null || { echo "需要 Node.js 与 npm（18 以上）。 Node.js 18 or newer with npm is needed." >&2; exit 1; }
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(BUILT)/.built: $(FRONTEND) $(SOURCES) node_modules/.installed
	npm run --silent build
	@touch $@

# A missing translation must not keep anybody from starting; `make test` refuses it.
$(CATALOGUE): $(SOURCES) $(FRAGMENTS) tools/catalogues.py $(VENV)/.run
	@$(BIN)/python tools/catalogues.py >/dev/null 2>&1 || true
	@test -f $@ && touch $@

$(STATIC): $(BUILT)/.built $(VENV)/.run
	@$(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0 --skip-checks
	@touch $@

catalogues: $(VENV)/.run  ## 汇总译文 gather the translations
	$(BIN)/python tools/catalogues.py

reference: $(VENV)/.run  ## 更新参考页 write docs/reference/ anew from the declarations
	$(BIN)/python tools/reference.py

# --- tests -------------------------------------------------------------------------------------------------------------
lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/mypy shegong
	$(BIN)/lint-imports
	$(BIN)/python tools/catalogues.py --check
	$(BIN)/python tools/reference.py --check
	SHEGONG_MODE=test SHEGONG_VAR=.test-var $(BIN)/python manage.py makemigrations --check --dry-run --skip-checks

test: setup-dev browser lint  ## 全部测试 every test, browser included
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup-dev lint  ## 快的一半 the fast half, under three minutes
	$(BIN)/python -m pytest -n 2 -m "not browser and not slow"

# Debian's Chromium and a Chinese font, for the browser tests only.
browser:
	@if ! command -v chromium >/dev/null || ! fc-list 2>/dev/null | grep -qi 'cjk'; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -q && apt-get install -y -q --no-install-recommends chromium fonts-noto-cjk fontconfig; \
		else echo "浏览器测试需要 Install for the browser tests: chromium fonts-noto-cjk" >&2; exit 1; fi; fi

bench: setup-dev  ## 性能对照 measure speed against the baselines; JSON out
	@$(BIN)/shegong bench

clean:  ## 删除生成物，保留数据 remove what was made; data in var/ stays
	rm -rf $(VENV) node_modules $(BUILT) $(CATALOGUE) $(VAR)/static .test-var build *.egg-info
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
