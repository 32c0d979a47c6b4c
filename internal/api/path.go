package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gorilla/mux"
)

// pathMatcher has the router recognise a path such as /vendors/{id}/menu, whose variables are anything but nothing and a slash.
// The router's own matcher runs a regular expression for every row of the table until one matches, which took longer than all
// else that a cached read needs. It fails for a path of more than maxPathVars variables.
func pathMatcher(template string) (mux.MatcherFunc, error) {
	var literals, names []string // in turn, the literals around the names
	rest := template
	for {
		literal, after, more := strings.Cut(rest, "{")
		literals = append(literals, literal)
		if !more {
			break
		}
		var name string
		name, rest, _ = strings.Cut(after, "}")
		names = append(names, name)
	}
	if len(names) > maxPathVars {
		return nil, fmt.Errorf("the path has %d variables, and may have %d", len(names), maxPathVars)
	}
	return func(r *http.Request, match *mux.RouteMatch) bool {
		path := r.URL.RawPath // as it was sent, where that differs: an escaped slash separates nothing
		if path == "" {
			path = r.URL.Path
		}
		var values [maxPathVars]string
		for i := range names {
			var ok bool
			if path, ok = strings.CutPrefix(path, literals[i]); !ok {
				return false
			}
			end := strings.IndexByte(path, '/')
			if end < 0 {
				end = len(path)
			}
			if end == 0 {
				return false
			}
			values[i], path = path[:end], path[end:]
		}
		if path != literals[len(names)] {
			return false
		}
		match.Vars = make(map[string]string, len(names))
		for i, name := range names {
			match.Vars[name] = values[i]
		}
		return true
	}, nil
}

// maxPathVars is how many variables a path has at most.
const maxPathVars = 4
