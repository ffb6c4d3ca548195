#!/usr/bin/env bash
# Installs what `make run` (or `make test`) needs, and passes over what is there already.
#
#   scripts/setup.sh run|test        PYTHON=… names the interpreter; else python3.11, then python3
#
# A step is done again when its product is gone or the files it was made from have changed: var/setup/ keeps their digests.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."

fail() { printf '%s\n' "$@" >&2; exit 1; }
say() { printf '• %s\n' "$1"; }

as_root() {  # the command, as root: by itself, or by sudo
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

need_root() {  # what for, and the command to run by hand where we can't
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        fail "$1 can only be installed by root, and there is no sudo here." "Run this as root, then try again:" "  $2"
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed (${PYTHON:-python3.11, python3} is missing or older)." \
        "Install Debian's python3, or name another one: make ${1:-run} PYTHON=/path/to/python3.11"
}

step() {  # NAME PRODUCT INPUTS… -- COMMAND…: the command, unless the product stands and was made from these inputs
    local name=$1 product=$2 inputs=() digest
    shift 2
    while [ "$1" != -- ]; do inputs+=("$1"); shift; done
    shift
    digest=$(cat "${inputs[@]}" | sha256sum)
    if [ -e "$product" ] && [ "$(cat "var/setup/$name" 2>/dev/null)" = "$digest" ]; then return; fi
    say "$name"
    rm -f "var/setup/$name"
    "$@"
    printf '%s\n' "$digest" >"var/setup/$name"
}

debian_packages() {  # those of the list that are missing and have no stand-in
    local package stand_in
    while read -r package stand_in; do
        case $package in '' | '#'*) continue ;; esac
        if [ -n "$stand_in" ] && sh -c "$stand_in" >/dev/null 2>&1; then continue; fi
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
    done <"$1"
}

install_debian() {
    local missing
    missing=$(debian_packages "$1")
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null || fail "These packages are needed, and apt-get is not here to install them: $missing"
    need_root "Debian packages" "apt-get install --no-install-recommends $missing"
    say "Debian packages: $missing"
    as_root apt-get update -qq
    # shellcheck disable=SC2086  # one argument a package
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
}

install_fonts() {
    need_root "The Fandol fonts" "scripts/fonts.sh"
    as_root scripts/fonts.sh
}

make_venv() {
    "$PYTHON" -m venv --clear .venv
    rm -f var/setup/python-* var/setup/portal
    # The build tools come first, by hash too, so that no package's build fetches its own.
    pip install -r requirements/build.txt
}

pip() { .venv/bin/python -m pip --quiet --quiet --disable-pip-version-check "$@"; }

install_python() { pip install --require-hashes --no-build-isolation -r "$1"; }

install_portal() { pip install --no-deps --no-build-isolation --no-index --editable .; }

install_assets() {
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
    .venv/bin/python scripts/assets.py
}

what=${1:-}
case $what in run | test) ;; *) fail "usage: scripts/setup.sh run|test" ;; esac
PYTHON=$(find_python "$what")
export PYTHON
mkdir -p var/setup
exec 9>var/setup/lock
flock 9

install_debian requirements/debian-run.txt
[ "$what" = run ] || install_debian requirements/debian-test.txt
step fonts /usr/local/share/fonts/gongwen/FandolFang-Regular.otf scripts/fonts.sh -- install_fonts
step virtual-environment .venv/bin/python requirements/build.txt -- make_venv
step python-run .venv/bin/gunicorn requirements/run.txt -- install_python requirements/run.txt
[ "$what" = run ] ||
    step python-test .venv/bin/pytest requirements/test.txt -- install_python requirements/test.txt
step portal .venv/bin/portal setup.cfg pyproject.toml -- install_portal
step assets portal/static/vendor/icons.svg package-lock.json scripts/assets.py portal/static/icons.txt -- install_assets
step catalogue portal/translations/zh_Hans_CN/LC_MESSAGES/messages.mo \
    scripts/catalogue.py portal/translations/zh_CN/*.po -- .venv/bin/python scripts/catalogue.py compile
