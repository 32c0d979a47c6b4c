#!/usr/bin/env bash
# Fails when a generated file is not what its source makes, a file is not
# formatted, or go.mod is not tidy. It compares contents before and after
# generating, so unrelated uncommitted work does not matter.
set -euo pipefail
cd "$(dirname "$0")/.."

generated() {
    { find internal -name '*.gen.go' -o -path 'internal/postgres/query/*.go'; echo docs/architecture.svg; echo docs/access.md; find docs/console -name '*.svg'; } | LC_ALL=C sort
}
sums() { generated | while read -r f; do git hash-object --no-filters "$f" | sed "s|\$| $f|"; done; }

failed=0
before=$(sums)
scripts/generate.sh
if ! diff <(echo "$before") <(sums); then
    echo "verify: generated files were out of date (< before, > now): commit what make generate makes" >&2
    failed=1
fi

unformatted=$(gofmt -l cmd internal migrations e2e 2>/dev/null || true)
if [ -n "$unformatted" ]; then
    printf 'verify: not formatted by gofmt:\n%s\n' "$unformatted" >&2
    failed=1
fi

if ! tidy=$(go mod tidy -diff 2>&1); then
    echo "$tidy" | head -40 >&2
    echo "verify: go.mod is not tidy: run go mod tidy" >&2
    failed=1
fi
exit "$failed"
