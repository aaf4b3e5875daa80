# Sourced by the scripts in this folder: finds Python and keeps .venv in step with a lock file.
# Says what is wrong in one line and exits: 3 old Python, 4 no environment, 6 unwritable, 7 packages.

VENV="$ROOT/.venv"

refuse() {
    code=$1
    shift
    echo "$NAME: $*" >&2
    exit "$code"
}

# A name may exist and not work (a version manager's stub), so each one is tried.
find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
    done
    found=$(python3 -V 2>&1) || found="no Python"
    refuse 3 "Python 3.11 or newer is needed, and $found is all that was found; install python3.11 or newer"
}

make_venv() {
    python=$(find_python) || exit $?
    mkdir -p "$VENV" 2>/dev/null && [ -w "$VENV" ] || refuse 6 "$VENV cannot be written; check who owns it"
    echo "$NAME: making $VENV with $("$python" -V)" >&2
    # Debian's python3 has venv without ensurepip, and leaves half an environment behind.
    if ! "$python" -m venv --clear "$VENV" >/dev/null 2>&1 || ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then
        rm -rf "$VENV"
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        refuse 4 "$python cannot make an environment; on Debian and Ubuntu run: apt-get install python$version-venv"
    fi
}

# ensure_venv LOCK: the copy of the lock in .venv says what was installed, and is written last.
ensure_venv() {
    [ -x "$VENV/bin/python" ] || make_venv
    if cmp -s "$ROOT/$1" "$VENV/$1"; then
        return
    fi
    [ -w "$VENV" ] || refuse 6 "$VENV cannot be written; check who owns it"
    rm -f "$VENV"/requirements*.lock
    echo "$NAME: installing the packages of $1" >&2
    # The lock is complete (--no-deps), and what is never imported need not be compiled: 3.3 s instead of 5.0.
    "$VENV/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --require-hashes --no-deps --no-compile \
        --prefer-binary -r "$ROOT/$1" >&2 || refuse 7 "the packages could not be installed; see pip's words above"
    # The development lock holds all that the other one holds.
    for lock in requirements.lock "$1"; do
        cp "$ROOT/$lock" "$VENV/$lock"
    done
}
