# Each target sets up what it needs first; a second run skips what is done.
# On a bare Debian 12 this needs make, git and python3 only.

SHELL := /bin/sh
PYTHON_IN := .venv/bin
MANAGE := $(PYTHON_IN)/python manage.py
PYTEST := $(PYTHON_IN)/pytest -q
export PORT ?= 8000

# What `check --deploy` looks at: settings as in production, with nobody's secrets.
PRODUCTION_LIKE := DEBUG= DATABASE_URL=postgres://app@db.example.com/buddyhelps \
  REDIS_URL=redis://redis.example.com/0 PUBLIC_URL=https://phone.example.com ALLOWED_HOSTS= \
  TWILIO_AUTH_TOKEN=not-a-real-token-and-never-used MASTER_KEYS=not-a-real-key-either \
  EMAIL_URL=smtp+tls://app@mail.example.com DEFAULT_FROM_EMAIL=hello@example.com \
  SECRET_KEY=not-a-real-key-but-long-enough-and-of-many-letters-0123456789-ABCDEFGHIJ

.PHONY: help setup demo run test test-models check-vllm test-browser check lock

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## packages into .venv, as locked
	@scripts/setup.sh

demo: ## two calls at once on this machine, from greeting to lead
	@scripts/setup.sh front-end
	@$(MANAGE) demo

run: ## the web pages and the phone endpoints until Ctrl-C (PORT=8000)
	@scripts/setup.sh front-end
	@exec $(MANAGE) serve

test: ## the tests, on real Postgres and Redis
	@scripts/setup.sh front-end
	$(PYTEST) -n 2 -m "not models and not browser and not realtime"
	$(PYTEST) -m realtime

check-vllm: ## what the vLLM adapter uses, against the official wheel's sources (a large download)
	.venv/bin/python scripts/check_vllm.py

test-models: ## the tests of the model engines, on CPU, in .venv-models
	@scripts/setup.sh models
	.venv-models/bin/python -m pytest -q tests/models

test-browser: ## the tests that drive Chromium
	@scripts/setup.sh front-end browser
	$(PYTEST) -m browser

check: ## lint, types, layers, deployment settings, missing migrations
	@scripts/setup.sh
	$(PYTHON_IN)/ruff check .
	$(PYTHON_IN)/ruff format --check .
	$(PYTHON_IN)/mypy .
	$(PYTHON_IN)/lint-imports
	$(PRODUCTION_LIKE) $(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) makemigrations --check --dry-run

lock: ## resolve every requirements-*.in and package.json anew
	@scripts/setup.sh
	scripts/lock.sh
