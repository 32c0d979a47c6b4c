#!/usr/bin/env bash
# Makes every generated file anew, in place.
set -euo pipefail
cd "$(dirname "$0")/.."

go tool -modfile=tools/go.mod sqlc generate -f internal/postgres/sqlc.yaml
go tool -modfile=tools/go.mod oapi-codegen -config internal/api/dto/oapi-codegen.yaml internal/api/openapi.yaml
go run ./internal/archtest/graph
go test -count=1 ./internal/api -run '^TestAccessPage' -update >/dev/null
go test -count=1 ./internal/domain/order -run '^TestThePage' -update >/dev/null
go test -count=1 ./internal/tui -run '^TestShots' -update >/dev/null
