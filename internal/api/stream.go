package api

import (
	"errors"
	"net/http"

	"github.com/zoop-dev/zoop/internal/logkey"
)

// send streams the answer. What fails half-way must not look whole, so the connection is cut.
func (a answer) send(c *call) error {
	if c.Method == http.MethodHead {
		return nil
	}
	if err := a.stream(c.w); err != nil {
		return &cutOff{err}
	}
	return nil
}

// cutOff is an error that came when part of the answer had gone out.
type cutOff struct{ error }

func (e *cutOff) Unwrap() error { return e.error }

// cut ends the connection of an answer that was cut off, and returns for any other error.
func (s *server) cut(c *call, err error) {
	var off *cutOff
	if !errors.As(err, &off) {
		return
	}
	s.log.WarnContext(c.Context(), "answer cut off", logkey.RequestID, c.requestID, logkey.Error, causeOf(off.error))
	panic(http.ErrAbortHandler)
}
