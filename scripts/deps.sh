#!/usr/bin/env bash
# Installs what zoop runs on and this machine lacks: the binaries of PostgreSQL
# and of Redis (or Valkey); with the argument "test" also PgBouncer, tmux, in
# which tests run the console, and a Chromium, to which one shows the tracking
# page, where it comes as a plain package. Silent when nothing is missing.
#
# zoop starts private servers of its own, so nothing that comes with these
# packages is left running: on Debian and Ubuntu the package is told not to
# create its "main" cluster, and a redis-server or pgbouncer service that the
# installation itself added is stopped and disabled. Servers that were here
# before stay as they are.
set -euo pipefail

say() { printf 'deps: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        say "this needs root, and there is no sudo here; as root run: $*"
        exit 1
    fi
}

has_postgres() {
    local dir
    for dir in "$(pg_config --bindir 2>/dev/null || true)" \
        /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* /usr/local/pgsql/bin \
        /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin /home/linuxbrew/.linuxbrew/opt/postgresql*/bin \
        /Applications/Postgres.app/Contents/Versions/*/bin /usr/bin /usr/local/bin; do
        if [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ]; then
            return 0
        fi
    done
    return 1
}

# The extensions that search needs come with PostgreSQL, in some distributions as a package of their own.
has_contrib() {
    compgen -G '/usr/share/postgresql*/*/extension/pg_trgm.control' >/dev/null ||
        compgen -G '/usr/share/postgresql*/extension/pg_trgm.control' >/dev/null ||
        compgen -G '/usr/share/pgsql*/extension/pg_trgm.control' >/dev/null ||
        compgen -G '/usr/pgsql-*/share/extension/pg_trgm.control' >/dev/null ||
        compgen -G '/usr/local/pgsql/share/*extension/pg_trgm.control' >/dev/null ||
        compgen -G '/usr/local/pgsql/share/postgresql/extension/pg_trgm.control' >/dev/null ||
        compgen -G '/Applications/Postgres.app/Contents/Versions/*/share/postgresql/extension/pg_trgm.control' >/dev/null ||
        command -v brew >/dev/null 2>&1 # its formula has them
}

has_redis() { command -v redis-server >/dev/null 2>&1 || command -v valkey-server >/dev/null 2>&1; }

has_pgbouncer() {
    command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || [ -x /usr/local/sbin/pgbouncer ]
}

# Where a browser is a snap or a cask, whoever wants that test installs one.
has_browser() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 ||
        ! { command -v dnf >/dev/null 2>&1 || grep -qx 'ID=debian' /etc/os-release 2>/dev/null; }
}

with_apt() {
    local service
    keep_off=/etc/postgresql-common/createcluster.d/zoop.conf # global: the trap reads it
    say "apt-get update && apt-get install $*"
    as_root apt-get update -q || say "apt-get update failed; trying with the package lists that are here"
    if [[ " $* " == *" postgresql "* ]]; then
        as_root mkdir -p "${keep_off%/*}"
        echo 'create_main_cluster = false' | as_root tee "$keep_off" >/dev/null
        trap 'as_root rm -f "$keep_off"' EXIT
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
    for service in redis-server pgbouncer; do
        if [[ " $* " == *" $service "* ]]; then
            say "stopping and disabling the $service service that this installed; zoop starts its own"
            if [ -d /run/systemd/system ]; then
                as_root systemctl disable --quiet --now "$service" || true
            else
                as_root service "$service" stop >/dev/null 2>&1 || true
                as_root update-rc.d "$service" disable >/dev/null 2>&1 || true
            fi
        fi
    done
}

with_dnf() { # the package does not start its service
    say "dnf install $*"
    as_root dnf install -y "$@"
}

with_brew() { # a formula starts no service by itself
    say "brew install $*"
    brew install "$@"
}

want=()
has_postgres || want+=(postgresql)
has_contrib || want+=(contrib)
has_redis || want+=(redis)
if [ "${1:-}" = test ]; then
    has_pgbouncer || want+=(pgbouncer)
    command -v tmux >/dev/null 2>&1 || want+=(tmux)
    has_browser || want+=(chromium)
fi
if [ ${#want[@]} -eq 0 ]; then
    exit 0
fi
say "missing: ${want[*]}"

pick() { # pick WHAT NAME: the package manager's NAME for each WHAT that is missing
    local what
    for what in "${want[@]}"; do
        if [ "$what" = "$1" ]; then echo "$2"; fi
    done
}

if command -v apt-get >/dev/null 2>&1; then
    # shellcheck disable=SC2046 # one package a word
    with_apt $(pick postgresql postgresql) $(pick contrib postgresql-contrib) $(pick redis redis-server) $(pick pgbouncer pgbouncer) $(pick tmux tmux) $(pick chromium chromium)
elif command -v dnf >/dev/null 2>&1; then
    redis=redis
    if dnf -q list valkey >/dev/null 2>&1; then redis=valkey; fi
    # shellcheck disable=SC2046
    with_dnf $(pick postgresql postgresql-server) $(pick contrib postgresql-contrib) $(pick redis "$redis") $(pick pgbouncer pgbouncer) $(pick tmux tmux) $(pick chromium chromium)
elif command -v brew >/dev/null 2>&1; then
    # shellcheck disable=SC2046
    with_brew $(pick postgresql postgresql@17) $(pick redis redis) $(pick pgbouncer pgbouncer) $(pick tmux tmux)
else
    say "no apt-get, dnf or brew here: install ${want[*]} yourself (the binaries are enough; no service needs to run)"
    exit 1
fi

if ! has_postgres || ! has_redis; then
    say "installed, but initdb and postgres, or redis-server, are still not where zoop looks for them"
    exit 1
fi
say "done"
