package domain

import "slices"

// Transition is one row of a state machine's table: by which verb, and by whom, a state is left, and what event tells of it.
type Transition[S ~string] struct {
	Verb  string
	To    S
	By    []Role
	Event string
}

// Machine is a state machine as a table. A state without rows is final.
type Machine[S ~string] struct {
	Thing string // "order": begins the error codes
	Table map[S][]Transition[S]
}

// Step finds the transition that verb makes from a state.
// It returns Conflict with code "<thing>.illegal_transition" when the state has none, and Forbidden when it is not this role's to make.
func (m Machine[S]) Step(from S, verb string, by Role) (Transition[S], error) {
	for _, t := range m.Table[from] {
		if t.Verb != verb {
			continue
		}
		if !slices.Contains(t.By, by) {
			return Transition[S]{}, Errorf(Forbidden, string(Forbidden), "a %s cannot %s this %s", by, verb, m.Thing)
		}
		return t, nil
	}
	return Transition[S]{}, m.illegal(from, verb)
}

func (m Machine[S]) illegal(from S, verb string) *Error {
	return Errorf(Conflict, m.Thing+".illegal_transition", "cannot %s: the %s is %s", verb, m.Thing, from).
		With("state", string(from))
}

// Final says whether no transition leaves the state.
func (m Machine[S]) Final(s S) bool { return len(m.Table[s]) == 0 }
