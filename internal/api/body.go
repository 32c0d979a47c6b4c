package api

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of every request's body.
const (
	maxBody  = 1 << 20 // bytes, but for the operations of largeBodies
	maxDepth = 32      // arrays and objects within each other; what the contract asks for needs five
)

// largeBodies are the operations that take longer bodies, and how long ones, in bytes.
var largeBodies = map[string]int64{"putMenu": 16 << 20}

// What is wrong with a body before it is read as JSON; HTTP has a status of its own for each.
var (
	errTooLarge = tooLarge("body", maxBody)
	errTooSlow  = domain.Errorf(domain.Invalid, "request_timeout", "the request did not arrive in time")
	errNotForm  = domain.Errorf(domain.Invalid, "unsupported_media_type", "the body must be multipart/form-data with a boundary, as it is, without a Content-Encoding")
	errNotJSON  = domain.Errorf(domain.Invalid, "unsupported_media_type", "the body must be application/json in UTF-8, as it is, without a Content-Encoding")
)

// readBody takes the body in, and refuses one where none is taken. The server's time limit for a request to arrive ends with
// it: past it, how long the answer takes is the handler's affair. Where the body is refused the limit stays, for the server
// reads on a little before it gives the connection up.
func (c *call) readBody() error {
	if c.op.foreign {
		return nil
	}
	read := c.readJSON
	switch {
	case c.op.file != nil:
		read = c.readFile
	case c.op.body == nil:
		read = c.readNothing
	}
	if err := read(); err != nil {
		return err
	}
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{}) // a recorder in a test has none
	return nil
}

func (c *call) readJSON() error {
	if err := c.checkMedia(); err != nil {
		return err
	}
	most := cmp.Or(largeBodies[c.op.id], maxBody)
	if c.ContentLength > most {
		return tooLarge("body", most)
	}
	payload, err := io.ReadAll(http.MaxBytesReader(c.w, c.Body, most))
	c.payload = payload
	return readError(err)
}

// readNothing makes sure that there is no body: one that is ignored would let its sender believe in it.
func (c *call) readNothing() error {
	if c.ContentLength == 0 {
		return nil
	}
	n, err := io.ReadFull(c.Body, make([]byte, 1))
	switch {
	case n > 0:
		return domain.Invalidf("body", "unexpected", "this operation takes no body")
	case errors.Is(err, io.EOF): // chunked, and empty
		return nil
	}
	return readError(err)
}

// tooLarge is errTooLarge of something else, or with another bound, in bytes.
func tooLarge(what string, most int64) *domain.Error {
	return domain.Errorf(domain.Invalid, "too_large", "the %s has more than %d bytes", what, most)
}

func readError(err error) error {
	var over *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &over):
		return tooLarge("body", over.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errTooSlow
	}
	return domain.Invalidf("body", "read", "did not arrive whole")
}

// checkMedia compares the headers that say what the body is with the only thing it may be. Without a Content-Type it is JSON.
func (c *call) checkMedia() error {
	if e := c.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		c.w.Header().Set("Accept-Encoding", "identity")
		return errNotJSON
	}
	given := c.Header.Get("Content-Type")
	if given == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(given)
	if charset := params["charset"]; err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return errNotJSON
	}
	return nil
}

// tooDeep looks at brackets only, so that what is far too deep for us is not read at all.
func tooDeep(payload []byte) bool {
	depth, quoted, escaped := 0, false, false
	for _, b := range payload {
		switch {
		case escaped:
			escaped = false
		case quoted && b == '\\':
			escaped = true
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return false
}

// unprintable finds the texts of a decoded body that hold what no screen, sheet or database should be given. Fields of one
// line are narrower still: their use case refuses line feeds, too.
func unprintable(value any, path []string) []domain.FieldError {
	var out []domain.FieldError
	switch v := value.(type) {
	case string:
		out = controls(fieldName("", path), v)
	case []any:
		for i, item := range v {
			out = append(out, unprintable(item, append(slices.Clip(path), fmt.Sprint(i)))...)
		}
	case map[string]any:
		for name, item := range v {
			out = append(out, unprintable(item, append(slices.Clip(path), name))...)
		}
	}
	return out
}

func controls(field, text string) []domain.FieldError {
	var e *domain.Error
	if errors.As(domain.CheckLines(field, text), &e) {
		return e.Fields
	}
	return nil
}
