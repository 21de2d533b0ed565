#!/usr/bin/env bash
# Write every lock anew from its .in file. No lock records an address.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.venv/bin/uv
options=(--universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
         --upgrade --override requirements-overrides.txt)
for name in requirements requirements-dev requirements-bootstrap; do
  echo "lock: $name.txt"
  "$uv" pip compile "${options[@]}" "$name.in" -o "$name.txt" > /dev/null
done
echo "lock: requirements-models.txt, requirements-gpu.txt"
UV=$uv scripts/lock_models.sh
echo "lock: package-lock.json"
PATH=$PATH:$PWD/.venv/bin npm update --package-lock-only
