#!/bin/sh
# Debian's Chromium for the browser tests: installed when this is root on a machine with apt, asked for otherwise.
# Never fails: without Chromium the other tests run, and the run ends by naming those that did not.
set -eu

have() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1
}

have && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests (apt-get install chromium fonts-liberation) ..."
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium fonts-liberation >/dev/null; } ||
        echo "apt-get could not install it; the reason stands above." >&2
    have && exit 0
fi
cat >&2 <<'SENTENCE'
No Chromium on this machine, so the browser tests will not run (each is named at the end of the run).
To run them too, install it as root: apt-get install chromium fonts-liberation
SENTENCE
