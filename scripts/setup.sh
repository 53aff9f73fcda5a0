#!/bin/sh
# Make .venv what uv.lock says. Usage: scripts/setup.sh run|all  ("all" adds what tests and checks need)
#
# Needs Python 3.11 or newer with its venv module; everything else comes from the package index.
# When nothing has changed since the last time this only compares a stamp (milliseconds).
set -eu

UV=0.13.9
wanted=${1:-all}
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
stamp=.venv/.doorstep
# The folder is part of it: programs in a virtual environment name their own place, and break when it is moved.
state="$here $(cksum uv.lock pyproject.toml | tr '\n' ' ')"

if [ -f "$stamp" ] && [ -x .venv/bin/python ]; then
    case "$(cat "$stamp")" in
        "all $state" | "$wanted $state") exit 0 ;;
    esac
fi

stop() {
    echo "$1" >&2
    exit 1
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    stop "Doorstep needs Python 3.11 or newer, and none was found. On Debian: apt-get install python3 python3-venv"
}

if [ ! -x .venv/bin/python ] || { [ -f "$stamp" ] && ! grep -qF " $here " "$stamp"; }; then
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "This Python has no venv module. On Debian: apt-get install python3-venv"
    echo "Making .venv ..."
    rm -rf .venv
    "$python" -m venv .venv || stop "The virtual environment could not be made; the reason stands above."
fi

if ! .venv/bin/uv --version 2>/dev/null | grep -qF "uv $UV"; then
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    echo "Installing uv $UV ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore "uv==$UV" ||
        stop "uv could not be installed. Is the package index reachable from this machine?"
fi

echo "Installing what uv.lock names (once) ..."
group=
[ "$wanted" = all ] || group=--no-dev
rm -f "$stamp"
# Schools often inspect TLS with a certificate of their own: where the system keeps certificates, those count.
[ ! -s /etc/ssl/certs/ca-certificates.crt ] || export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
# --inexact: what "all" has installed stays when "run" is asked for later.
VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never \
    .venv/bin/uv sync --frozen --inexact --quiet --compile-bytecode --python .venv/bin/python $group ||
    stop "The packages could not be installed; the reason stands above."
# Compiled once here, also where the environment forbids Python to keep what it compiles: a start takes half the time.
.venv/bin/python -m compileall -q domain policies eventlog accounts projections commands reactors api
# A crash before this line leaves no stamp: the next start installs again.
echo "$wanted $state" > "$stamp"
