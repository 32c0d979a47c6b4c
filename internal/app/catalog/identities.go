package catalog

import (
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
)

// identities finds out which things of a menu the things of a document are: by ID, else by name, each once.
type identities[T any] struct {
	byID   map[domain.ID]T
	byName map[string][]domain.ID // in their order; whatever case
	taken  map[domain.ID]bool
}

func newIdentities[T any]() *identities[T] {
	return &identities[T]{map[domain.ID]T{}, map[string][]domain.ID{}, map[domain.ID]bool{}}
}

// add adds a thing; without a name it is found by its ID alone.
func (x *identities[T]) add(id domain.ID, name string, thing T) {
	x.byID[id] = thing
	if name != "" {
		name = strings.ToLower(name)
		x.byName[name] = append(x.byName[name], id)
	}
}

// claim takes the thing that a document names by its ID, if it names one: Invalid when it has been taken, and when there is no
// such thing unless that may be.
func (x *identities[T]) claim(id domain.ID, mayBeGone bool) error {
	_, known := x.byID[id]
	switch {
	case id.IsNil():
		return nil
	case x.taken[id]:
		return domain.Invalidf("id", "unique", "is named twice")
	case !known && !mayBeGone:
		return domain.Invalidf("id", "unknown", "names nothing on this menu; leave it out, and what has the name is taken, or made")
	}
	x.taken[id] = true
	return nil
}

// find gives the thing that a document means, and takes it: by its ID, claimed before, or one of its name that is left.
func (x *identities[T]) find(id domain.ID, name string) (thing T, known bool) {
	if thing, known = x.byID[id]; known {
		return thing, true
	}
	for _, candidate := range x.byName[strings.ToLower(strings.TrimSpace(name))] {
		if !x.taken[candidate] {
			x.taken[candidate] = true
			return x.byID[candidate], true
		}
	}
	return thing, false
}
