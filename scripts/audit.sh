#!/bin/sh
# Known vulnerabilities in the packages that uv.lock names for running Doorstep. Usage: scripts/audit.sh (after scripts/setup.sh)
#
# Ends with 1 where one is found. Where the advisory service does not answer, it says so and ends with 0: a school's
# network that lets nothing out is no fault of a package.
set -eu

AUDIT=2.10.1
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

.venv/bin/uv export --quiet --frozen --no-dev --no-emit-project --output-file "$folder/packages.txt" >/dev/null
# The report is written only when every package was looked up.
if .venv/bin/uv tool run --quiet "pip-audit==$AUDIT" --vulnerability-service osv --disable-pip --require-hashes \
    --requirement "$folder/packages.txt" --timeout "${DOORSTEP_AUDIT_PATIENCE:-15}" --progress-spinner off \
    --format json --output "$folder/report.json" >"$folder/said.txt" 2>&1; then
    echo "No known vulnerability in $(grep -c == "$folder/packages.txt") packages."
elif [ -s "$folder/report.json" ]; then
    echo "KNOWN VULNERABILITIES:" >&2
    .venv/bin/python - "$folder/report.json" >&2 <<'PYTHON'
import json
import sys

for package in json.load(open(sys.argv[1], encoding="utf-8"))["dependencies"]:
    for one in package.get("vulns", ()):
        mended = ", ".join(one["fix_versions"]) or "no release yet"
        print(f"  {package['name']} {package['version']}: {one['id']}, mended in {mended}")
PYTHON
    exit 1
else
    echo "LEFT OUT: nobody looked for known vulnerabilities, because the advisory service did not answer:" >&2
    tail -n 1 "$folder/said.txt" | cut -c 1-300 >&2
fi
