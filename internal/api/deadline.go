package api

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/zoop-dev/zoop/internal/logkey"
)

// Bounds of the time that an answer takes.
const (
	requestTimeout = 10 * time.Second
	// grace is for a handler whose time is over to say so in its own words.
	grace = time.Second
)

// outcome is what a handler returned.
type outcome struct {
	answer answer
	err    error
}

// panicError is a handler's panic on its way to the log.
type panicError struct {
	value any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprint("panic: ", p.value) }

// within runs a handler, which should end with its context. One that does not is left behind and told of in the log, so
// that no caller waits for it: they get the context's error, and its answer is thrown away.
func (s *server) within(ctx context.Context, c *call, rt route) (answer, error) {
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if p := recover(); p != nil {
				o.err = &panicError{p, debug.Stack()}
			}
			done <- o
		}()
		o.answer, o.err = rt.handle(c)
	}()
	select {
	case o := <-done:
		return o.answer, o.err
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case o := <-done:
		return o.answer, o.err
	case <-late.C:
		s.log.ErrorContext(ctx, "handler left behind", logkey.RequestID, c.requestID, logkey.Route, rt.path)
		return answer{}, context.Cause(ctx)
	}
}
