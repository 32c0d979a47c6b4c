package payment

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// Verdict says what is to be done about a call that did not succeed.
type Verdict string

// The verdicts.
const (
	Transient Verdict = "transient" // nobody knows whether it was done: ask again with the same key
	Declined  Verdict = "declined"  // the bank said no: final
	Refused   Verdict = "refused"   // the gateway cannot do that, now or later: final
	Blocked   Verdict = "blocked"   // the gateway does not believe who we are: our settings, so ask again later
)

// Error says that a gateway did not do what was asked of it.
type Error struct {
	Gateway string
	Step    string // "begin", "status", "capture", "void" or "refund"
	Verdict Verdict
	Code    string // a word, see Code
	Status  int    // of its HTTP answer; 0 when there was none
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s %s: %s (status %d)", e.Gateway, e.Step, e.Verdict, e.Code, e.Status)
}

// Final says whether asking again is of no use. An error that is no *Error is not final.
func Final(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Verdict == Declined || e.Verdict == Refused)
}

// CodeOf gives the code of an error's *Error, "unknown" when there is none.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return unknown
}

const unknown = "unknown"

// What may be wrong with a webhook. The first two are answered with 401, the last with 400.
var (
	ErrForged    = errors.New("webhook is not signed by the gateway")
	ErrStale     = errors.New("webhook was signed too long ago, or ahead of time")
	ErrMalformed = errors.New("webhook is signed and cannot be read")
)

// Code makes a word that may be logged and stored out of what a gateway calls a failure: letters, digits, '_' and '.', at most
// 64 of them. "unknown" for anything else, which could be text about a person.
func Code(text string) string {
	if text == "" || len(text) > 64 || strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.')
	}) {
		return unknown
	}
	return text
}

// Unanswered is the error about a call that brought no answer.
func Unanswered(gateway, step string, err error) *Error {
	code := "unreachable"
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		code = "timeout"
	}
	if errors.Is(err, context.Canceled) {
		code = "canceled"
	}
	if errors.Is(err, ErrTooLong) {
		code = "answer_too_long"
	}
	return &Error{Gateway: gateway, Step: step, Verdict: Transient, Code: code}
}

// VerdictOf judges an HTTP status that is no success. 409 is transient: gateways give it to the second of two calls that
// come with one key at once.
func VerdictOf(status int) Verdict {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return Blocked
	case status == http.StatusPaymentRequired:
		return Declined
	case status == http.StatusRequestTimeout || status == http.StatusConflict || status == http.StatusTooEarly || status == http.StatusTooManyRequests:
		return Transient
	case status >= 400 && status < 500:
		return Refused
	}
	return Transient
}
