package api_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api"
)

var update = flag.Bool("update", false, "write docs/access.md anew")

// docs/access.md is the route table as people read it; `make generate` writes it.
func TestAccessPageIsTheTable(t *testing.T) {
	t.Parallel()
	rows, err := api.Rows()
	require.NoError(t, err)
	const path = "../../docs/access.md"
	page := accessPage(rows)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(page), 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, page, string(have), "run make generate, and look at what changed")
}

func accessPage(rows []api.Row) string {
	var b strings.Builder
	b.WriteString(`# Who may call what

Made from the route table in ` + "`internal/api/routes.go`" + ` by ` + "`make generate`" + `. A test calls every route as everybody and holds what
happens against this table.

What a caller may not know of is 404. Someone of the wrong role, or without the permission, gets 403, nobody gets 401.
*own*: it belongs to the caller. *vendor's*: the caller works for the vendor that it belongs to, in a role that may do
this: the kitchen runs orders and the menu, a manager edits both menu and vendor too, an owner does everything. *carried*: the delivery or offer is
the caller's. An admin has every permission. The stream of an order and the socket take a ticket instead of a token, of who got it. API keys reach only what names a scope, and only their own vendor's.

| route | customer | vendor | courier | support | admin | API key |
|---|---|---|---|---|---|---|
`)
	for _, row := range rows {
		if row.Public {
			fmt.Fprintf(&b, "| `%s %s` | everybody | | | | | |\n", row.Method, row.Path)
			continue
		}
		fmt.Fprintf(&b, "| `%s %s` |", row.Method, row.Path)
		for _, role := range []string{"customer", "vendor", "courier", "support", "admin"} {
			fmt.Fprintf(&b, " %s |", cell(row, role))
		}
		fmt.Fprintf(&b, " %s |\n", strings.Join(row.Scope.Names(), " "))
	}
	return b.String()
}

func cell(row api.Row, role string) string {
	for _, g := range row.Grants {
		switch {
		case string(g.Role) != role:
		case g.Needs != 0:
			return "with " + strings.Join(g.Needs.Names(), ", ")
		case g.To == "member":
			return "vendor's, may " + string(g.Act)
		case g.To == "carrying":
			return "carried"
		case g.To == "own":
			return "own"
		default:
			return "yes"
		}
	}
	return ""
}
