package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/local"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitAuth        = 4
	exitConflict    = 5
	exitFound       = 6
	exitInterrupted = 130
)

// usageError is a command line that makes no sense.
type usageError struct{ error }

// Unwrap gives the cause.
func (e usageError) Unwrap() error { return e.error }

// errFound says that a check found something; what it found is printed already.
var errFound = errors.New("the check found something")

// report tells a person what went wrong and gives the exit code.
func report(w io.Writer, ctx context.Context, err error) int { //nolint:revive // ctx is only asked whether it ended
	if err == nil {
		return exitOK
	}
	code := exitCode(err)
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || code == exitFailure) {
		printf(w, "interrupted\n")
		return exitInterrupted
	}
	if !errors.Is(err, errFound) && !errors.Is(err, errWrong) {
		printf(w, "zoop: %v\n", err)
	}
	return code
}

// kindCodes is the one map from the domain's kinds of failure to exit codes.
var kindCodes = map[domain.Kind]int{
	domain.Invalid:         exitUsage,
	domain.Unauthenticated: exitAuth,
	domain.Forbidden:       exitAuth,
	domain.NotFound:        exitFailure,
	domain.Conflict:        exitConflict,
	domain.Precondition:    exitConflict,
	domain.Unprocessable:   exitConflict,
	domain.RateLimited:     exitFailure,
	domain.Unavailable:     exitUnreachable,
}

func exitCode(err error) int {
	var usage usageError
	var problem *client.Problem
	switch {
	case errors.Is(err, errFound):
		return exitFound
	case errors.As(err, &usage), errors.Is(err, config.ErrInvalid), strings.HasPrefix(err.Error(), "unknown command"):
		return exitUsage
	case errors.Is(err, local.ErrLocked), errors.Is(err, local.ErrNotOurs), errors.Is(err, local.ErrWrongMajor):
		return exitConflict
	case errors.Is(err, local.ErrNotRunning), errors.Is(err, local.ErrNoPostgres), errors.Is(err, client.ErrUnreachable):
		return exitUnreachable
	case errors.As(err, &problem):
		return problemCode(problem.Status)
	}
	if code, ok := kindCodes[domain.KindOf(err)]; ok {
		return code
	}
	return exitFailure
}

func problemCode(status int) int {
	switch status {
	case 401, 403:
		return exitAuth
	case 409, 412, 422:
		return exitConflict
	case 503:
		return exitUnreachable
	}
	return exitFailure
}
