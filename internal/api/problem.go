package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// statuses is the one map from the domain's kinds of failure to HTTP.
var statuses = map[domain.Kind]int{
	domain.Invalid:         http.StatusBadRequest,
	domain.Unauthenticated: http.StatusUnauthorized,
	domain.Forbidden:       http.StatusForbidden,
	domain.NotFound:        http.StatusNotFound,
	domain.Conflict:        http.StatusConflict,
	domain.Precondition:    http.StatusPreconditionFailed,
	domain.Unprocessable:   http.StatusUnprocessableEntity,
	domain.RateLimited:     http.StatusTooManyRequests,
	domain.Unavailable:     http.StatusServiceUnavailable,
}

// finer are the codes for which HTTP has a status of its own.
var finer = map[string]int{
	errTooLarge.Code: http.StatusRequestEntityTooLarge,
	errTooSlow.Code:  http.StatusRequestTimeout,
	errNotJSON.Code:  http.StatusUnsupportedMediaType,
	codeMethod:       http.StatusMethodNotAllowed,
}

const codeMethod = "method_not_allowed"

// problemOf turns any error into what the caller may know of it, and says whether it is internal.
func problemOf(err error, requestID string) (p dto.Problem, internal bool) {
	var e *domain.Error
	if !errors.As(err, &e) {
		if errors.Is(err, context.DeadlineExceeded) {
			e = domain.Errorf(domain.Unavailable, "timeout", "it took too long; try again")
		} else {
			return problem(http.StatusInternalServerError, "internal", "something broke on our side; the request ID helps us find it", requestID), true
		}
	}
	status, ok := finer[e.Code]
	if !ok {
		status = statuses[e.Kind]
	}
	p = problem(status, e.Code, echoed(e.Message), requestID)
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, dto.FieldProblem{Field: echoed(f.Field), Code: f.Code, Message: echoed(f.Message)})
	}
	p.Details = e.Details
	return p, false
}

// maxEcho bounds in bytes what a problem repeats of a request, such as the name of a field that nobody knows.
const maxEcho = 300

// echoed makes one short line of what may hold a stranger's text: problems end up on terminals and in logs.
func echoed(text string) string {
	text = sanitize.Line(text)
	if len(text) <= maxEcho {
		return text
	}
	return strings.ToValidUTF8(text[:maxEcho], "") + "…"
}

func problem(status int, code, detail, requestID string) dto.Problem {
	return dto.Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: &detail, Code: code, RequestID: requestID,
	}
}

// writeProblem answers with an error; an internal one is logged once, here, with the request's ID.
func writeProblem(ctx context.Context, log *slog.Logger, w http.ResponseWriter, requestID string, err error) {
	p, internal := problemOf(err, requestID)
	var panicked *panicError
	switch {
	case errors.As(err, &panicked):
		logPanic(ctx, log, requestID, panicked)
	case internal && errors.Is(err, context.Canceled):
		p.Status = statusClientClosed
	case internal:
		log.ErrorContext(ctx, "request failed", logkey.RequestID, requestID, logkey.Error, err.Error())
	case p.Code == codeOverloaded: // a line for each would be more load, when there is too much; a counter has them
	case p.Status == http.StatusServiceUnavailable:
		log.WarnContext(ctx, "request refused", logkey.RequestID, requestID, logkey.Error, causeOf(err))
	}
	sendProblem(w, p)
}

func logPanic(ctx context.Context, log *slog.Logger, requestID string, p *panicError) {
	log.ErrorContext(ctx, "handler panicked", logkey.RequestID, requestID, logkey.Error, p.Error(), logkey.Stack, string(p.stack))
}

// statusClientClosed is what logs show for a caller that went away before the answer.
const statusClientClosed = 499

func sendProblem(w http.ResponseWriter, p dto.Problem) {
	h := w.Header()
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", retryAfter(p))
	case http.StatusConflict:
		if p.Details["retryAfter"] != nil {
			h.Set("Retry-After", retryAfter(p))
		}
	case http.StatusRequestTimeout, http.StatusRequestEntityTooLarge:
		h.Set("Connection", "close") // what is left of the request is not waited for
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="zoop"`)
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	text, err := encode(p)
	if err != nil { // details that do not encode are a mistake of ours; the rest still goes out
		p.Details = nil
		text, _ = encode(p)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(text)
}

// retryAfter is the number of seconds in the details' retryAfter, or one second.
func retryAfter(p dto.Problem) string {
	if n, ok := p.Details["retryAfter"].(int); ok && n > 0 {
		return strconv.Itoa(n)
	}
	return "1"
}

func causeOf(err error) string {
	var e *domain.Error
	if errors.As(err, &e) && e.Cause != nil {
		return e.Cause.Error()
	}
	return err.Error()
}
