#!/usr/bin/env bash
# Write requirements-models.txt (CPU test environment) and requirements-gpu.txt (GPU pods) anew.
# Both resolve without downloading a package. The CPU build of torch is found by pip alone, so
# `make test-models` installs torch by itself first, and the models lock leaves out what only
# torch's CUDA build would bring.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
target=(--python-version 3.11 --python-platform x86_64-manylinux_2_28
        --no-header --no-emit-index-url)
"$uv" pip compile requirements-gpu.in "${target[@]}" --constraint requirements.txt -o requirements-gpu.txt > /dev/null
"$uv" pip compile requirements-models.in "${target[@]}" --constraint requirements-gpu.txt \
  --override requirements-models-overrides.txt -o requirements-models.txt > /dev/null
