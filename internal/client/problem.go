package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
)

// ErrUnreachable is wrapped by what fails before the server has answered.
var ErrUnreachable = errors.New("the API cannot be reached")

// Problem is an answer of the server that is no success (RFC 9457). Its Code is stable and made to be compared.
type Problem struct {
	dto.Problem
	RetryAfter time.Duration // how long the server asks to wait; 0: it does not say
}

// Error implements error: a line for each field where several are wrong.
func (p *Problem) Error() string {
	text := p.Title
	if p.Detail != nil && *p.Detail != "" {
		text = *p.Detail
	}
	for i, f := range p.Errors {
		field := f.Field + ": " + f.Message
		switch {
		case i == 0 && (text == field || p.Detail == nil): // a detail often names the first
			text = field
		default:
			text += "\n" + field
		}
	}
	return fmt.Sprintf("%s (%d): %s", p.Code, p.Status, text)
}

// IsCode says whether err is a Problem with one of the codes.
func IsCode(err error, codes ...string) bool {
	var p *Problem
	if !errors.As(err, &p) {
		return false
	}
	for _, code := range codes {
		if p.Code == code {
			return true
		}
	}
	return false
}

// IsStatus says whether err is a Problem with one of the HTTP statuses.
func IsStatus(err error, statuses ...int) bool {
	var p *Problem
	if !errors.As(err, &p) {
		return false
	}
	for _, status := range statuses {
		if p.Status == status {
			return true
		}
	}
	return false
}

// RefusedToken says whether the API will not talk to the caller: 401 or 403 in its own words. What a proxy before it says passes.
func RefusedToken(err error) bool {
	return IsStatus(err, http.StatusUnauthorized, http.StatusForbidden) && !IsCode(err, unsaid(http.StatusUnauthorized), unsaid(http.StatusForbidden))
}

// unsaid is the code of an answer that is not in the agreed form.
func unsaid(status int) string { return "http_" + strconv.Itoa(status) }

// Transient says whether the same call may succeed later: the server could not be reached, or says that it cannot serve now.
func Transient(err error) bool {
	var p *Problem
	if !errors.As(err, &p) {
		return err != nil
	}
	if p.Code == "idempotency.running" { // an earlier request with the key has not ended; its answer is on the way
		return true
	}
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// problemOf reads the server's complaint; one that is not in the agreed form, as a proxy may send, is named by its status.
func problemOf(res *http.Response) *Problem {
	p := &Problem{RetryAfter: retryAfter(res.Header.Get("Retry-After"))}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || !strings.Contains(res.Header.Get("Content-Type"), "json") || json.Unmarshal(body, &p.Problem) != nil {
		p.Problem = dto.Problem{}
	}
	p.Status = res.StatusCode
	if p.Code == "" {
		p.Code = unsaid(res.StatusCode)
	}
	if p.Title == "" {
		p.Title = http.StatusText(res.StatusCode)
	}
	if p.RequestID == "" {
		p.RequestID = res.Header.Get("X-Request-Id")
	}
	return p
}

// retryAfter reads the header's form in seconds; the form with a date is not used by the API.
func retryAfter(header string) time.Duration {
	seconds, err := strconv.Atoi(header)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxRetryAfter)
}
