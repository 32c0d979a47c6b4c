package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		template, path string
		vars           map[string]string // nil: it is another path
	}{
		{"/a", "/a", map[string]string{}},
		{"/a", "/a/", nil},
		{"/a", "/A", nil},
		{"/a", "//a", nil},
		{"/a", "/ab", nil},
		{"/a/{id}", "/a/1", map[string]string{"id": "1"}},
		{"/a/{id}", "/a/", nil},
		{"/a/{id}", "/a/1/b", nil},
		{"/a/{id}/b", "/a/1/b", map[string]string{"id": "1"}},
		{"/a/{id}/b", "/a//b", nil},
		{"/a/{id}/b", "/a/b", nil},
		{"/a/{id}/b", "/a/1%2Fb", nil}, // an escaped slash separates nothing
		{"/a/{id}", "/a/1%2Fb", map[string]string{"id": "1%2Fb"}},
		{"/a/{id}/b/{other}", "/a/1/b/2", map[string]string{"id": "1", "other": "2"}},
		{"/a/{id}/b/{other}", "/a/1/c/2", nil},
	} {
		match := mux.RouteMatch{Vars: map[string]string{"of": "another row"}}
		matches, err := pathMatcher(tc.template)
		require.NoError(t, err)
		ok := matches(httptest.NewRequest(http.MethodGet, tc.path, nil), &match)
		require.Equal(t, tc.vars != nil, ok, "%s %s", tc.template, tc.path)
		if ok {
			require.Equal(t, tc.vars, match.Vars, "%s %s", tc.template, tc.path)
		}
	}
}

func TestAPathOfTooManyVariablesIsNotServed(t *testing.T) {
	t.Parallel()
	mount := func(path string) error {
		get := &openapi3.PathItem{Get: &openapi3.Operation{}}
		c := &contract{doc: &openapi3.T{Paths: openapi3.NewPaths(openapi3.WithPath(path, get))}}
		s := &server{duration: newDuration(prometheus.NewRegistry())}
		_, err := s.mount(c, []route{{method: http.MethodGet, path: path, may: access{public: true}}})
		return err
	}
	require.NoError(t, mount("/{a}/{b}/{c}/{d}"))
	require.EqualError(t, mount("/{a}/{b}/{c}/{d}/{e}"), "GET /{a}/{b}/{c}/{d}/{e}: the path has 5 variables, and may have 4")
}
