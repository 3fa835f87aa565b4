# shellcheck shell=bash
# What scripts/demo and scripts/test share: from a fresh checkout to a .venv with everything in it. To be sourced.
# Needs bash, Python 3.11+ and, for the devnet, Node 20+; everything else comes from the lock files.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv="$root/.venv"
stamp="$venv/.installed"
child=

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$0: $*"
  exit 2
}

# A step runs as a process group of its own and is ended by its id: bash waits for a foreground child before it heeds
# a signal, and a killed subshell would leave pip behind.
stop_step() {
  if [[ -n $child ]]; then
    kill -- "-$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  say ''
  say 'stopped'
  exit 130
}

# step TEXT COMMAND…: one line on the terminal that counts the seconds; what the command says only when it fails.
step() {
  local text=$1 log started=$SECONDS status=0
  shift
  log=$(mktemp)
  trap stop_step INT TERM
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  child=$!
  set +m
  [[ -t 2 ]] || say "setup: $text ..."
  while kill -0 "$child" 2>/dev/null; do
    [[ ! -t 2 ]] || printf '\rsetup: %s ... %s s' "$text" "$((SECONDS - started))" >&2
    sleep 0.3
  done
  wait "$child" || status=$?
  child=
  trap - INT TERM
  if ((status)); then
    say ''
    tail -n 30 "$log" >&2
    rm -f "$log"
    die "$text failed (above is what it said)"
  fi
  rm -f "$log"
  if [[ -t 2 ]]; then
    printf '\rsetup: %s: %s s    \n' "$text" "$((SECONDS - started))" >&2
  else
    say "setup: $text: $((SECONDS - started)) s"
  fi
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# A name on PATH proves nothing (pyenv leaves stubs): each candidate is run.
find_python() {
  local candidate
  for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    if is_new_enough "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  die "Python 3.11 or newer is needed and none was found: install it, or name it with PYTHON=/path/to/python3"
}

need_node() {
  local version
  command -v npm >/dev/null || die 'Node 20 or newer with npm is needed for the devnet: install it and try again'
  version=$(node --version 2>/dev/null) || die 'Node 20 or newer is needed for the devnet: install it and try again'
  version=${version#v}
  ((${version%%.*} >= 20)) || die "Node 20 or newer is needed for the devnet; this is Node $version"
}

fingerprint() { # what decides an installation: its lock, the project's metadata, where the checkout is
  "$venv/bin/python" - "$root" "$root/requirements/$1.lock" "$root/pyproject.toml" <<'PY'
import hashlib, pathlib, sys
paths = [pathlib.Path(name) for name in sys.argv[2:]]
parts = [sys.argv[1].encode(), sys.version.encode(), *(path.read_bytes() for path in paths)]
print(hashlib.sha256(b"\0".join(parts)).hexdigest())
PY
}

make_venv() {
  "$1" -m venv --clear "$venv" && "$venv/bin/python" -m pip --version
}

# --no-build-isolation: what builds the project is in the lock too, so that nothing is installed unlocked.
install_locked() {
  local pip=("$venv/bin/python" -m pip install --no-compile --disable-pip-version-check --no-input)
  "${pip[@]}" --require-hashes -r "$root/requirements/$1.lock" &&
    "${pip[@]}" --no-deps --no-build-isolation --editable "$root"
}

is_installed() {
  [[ -f $stamp ]] && grep -qxF "$1 $(fingerprint "$1")" "$stamp"
}

# set_up run|dev: dev holds everything run does, in the same versions.
set_up() {
  local kind=$1 python count
  if ! is_new_enough "$venv/bin/python"; then
    python=$(find_python)
    step "creating .venv with $("$python" --version)" make_venv "$python"
  fi
  if is_installed dev || is_installed "$kind"; then
    return
  fi
  "$venv/bin/python" -m pip --version >/dev/null 2>&1 || step 'adding pip' "$venv/bin/python" -m ensurepip
  count=$(grep -c '^[a-z].*==' "$root/requirements/$kind.lock")
  step "installing $count locked packages (once, about half a minute)" install_locked "$kind"
  printf '%s %s\n' "$kind" "$(fingerprint "$kind")" >"$stamp"
}
