package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Search is what somebody typed, and where.
type Search struct {
	Point  domain.Point
	Text   string
	Limit  int    // 1 … 50
	Cursor string // of the page before; "": the first page. Suggestions have no pages
	Accept string // an Accept-Language header: dishes are shown in that of their vendor's languages which suits it best
}

// HitView is a vendor that was found, or a dish of it.
type HitView struct {
	Vendor NearView
	Dish   *DishView // nil: the vendor itself
}

// Search gives a page of the vendors that deliver to a point and of their dishes that can be had, best first, encoded by encode
// when the cache has it not; next is the cursor of the page after, "" on the last one. Pages are as of the minute of the first
// one: a hit whose score stays is not repeated. Dishes that are not served at this moment are left out, and what comes after takes
// their places; where they are very many, a page may hold fewer hits than its limit. It returns Invalid for a cursor that is not this query's, or older than a day.
func (s *Service) Search(ctx context.Context, q Search, encode func(hits []HitView, next string) ([]byte, error)) (Page, error) {
	q, err := q.normal()
	if err != nil {
		return Page{}, err
	}
	q.Accept = s.tongues.wanted(q.Accept)
	from, err := q.place(s.now())
	if err != nil {
		return Page{}, err
	}
	return s.cache.list(ctx, fmt.Sprintf("search %s %d %q %s", q.filter(), q.Limit, q.Accept, q.Cursor), func(ctx context.Context) ([]byte, error) {
		hits, last, err := s.search(ctx, q, from)
		if err != nil {
			return nil, err
		}
		next := ""
		if last != nil {
			next = q.cursor(place{from.asOf, last})
		}
		return encode(hits, next)
	})
}

// maxRefills bounds how often a page is filled up that has lost hits.
const maxRefills = 2

// search gives the hits of a page that can be had, and where it ends; nil: it is the last one.
func (s *Service) search(ctx context.Context, q Search, from place) ([]HitView, *postgres.Rank, error) {
	var out []HitView
	ask := postgres.Find{Point: q.Point, Typed: q.Text, Now: from.asOf, After: from.after}
	for range 1 + maxRefills {
		ask.Limit = q.Limit - len(out)
		hits, last, err := s.db.Search(ctx, ask)
		if err != nil {
			return nil, nil, err
		}
		views, err := s.hitViews(ctx, hits, q.Accept)
		if err != nil {
			return nil, nil, err
		}
		out, ask.After = append(out, views...), last
		if last == nil || len(out) == q.Limit {
			break
		}
	}
	return out, ask.After, nil
}

func (s *Service) hitViews(ctx context.Context, hits []postgres.Hit, accept string) ([]HitView, error) {
	vendors := make([]vendor.Profile, len(hits))
	for i, h := range hits {
		vendors[i] = h.Vendor
	}
	places, err := s.db.PlacesTaken(ctx, s.now(), vendors...)
	if err != nil {
		return nil, err
	}
	tariffs, err := s.db.Tariffs(ctx, vendors...)
	if err != nil {
		return nil, err
	}
	out := make([]HitView, 0, len(hits))
	for _, h := range hits {
		v := HitView{Vendor: s.nearView(h.Vendor, h.Kitchen, h.Meters, places, tariffs)}
		if h.Dish != nil {
			d := s.viewDish(*h.Dish, h.Vendor)
			if !d.State.Available {
				continue // what its entry does not know of, such as a schedule, or what has changed since
			}
			d.Dish, d.Language, _ = s.inTongue(d.Dish, h.Vendor, accept)
			v.Dish = &d
		}
		out = append(out, v)
	}
	return out, nil
}

// inTongue gives a dish in that of its vendor's languages which suits a header best, and says whether it is another than its own.
func (s *Service) inTongue(d menu.Dish, p vendor.Profile, accept string) (_ menu.Dish, language string, translated bool) {
	language, translated = s.tongues.choose(strings.Join(p.Languages, ","), accept)
	if translated {
		d = d.In(language)
	}
	return d, language, translated
}

// Suggestion is what somebody who typed so far may mean.
type Suggestion struct {
	Text     string
	Kind     string    // dish, vendor or cuisine
	VendorID domain.ID // of a vendor; zero for the others
}

// Suggest completes what was typed with names of dishes, vendors and cuisines that Search finds at the point, encoded like Search.
// Names that no dish has which is served at this moment give their places to those after them, as far as so many come to mind.
func (s *Service) Suggest(ctx context.Context, q Search, encode func([]Suggestion) ([]byte, error)) (Page, error) {
	q, err := q.normal()
	if err != nil {
		return Page{}, err
	}
	q.Accept = s.tongues.wanted(q.Accept)
	return s.cache.list(ctx, fmt.Sprintf("suggest %s %d %q", q.filter(), q.Limit, q.Accept), func(ctx context.Context) ([]byte, error) {
		list, err := s.db.Suggest(ctx, postgres.Find{Point: q.Point, Typed: q.Text, Now: s.now(), Limit: 2 * q.Limit})
		if err != nil {
			return nil, err
		}
		return encode(s.suggestions(list, q))
	})
}

func (s *Service) suggestions(list []postgres.Suggestion, q Search) []Suggestion {
	out := make([]Suggestion, 0, q.Limit)
	for _, l := range list {
		next, ok := Suggestion{l.Text, l.Kind, l.VendorID}, true
		if l.Kind == "dish" {
			next.Text, ok = s.dishName(l, q.Accept)
		}
		if !ok || slices.Contains(out, next) { // two names may have one translation
			continue
		}
		if out = append(out, next); len(out) == q.Limit {
			break
		}
	}
	return out
}

// dishName gives the name of dishes for whoever sent a header: a translation where one of those that are served has it. It says
// whether any is served.
func (s *Service) dishName(of postgres.Suggestion, accept string) (name string, served bool) {
	for _, h := range of.Dishes {
		if !s.viewDish(*h.Dish, h.Vendor).State.Available {
			continue
		}
		served = true
		if d, _, translated := s.inTongue(h.Dish.Dish, h.Vendor, accept); translated && d.Name != h.Dish.Name {
			return d.Name, true
		}
	}
	return of.Text, served
}

// normal makes queries that mean the same equal, as far as that is cheap: the database folds the rest.
func (q Search) normal() (Search, error) {
	q.Point = rounded(q.Point)
	text, err := requiredText("q", q.Text)
	q.Text = strings.Join(strings.Fields(strings.ToLower(text)), " ")
	return q, err
}

// filter is all of a normal query but the page and the language, which changes neither what is found nor its order.
func (q Search) filter() string { return fmt.Sprintf("%v %v %q", q.Point.Lat, q.Point.Lng, q.Text) }

// place is where a page begins: the moment that all pages of the query are as of, and the hit before; nil: the first.
type place struct {
	asOf  time.Time
	after *postgres.Rank
}

// A search's cursor holds a fingerprint of the query, the minute, the score and the ID: 4 + 8 + 8 + 16 bytes.
const placeLen = 36

// maxCursorAge is for how long pages can be turned that are as of the moment of the first one.
const maxCursorAge = 24 * time.Hour

func (q Search) cursor(p place) string {
	b := append(make([]byte, 0, placeLen), q.fingerprint()...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.asOf.Unix())) //nolint:gosec // after 1970
	b = binary.BigEndian.AppendUint64(b, uint64(p.after.Score)) //nolint:gosec // a bit pattern
	return base64.RawURLEncoding.EncodeToString(append(b, p.after.ID[:]...))
}

func (q Search) place(now time.Time) (place, error) {
	if q.Cursor == "" {
		return place{asOf: now.Truncate(time.Minute)}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil || len(b) != placeLen || string(b[:4]) != string(q.fingerprint()) {
		return place{}, notACursor()
	}
	seconds, score := int64(binary.BigEndian.Uint64(b[4:])), int64(binary.BigEndian.Uint64(b[12:])) //nolint:gosec // bit patterns
	after := &postgres.Rank{Score: score, ID: domain.ID(b[20:])}
	switch {
	case seconds > now.Unix(): // by the clock of another process
		return place{now.Truncate(time.Minute), after}, nil
	case seconds < now.Add(-maxCursorAge).Unix():
		return place{}, tooOld("a day")
	}
	return place{time.Unix(seconds, 0), after}, nil
}

func (q Search) fingerprint() []byte {
	sum := sha256.Sum256([]byte("search " + q.filter()))
	return sum[:4]
}
