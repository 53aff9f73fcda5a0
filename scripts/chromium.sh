#!/bin/sh
# Debian's Chromium for the browser tests: installed when this is root on a machine with apt, asked for otherwise.
# Two of it: one without windows, which needs less than half the processor time, and the whole one for what only that
# can do. Either is enough to run the tests.
# Never fails: without Chromium the other tests run, and the run ends by naming those that did not.
set -eu

whole() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1
}

light() {
    command -v chromium-headless-shell >/dev/null 2>&1
}

install() {
    echo "Installing Chromium for the browser tests (apt-get install $*) ..."
    apt-get install -qq -y --no-install-recommends "$@" >/dev/null ||
        echo "apt-get could not install it; the reason stands above." >&2
}

whole && light && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    if ! whole; then
        apt-get update -qq || echo "apt-get could not read what there is to install; the reason stands above." >&2
        install chromium fonts-liberation
    fi
    # Not every system with apt has it.
    if ! light && apt-cache show chromium-headless-shell >/dev/null 2>&1; then
        install chromium-headless-shell
    fi
fi
whole && exit 0
light && exit 0
cat >&2 <<'SENTENCE'
No Chromium on this machine, so the browser tests will not run (each is named at the end of the run).
To run them too, install it as root: apt-get install chromium fonts-liberation
SENTENCE
