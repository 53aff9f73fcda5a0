#!/bin/sh
# The OpenID Connect provider that one browser test signs in by (tests/journeys/openid), where there is Node to run it.
# Never fails: without it the other tests run, and that one says why it did not.
set -eu

cd "$(dirname "$0")/../tests/journeys/openid"
stamp=node_modules/.doorstep
state=$(cksum package-lock.json)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ] && exit 0
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    echo "No Node on this machine, so the test against a real OpenID Connect provider will not run (it is named at the end)." >&2
    exit 0
fi
echo "Installing the OpenID Connect provider for one browser test (npm ci) ..."
if npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null; then
    # A crash before this line leaves no stamp: the next run installs again.
    echo "$state" > "$stamp"
else
    echo "npm could not install it; the reason stands above." >&2
fi
