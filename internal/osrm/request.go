package osrm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// noWay stands for a way that the server knows not to be there, or not to be on its map.
const noWay = float32(-1)

// Bounds of what is believed.
const (
	maxSeconds = 24 * 3600
	maxSnap    = 1000.0 // metres to the nearest road: further away, the server's map is not of this place
)

// How a request may end without an answer.
var (
	errLeftAlone = errors.New("the server is left alone")
	errMalformed = errors.New("the answer is none")
)

// refusal is the server's word that it will not answer. It is well.
type refusal struct{ Code, Message string }

// Error implements error.
func (r *refusal) Error() string { return r.Code + ": " + r.Message }

// expected says whether it is about the places that were asked for, which may be anywhere.
func (r *refusal) expected() bool {
	return r.Code == "NoSegment" || r.Code == "NoRoute" || r.Code == "NoTable"
}

// off is which coordinate the server found no road for; -1 when it does not say.
func (r *refusal) off() int {
	text, ok := strings.CutPrefix(r.Message, "Could not find a matching segment for coordinate ")
	n, err := strconv.Atoi(text)
	if r.Code != "NoSegment" || !ok || err != nil {
		return -1
	}
	return n
}

// answer is what is read of one; see OSRM's docs/http.md.
type answer struct {
	Code         string       `json:"code"`
	Message      string       `json:"message"`
	Durations    [][]*float64 `json:"durations"`
	Sources      []waypoint   `json:"sources"`
	Destinations []waypoint   `json:"destinations"`
	Routes       []struct {
		Duration *float64 `json:"duration"`
	} `json:"routes"`
	Waypoints []waypoint `json:"waypoints"`
}

// waypoint is a place on the server's roads: longitude, latitude.
type waypoint struct {
	Location []float64 `json:"location"`
}

// far says whether the server took a place for one that is elsewhere: it takes the nearest road of its map, how far that may be.
func (w waypoint) far(from spot) bool {
	if len(w.Location) != 2 {
		return false
	}
	return from.point().Meters(domain.Point{Lat: w.Location[1], Lng: w.Location[0]}) > maxSnap
}

func (s spot) point() domain.Point {
	return domain.Point{Lat: float64(s.lat) / perDegree, Lng: float64(s.lng) / perDegree}
}

// client follows no redirect: the server is where the settings say.
func client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck,errorlint // the standard library's own
	transport.MaxIdleConnsPerHost = atOnce
	transport.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// route asks for one way. Its error says that nobody knows; noWay that the server does: there is none.
func (r *Router) route(ctx context.Context, w way) (float32, error) {
	seconds := noWay
	err := r.ask(ctx, "route", w.profile, []spot{w.from, w.to}, url.Values{"overview": {"false"}}, func(a answer) error {
		if len(a.Routes) == 0 || a.Routes[0].Duration == nil {
			return errMalformed
		}
		var err error
		if seconds, err = believe(a.Routes[0].Duration); err != nil {
			return err
		}
		if len(a.Waypoints) == 2 && (a.Waypoints[0].far(w.from) || a.Waypoints[1].far(w.to)) {
			seconds = noWay
		}
		return nil
	})
	var no *refusal
	if errors.As(err, &no) && (no.Code == "NoRoute" || no.Code == "NoSegment") {
		return noWay, nil
	}
	return seconds, err
}

func believe(seconds *float64) (float32, error) {
	switch {
	case seconds == nil || *seconds > maxSeconds: // somebody is in another country
		return noWay, nil
	case math.IsNaN(*seconds) || *seconds < 0:
		return noWay, errMalformed
	}
	return float32(*seconds), nil
}

// ask sends a request and reads its answer, and remembers how the server is.
func (r *Router) ask(ctx context.Context, service, profile string, spots []spot, options url.Values, read func(answer) error) error {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !r.breaker.Enter() {
		return errLeftAlone
	}
	begun := time.Now()
	a, err := r.get(ctx, r.address(service, profile, spots, options))
	if err == nil {
		err = read(a)
	}
	outcome := "ok"
	var no *refusal
	switch {
	case errors.As(err, &no):
		outcome = "refused"
		r.breaker.Note(nil)
	case errors.Is(err, context.Canceled): // whoever asked has gone: nothing is known of the server
		return err
	case errors.Is(err, context.DeadlineExceeded):
		outcome = "slow"
		r.breaker.Note(err)
	case errors.Is(err, errMalformed):
		outcome = "malformed"
		r.breaker.Note(err)
	case err != nil:
		outcome = "failed"
		r.breaker.Note(err)
	default:
		r.breaker.Note(nil)
	}
	r.metrics.requests.WithLabelValues(service, outcome).Observe(time.Since(begun).Seconds())
	if err != nil && (no == nil || !no.expected()) {
		r.log.WarnContext(ctx, "OSRM did not answer", logkey.Task, service, logkey.Error, err.Error())
	}
	return err
}

func (r *Router) address(service, profile string, spots []spot, options url.Values) string {
	b := make([]byte, 0, 256+24*len(spots))
	b = append(b, strings.ReplaceAll(r.url, "{profile}", profile)...)
	b = append(b, "/"+service+"/v1/"+profile+"/"...)
	for i, s := range spots {
		if i > 0 {
			b = append(b, ';')
		}
		p := s.point()
		b = strconv.AppendFloat(b, p.Lng, 'f', 5, 64)
		b = strconv.AppendFloat(append(b, ','), p.Lat, 'f', 5, 64)
	}
	options.Set("generate_hints", "false")
	return string(append(append(b, '?'), options.Encode()...))
}

// get reads what lies at an address. Errors: *refusal, errMalformed, those of the network.
func (r *Router) get(ctx context.Context, address string) (a answer, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return a, err
	}
	resp, err := r.http.Do(req)
	if err != nil {
		return a, bare(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return a, fmt.Errorf("read answer: %w", err)
	}
	if len(body) > maxBody {
		return a, fmt.Errorf("%w: longer than %d bytes", errMalformed, maxBody)
	}
	broken := json.Unmarshal(bytes.TrimSpace(body), &a)
	switch {
	case resp.StatusCode == http.StatusBadRequest && broken == nil && a.Code != "" && a.Code != "Ok":
		return a, &refusal{a.Code, a.Message}
	case resp.StatusCode != http.StatusOK:
		return a, fmt.Errorf("status %d", resp.StatusCode)
	case broken != nil:
		return a, fmt.Errorf("%w: %w", errMalformed, broken)
	case a.Code != "Ok":
		return a, &refusal{a.Code, a.Message}
	}
	return a, nil
}

// bare is an error of the network without the address: it tells where somebody lives.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
