#!/bin/sh
# Find a Python that fits and let it set the project up. Says in one sentence what is missing.
#   scripts/setup.sh [front-end|models|browser] ...
set -eu
cd "$(dirname "$0")/.."

seen=""
for candidate in ${PYTHON:-} .venv/bin/python python3 python3.11 python3.12; do
  version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
  case $version in
    3.11|3.12) exec "$candidate" scripts/setup.py "$@" ;;
  esac
  seen="$seen $candidate is $version;"
done

if [ -z "$seen" ]; then
  echo "setup: no python3 on PATH. Install Python 3.11 or 3.12, on Debian 12 with: apt-get install python3" >&2
else
  echo "setup: Python 3.11 or 3.12 is needed, but$seen install one, or name it: PYTHON=/path/to/python3.11 make ..." >&2
fi
exit 1
