package domain

import (
	"slices"
	"strings"
)

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
// It returns Forbidden when the verb is never this role's, and Conflict with code "<thing>.illegal_transition" when it is
// not to be used, or not by this role, in this state.
func (m Machine[S]) Step(from S, verb string, by Role) (Transition[S], error) {
	for _, t := range m.Table[from] {
		if t.Verb == verb && slices.Contains(t.By, by) {
			return t, nil
		}
	}
	if !m.ever(verb, by) {
		return Transition[S]{}, Errorf(Forbidden, string(Forbidden), "a %s cannot %s this %s", by, verb, m.Thing)
	}
	return Transition[S]{}, m.illegal(from, verb)
}

// ever says whether a role may use a verb in some state.
func (m Machine[S]) ever(verb string, by Role) bool {
	for _, row := range m.Table {
		for _, t := range row {
			if t.Verb == verb && slices.Contains(t.By, by) {
				return true
			}
		}
	}
	return false
}

func (m Machine[S]) illegal(from S, verb string) *Error {
	return Errorf(Conflict, m.Thing+".illegal_transition", "cannot %s: the %s is %s", strings.TrimSuffix(verb, " with"), m.Thing, from).
		With("state", string(from))
}

// Final says whether no transition leaves the state.
func (m Machine[S]) Final(s S) bool { return len(m.Table[s]) == 0 }
