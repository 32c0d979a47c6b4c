package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api"
	"github.com/zoop-dev/zoop/internal/domain"
)

// The matrix: every route of the table with every kind of caller, on the whole composed API. What the table says must be
// what happens; a route without a fixture fails, and so does a fixture without a route.
//
// Refused callers go first, all against one and the same thing, and must change nothing in the database. Then each allowed caller
// gets a fresh one. Whoever may not know of a thing gets the very answer that a thing which does not exist gives, also when they name a
// version of it.
func TestLine21EveryRouteWithEveryCaller(t *testing.T) {
	w := newWorld(t)
	rows, err := api.Rows()
	require.NoError(t, err)
	covered := map[string]bool{}
	for _, row := range rows {
		name := row.Method + " " + row.Path
		covered[name] = true
		f, found := fixtures[name]
		if !found && (strings.Contains(row.Path, "{") || row.Body != nil) {
			t.Errorf("%s has no fixture in matrix_routes_test.go: how is it called, and on what?", name)
			continue
		}
		if !row.Public {
			require.NotEmpty(t, row.Grants, "%s: nobody may call it", name)
		}
		t.Run(name, func(t *testing.T) { w.route(t, row, f) })
	}
	for name := range fixtures {
		require.True(t, covered[name], "%s is no route any more", name)
	}
}

func (w *world) route(t *testing.T, row api.Row, f fixture) {
	var allowed []*caller
	thing := w.target(row, f)
	before := w.sum(t)
	for _, c := range w.callers {
		want := c.expect(row)
		if want == 0 {
			allowed = append(allowed, c)
			continue
		}
		w.refused(t, row.Method, thing, c, want)
		if row.Versioned {
			w.refused(t, row.Method, thing.asOf(`"999"`), c, want)
		}
	}
	require.Equal(t, before, w.sum(t), "somebody who was refused has changed something")
	require.NotEmpty(t, allowed, "nobody may call it")
	w.massAssignment(t, row, thing, allowed[len(allowed)-1])
	for _, c := range allowed {
		if f.spent {
			c = w.like(c)
		}
		status, problem := w.call(t, row.Method, w.target(row, f), c)
		if len(f.wants) > 0 {
			require.Contains(t, f.wants, status, "%s: %v", c.name, problem)
			continue
		}
		require.Less(t, status, 300, "%s: %v", c.name, problem)
	}
}

// refused sends a request of somebody who may not make it.
func (w *world) refused(t *testing.T, method string, thing target, c *caller, want int) {
	t.Helper()
	status, problem := w.call(t, method, thing, c)
	if want == http.StatusNotFound {
		absent, nothing := w.call(t, method, thing.elsewhere(), c)
		if absent == http.StatusPreconditionFailed { // the version is of what is the caller's own, such as the courier whose shift it would be
			want = absent
		}
		require.Equal(t, nothing["code"], problem["code"], "%s learns that it is there", c.name)
		require.Equal(t, nothing["detail"], problem["detail"], "%s learns that it is there", c.name)
	}
	require.Equal(t, want, status, "%s with %v: %v", c.name, thing.headers, problem)
}

// massAssignment sends, as somebody who may, fields that are not the caller's to set: each is refused and changes nothing.
func (w *world) massAssignment(t *testing.T, row api.Row, thing target, c *caller) {
	if row.Body == nil {
		return
	}
	before := w.sum(t)
	for _, field := range []string{"id", "role", "status", "state", "version", "ownerId", "customerId", "userId", "permissions", "total", "createdAt"} {
		if slices.Contains(row.Body, field) {
			continue
		}
		var body map[string]any
		require.NoError(t, json.Unmarshal([]byte(thing.body), &body), "the fixture's body")
		body[field] = "admin"
		text, err := json.Marshal(body)
		require.NoError(t, err)
		spoiled := thing
		spoiled.body = string(text)
		status, problem := w.call(t, row.Method, spoiled, c)
		require.Equal(t, http.StatusBadRequest, status, "%s with %q: %v", c.name, field, problem)
		require.Contains(t, fmt.Sprint(problem["errors"]), "field:"+field)
	}
	require.Equal(t, before, w.sum(t), "a field that is nobody's to set has changed something")
}

// expect is the status that the table promises a caller, 0 for one who may.
func (c *caller) expect(row api.Row) int {
	switch {
	case row.Blind:
		return 0
	case c.dead:
		return http.StatusUnauthorized
	case row.Public:
		return 0
	case c.role == "":
		return http.StatusUnauthorized
	case c.key && (row.Scope == 0 || !c.scopes.Has(row.Scope)):
		return http.StatusForbidden
	}
	for _, g := range row.Grants {
		if g.Role == c.role {
			return c.expectGrant(g)
		}
	}
	return http.StatusForbidden
}

func (c *caller) expectGrant(g api.Grant) int {
	switch g.To {
	case "self":
		return 0
	case "whatever":
		if c.role == domain.RoleAdmin || c.permissions.Has(g.Needs) {
			return 0
		}
		return http.StatusForbidden
	case "own":
		return found(c.name == "customer")
	case "carrying":
		return found(c.name == "courier")
	case "member":
		switch {
		case c.member == "":
			return http.StatusNotFound
		case c.member.May(g.Act):
			return 0
		}
		return http.StatusForbidden
	}
	panic("unknown relation " + g.To)
}

func found(yes bool) int {
	if yes {
		return 0
	}
	return http.StatusNotFound
}
