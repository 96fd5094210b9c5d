#!/usr/bin/env bash
# Set-up, safe to repeat: the virtual environment; with --tests also Java (Spark) and Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo -n "$@"
    else return 1
    fi
}

apt_updated=0
install_package() { # package, what for
    say "Installing $1 ($2)…"
    command -v apt-get >/dev/null || { say "No apt-get here: install $1 yourself ($2), then run this again."; return 1; }
    if [ "$apt_updated" = 0 ]; then as_root apt-get update -qq >/dev/null 2>&1 || true; apt_updated=1; fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null || {
        say "Could not install $1: run as root 'apt-get update && apt-get install $1' ($2), then run this again."
        return 1
    }
}

python=""
for candidate in python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$(command -v "$candidate"); break
    fi
done
[ -n "$python" ] || { say "Python 3.11 or later is needed: apt-get install python3"; exit 3; }

if command -v uv >/dev/null; then uv=uv
else
    uv=.tools/bin/uv
    if [ ! -x "$uv" ]; then
        say "Installing uv in .tools…"
        "$python" -c 'import ensurepip, venv' 2>/dev/null || install_package python3-venv "virtual environments" || exit 3
        "$python" -m venv .tools
        .tools/bin/python -m pip install -q "uv>=0.8"
    fi
fi

stamp=.venv/.ready
wanted=$(cat pyproject.toml uv.lock | sha256sum | cut -d' ' -f1)
if [ ! -x .venv/bin/labsante ] || [ "$(cat $stamp 2>/dev/null)" != "$wanted" ]; then
    say "Preparing .venv…"
    "$uv" sync --quiet --frozen --all-extras --python "$python"
    printf '%s' "$wanted" >"$stamp"
fi

if [ "${1:-}" = --tests ]; then
    command -v java >/dev/null || install_package openjdk-17-jre-headless "the Spark tests" \
        || install_package default-jre-headless "the Spark tests" || exit 3
    command -v chromium >/dev/null || command -v google-chrome >/dev/null \
        || install_package chromium "the browser tests" || exit 3
fi
