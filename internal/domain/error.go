package domain

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an Error is. One function maps kinds to HTTP statuses, one to exit codes.
type Kind string

// The kinds of failure. Anything that is no *Error is internal: logged once, never shown.
const (
	Invalid         Kind = "invalid"         // the request is malformed or out of bounds
	Unauthenticated Kind = "unauthenticated" // nobody, or no longer anybody
	Forbidden       Kind = "forbidden"       // somebody, but not with this role
	NotFound        Kind = "not_found"       // absent, or not for this caller to know of
	Conflict        Kind = "conflict"        // the state of the thing forbids it
	Precondition    Kind = "precondition"    // the caller's If-Match is stale
	Unprocessable   Kind = "unprocessable"   // well-formed, yet contradicts an earlier request
	RateLimited     Kind = "rate_limited"    // too often
	Unavailable     Kind = "unavailable"     // a server behind us is away; try again
)

// Error is the one error type of business rules.
type Error struct {
	Kind    Kind
	Code    string // stable, dotted: "order.illegal_transition"; the kind itself where nothing finer is known
	Message string // for the caller's developer; holds no personal data
	Fields  []FieldError
	Details map[string]any // facts a client may act on, such as the current state and version
	Cause   error          // for the log; never shown
}

// FieldError is one field of a request that is wrong.
type FieldError struct {
	Field   string // path in the request, such as "items[0].quantity"
	Code    string // rule that failed, such as "min"
	Message string // names the bound
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors of the same code equal for errors.Is, whatever their message and details.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && t.Kind == e.Kind
}

// Errorf builds an error of a kind with a code and a message.
func Errorf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalidf is an Invalid error about one field.
func Invalidf(field, rule, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	return &Error{
		Kind: Invalid, Code: string(Invalid), Message: field + ": " + message,
		Fields: []FieldError{{Field: field, Code: rule, Message: message}},
	}
}

// Missing is the NotFound error about a thing, by the word for it ("order").
func Missing(thing string) *Error {
	return Errorf(NotFound, string(NotFound), "no such %s", thing)
}

// Fresh compares the version of a thing that somebody saw, 0 for whatever it is, with the one that it has: Precondition with
// the current version when they differ.
func Fresh(seen, current int) error { return FreshSince(seen, current, current) }

// FreshSince is Fresh for a part of a thing that was last changed in an earlier version of it: any since is fresh.
func FreshSince(seen, changed, current int) error {
	if seen == 0 || seen >= changed && seen <= current {
		return nil
	}
	text := "it was changed since: its version is %d, not %d"
	if seen > current { // which nobody can have seen
		text = "its version is %d, not %d"
	}
	return Errorf(Precondition, string(Precondition), text, current, seen).With("version", current)
}

// With adds a fact for the client and returns the error.
func (e *Error) With(key string, value any) *Error {
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	e.Details[key] = value
	return e
}

// KindOf gives the kind of an error's *Error, or "" when there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}
