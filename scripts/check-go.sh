#!/bin/sh
# Fails with a clear message when Go is missing or older than go.mod asks for.
set -eu
cd "$(dirname "$0")/.."

need=$(awk '$1 == "go" { print $2; exit }' go.mod)
if ! command -v go >/dev/null 2>&1; then
    echo "zoop needs Go $need or newer, and there is no 'go' in PATH: see https://go.dev/doc/install" >&2
    exit 1
fi
if ! have=$(go env GOVERSION 2>&1); then
    echo "$have" >&2
    echo "zoop needs Go $need or newer: see https://go.dev/doc/install" >&2
    exit 1
fi
echo "$have" | awk -v need="$need" '{
    sub(/^go/, ""); split($0, h, /[.a-z-]/); split(need, n, ".")
    for (i = 1; i <= 3; i++) {
        if (h[i] + 0 > n[i] + 0) exit 0
        if (h[i] + 0 < n[i] + 0) {
            printf "zoop needs Go %s or newer, this is %s: see https://go.dev/doc/install\n", need, $0 > "/dev/stderr"
            exit 1
        }
    }
}'
