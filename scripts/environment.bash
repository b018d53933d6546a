# Sourced by the other scripts: changes to the project's folder and makes .venv there, with the locked packages.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

fail() {
  echo "${0##*/}: $1" >&2
  exit 1
}

# Run a step that Ctrl+C or SIGTERM stops at once, even when the signal reaches this shell only.
step() {
  "$@" &
  local child=$!
  trap 'kill "$child" 2>/dev/null; wait "$child" 2>/dev/null; exit 130' INT TERM
  wait "$child"
  local status=$?
  trap - INT TERM
  return "$status"
}

find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  fail "Python 3.11 or newer is needed and was not found; install it and start again."
}

# A pip outside the environment that can install into it, for a Python without ensurepip (Debian packs it separately).
find_pip() {
  local candidate
  for candidate in "$1 -m pip" "python3 -m pip" pip3 pip; do
    if $candidate --python .venv/bin/python --version >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
  fail "This Python lacks ensurepip and there is no pip: install python3-venv (Debian, Ubuntu: apt install python3-venv)."
}

# make_environment <requirements file>: makes .venv and installs what the file locks, checking the hashes; does nothing
# when that is installed already.
make_environment() {
  local python pip wanted
  if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$(find_python) || exit 1
    rm -rf .venv 2>/dev/null
    "$python" -m venv --without-pip .venv || fail "the folder .venv could not be created here."
  fi
  wanted=$(cat "$1" | .venv/bin/python -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
  if [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$wanted" ]; then return; fi
  echo "Installing the packages in $1 into .venv (once, about a minute) ..."
  if .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null 2>&1; then
    pip=".venv/bin/python -m pip"
  else
    pip="$(find_pip "$(find_python)")" || exit 1
    pip="$pip --python .venv/bin/python"
  fi
  step $pip --quiet --disable-pip-version-check install --quiet --require-hashes --requirement "$1" || fail "the packages in $1 could not be installed; the reason is above."
  echo "$wanted" >".venv/installed-$1"
}

# Makes node_modules in a folder, this one by default, with what package-lock.json there locks; does nothing when that is
# installed already. Fails without Node 20.
make_node_modules() {
  local folder=${1:-.} wanted
  node --eval 'process.exit(Number(parseInt(process.versions.node) < 20))' 2>/dev/null || return
  wanted=$(cksum <"$folder/package-lock.json")
  if [ "$(cat "$folder/node_modules/.installed" 2>/dev/null)" = "$wanted" ]; then return; fi
  # Within the folder: with --prefix, npm took a minute longer.
  (cd "$folder" && npm ci --silent --ignore-scripts) && echo "$wanted" >"$folder/node_modules/.installed"
}

# A whole one: notifications are not in the headless shell, which most tests use if there is one.
has_chromium() {
  command -v chromium || command -v chromium-browser || command -v google-chrome ||
    .venv/bin/python -c 'import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright: sys.exit(not os.path.exists(playwright.chromium.executable_path))'
} >/dev/null 2>&1

install_chromium() {
  local root=""
  [ "$(id -u)" = 0 ] || root="sudo -n"
  if command -v apt-get && { [ -z "$root" ] || $root true; }; then
    $root apt-get update -q
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -qy chromium && {
      $root env DEBIAN_FRONTEND=noninteractive apt-get install -qy chromium-headless-shell # only in Debian
      return 0
    }
    .venv/bin/python -m playwright install --with-deps chromium && return
  fi
  .venv/bin/python -m playwright install chromium
} >/dev/null 2>&1

# Installs a Chromium unless there is one. Fails if none can be installed. Playwright must be in .venv.
make_chromium() {
  has_chromium && return
  echo "Installing Chromium (once) ..."
  install_chromium
  has_chromium
}

# Installs an LDAP server, and the packages for Parlor to use one, which have no wheels and are built here: Debian's
# libldap-dev, libsasl2-dev and a compiler. Fails if that is not possible: only few tests need it.
make_ldap() {
  has_ldap && return
  echo "Installing slapd and python-ldap (once) ..."
  install_ldap_server
  (make_environment requirements-ldap.txt) >/dev/null 2>&1
  has_ldap
}

has_ldap() {
  { command -v slapd || [ -x /usr/sbin/slapd ]; } >/dev/null 2>&1 && .venv/bin/python -c 'import django_auth_ldap, ldap' 2>/dev/null
}

install_ldap_server() {
  local root=""
  [ "$(id -u)" = 0 ] || root="sudo -n"
  command -v apt-get && { [ -z "$root" ] || $root true; } || return
  $root apt-get update -q
  # With a policy that starts no service: tests run a server of their own.
  $root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qy --no-install-recommends \
    slapd ldap-utils libldap-dev libsasl2-dev gcc libc6-dev
} >/dev/null 2>&1
