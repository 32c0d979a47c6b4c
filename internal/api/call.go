package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/mux"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
)

// call is one request on its way to a handler: authenticated, bounded and checked against the contract.
type call struct {
	*http.Request
	ctx       context.Context    //nolint:containedctx // the request's own, with a time limit; a copy of the request for it would be waste
	cancel    context.CancelFunc // nil until there is a time limit
	query     url.Values         // nil until it was checked, and without one
	w         http.ResponseWriter
	op        *operation
	actor     domain.Actor
	address   netip.Addr // of the client; the zero Addr where there is none
	requestID string
	payload   []byte // the body as it came; nil where the operation takes none
}

// handler serves one operation. Its errors are domain errors, or internal ones that the caller never sees.
type handler func(*call) (answer, error)

// id is the {id} of the path.
func (c *call) id() (domain.ID, error) { return c.idNamed("id") }

// idNamed is another ID of the path.
func (c *call) idNamed(name string) (domain.ID, error) {
	id, err := domain.ParseID(mux.Vars(c.Request)[name])
	if err != nil {
		return id, domain.Missing("thing of that ID") // a malformed ID names nothing
	}
	return id, nil
}

// Context ends with the request, or with its time limit.
func (c *call) Context() context.Context { return c.ctx }

// limitTime begins the operation's time limit, once.
func (c *call) limitTime() {
	if c.cancel == nil {
		c.ctx, c.cancel = context.WithTimeout(c.ctx, c.op.timeout())
	}
}

// fromMemory runs a handler whose answer is most likely in memory, and needs neither slot nor goroutine then. It is not ok
// when the answer has to be made.
func (c *call) fromMemory(rt route) (a answer, ok bool, err error) {
	if c.ContentLength != 0 {
		return a, false, nil
	}
	ctx := c.ctx
	c.ctx = catalog.AtHand(ctx)
	a, err = rt.handle(c)
	c.ctx = ctx
	if errors.Is(err, catalog.ErrNotAtHand) {
		return answer{}, false, nil
	}
	return a, true, err
}

// param is a query parameter, "" when absent; the contract has checked its form.
func (c *call) param(name string) string { return c.query.Get(name) }

// params is all that was given for a query parameter that may be given several times.
func (c *call) params(name string) []string { return c.query[name] }

// number is a numeric query parameter, or fallback when absent.
func (c *call) number(name string, fallback float64) float64 {
	if n, err := strconv.ParseFloat(c.param(name), 64); err == nil {
		return n
	}
	return fallback
}

// limit is how many things a list may hold: 20 unless the caller says.
func (c *call) limit() int { return int(c.number("limit", 20)) }

// version is the version of If-Match, 0 without the header: Invalid for one that is no quoted number. An ETag of the catalogue
// will do as well: it is the version and, after a dash, a sum of what the page said about that moment.
func (c *call) version() (int, error) {
	text := c.Header.Get("If-Match")
	if text == "" || text == "*" {
		return 0, nil
	}
	quoted, tagged := strings.CutPrefix(text, `"`)
	quoted, closed := strings.CutSuffix(quoted, `"`)
	number, _, _ := strings.Cut(quoted, "-")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || !tagged || !closed {
		return 0, domain.Invalidf("If-Match", "format", `must be the version in quotes, such as "3"`)
	}
	return n, nil
}

// body reads the request's body into T, after the contract has found it right.
func body[T any](c *call) (T, error) {
	var v T
	if err := c.op.checkBody(c.payload); err != nil {
		return v, err
	}
	if err := json.Unmarshal(c.payload, &v); err != nil {
		return v, syntaxError(err)
	}
	return v, nil
}

// answer is what a handler sends.
type answer struct {
	status int
	body   any                     // encoded as JSON
	raw    []byte                  // sent as it is, instead of body
	stream func(w io.Writer) error // writes instead of body; an error cuts the answer off
	etag   string                  // in quotes
	gzip   []byte                  // the same as raw, compressed, and its tag; nil: it is sent as it is
	zipTag string
	header map[string]string
}

func ok(v any) (answer, error)       { return answer{status: http.StatusOK, body: v}, nil }
func created(v any) (answer, error)  { return answer{status: http.StatusCreated, body: v}, nil }
func accepted(v any) (answer, error) { return answer{status: http.StatusAccepted, body: v}, nil }
func noContent() (answer, error)     { return answer{status: http.StatusNoContent}, nil }

// versioned adds the ETag that If-Match of a later write is compared with.
func versioned(a answer, version int) answer {
	a.etag = etagOf(version)
	return a
}

func etagOf(version int) string { return strconv.Quote(strconv.Itoa(version)) }

// tagged is an answer of the public catalogue that no cache keeps: its tag is a sum of what it says, after a version and a dash where
// If-Match of a later write is compared with that.
func tagged(version string, v any) (answer, error) {
	raw, err := encode(v)
	sum := sha256.Sum256(raw)
	return answer{status: http.StatusOK, raw: raw, etag: strconv.Quote(version + hex.EncodeToString(sum[:8]))}, err
}

func (a answer) write(c *call) error {
	h := c.w.Header()
	for name, value := range a.header {
		h.Set(name, value)
	}
	if a.etag != "" && a.tag(c) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	raw, err := a.bytes()
	if err != nil {
		return err
	}
	if raw != nil {
		if h["Content-Type"] == nil {
			h["Content-Type"] = inJSON
		}
		h["Content-Length"] = []string{strconv.Itoa(len(raw))}
	}
	c.w.WriteHeader(a.status)
	if a.stream != nil {
		return a.send(c)
	}
	_, _ = c.w.Write(raw) // a client that went away is not our error
	return nil
}

// tag chooses the form of the answer and tags it. It is true when the client holds what it asks for, in either form.
func (a *answer) tag(c *call) (held bool) {
	h := c.w.Header()
	other := a.etag
	if a.gzip != nil {
		h["Vary"] = append(h["Vary"], "Accept-Encoding")
		other = a.zipTag
		if takesGzip(c.Header.Get("Accept-Encoding")) {
			a.raw, a.etag, other = a.gzip, a.zipTag, a.etag
			h["Content-Encoding"] = inGzip
		}
	}
	h["Etag"], h["Cache-Control"] = []string{a.etag}, revalidate
	holds := c.Header.Get("If-None-Match")
	if holds == "" || c.Method != http.MethodGet && c.Method != http.MethodHead {
		return false
	}
	if !etagMatches(holds, a.etag) {
		if !etagMatches(holds, other) {
			return false
		}
		h["Etag"] = []string{other}
	}
	h.Del("Content-Encoding")
	return true
}

// Values of headers that all answers share, so nobody changes one in its place.
var (
	revalidate = []string{"no-cache"} // clients may keep the answer, and look whether it is still the same
	inJSON     = []string{"application/json"}
	inGzip     = []string{"gzip"}
)

// bytes is the body as it is sent; nil: none.
func (a answer) bytes() ([]byte, error) {
	if a.raw != nil || a.body == nil {
		return a.raw, nil
	}
	return encode(a.body)
}

// encode is the one way a value becomes JSON.
func encode(v any) ([]byte, error) { return json.Marshal(v) }

// etagMatches compares weakly (RFC 9110, 13.1.2), as If-None-Match asks.
func etagMatches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == "*" || candidate == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}
