package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Query is what a hungry person asks: who delivers here.
type Query struct {
	Point    domain.Point
	Text     string   // part of a name or cuisine; "": any
	Cuisines []string // vendors that have one of these, in any case; none: any
	Veg      bool     // only vendors without a dish of meat or fish
	OpenNow  bool
	MaxCost  *int64 // for two, minor units
	Sort     string // distance (also ""), rating, eta or cost
	Limit    int    // 1 … 100
	Cursor   string // of the page before; "": the first page
}

// NearView is a vendor as a list near a point shows it.
type NearView struct {
	VendorView
	Meters     int
	ETAMinutes int // of an order placed now; of a closed vendor once it is open. 0: its kitchen is full
	Fee        domain.Money
}

// Near gives a page of the vendors that deliver to a point, encoded by encode when the cache has it not; next is the cursor
// of the page after, "" on the last one. Pages neither repeat nor skip a vendor whose place in the order stays the same.
// It returns Invalid for a cursor that is not this query's.
func (s *Service) Near(ctx context.Context, q Query, encode func(list []NearView, next string) ([]byte, error)) (Page, error) {
	q, err := q.normal()
	if err != nil {
		return Page{}, err
	}
	after, err := q.after()
	if err != nil {
		return Page{}, err
	}
	return s.cache.list(ctx, q.key(), func(ctx context.Context) ([]byte, error) {
		list, next, err := s.near(ctx, q, after)
		if err != nil {
			return nil, err
		}
		return encode(list, next)
	})
}

func (s *Service) near(ctx context.Context, q Query, after *postgres.Place) ([]NearView, string, error) {
	asked := s.asked(q)
	asked.Limit, asked.After = q.Limit+1, after
	found, err := s.db.VendorsNear(ctx, asked)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(found) > q.Limit {
		found = found[:q.Limit]
		next = q.cursor(found[q.Limit-1].Place)
	}
	vendors := make([]vendor.Profile, len(found))
	for i, f := range found {
		vendors[i] = f.Profile
	}
	places, err := s.db.PlacesTaken(ctx, s.now(), vendors...)
	if err != nil {
		return nil, "", err
	}
	tariffs, err := s.db.Tariffs(ctx, vendors...)
	if err != nil {
		return nil, "", err
	}
	list := make([]NearView, len(found))
	for i, f := range found {
		list[i] = s.nearView(f.Profile, f.Meters, places, tariffs)
	}
	return list, next, nil
}

// nearView estimates when an order would arrive as its cart will: with the place of the kitchen that it gets. Its fee is that of the
// cart without surge and small orders' fee.
func (s *Service) nearView(p vendor.Profile, meters float64, places postgres.Places, tariffs []pricing.Tariff) NearView {
	v := NearView{VendorView: s.view(p), Meters: int(math.Round(meters)), Fee: pricing.TariffOf(tariffs, p.Currency, p.City).Fee(meters)}
	now := s.now()
	switch plan := p.Plan(now, places[p.ID]); {
	case !v.Clock.Open:
		v.ETAMinutes = vendor.ETAMinutes(p.PrepAt(now), meters)
	case !plan.ReadyAt.IsZero():
		v.ETAMinutes = vendor.ETAMinutes(int(math.Ceil(plan.ReadyAt.Sub(now).Minutes())), meters)
	}
	return v
}

func (s *Service) asked(q Query) postgres.Near {
	return postgres.Near{
		Point: q.Point, Text: q.Text, Cuisines: q.Cuisines, Veg: q.Veg, OpenNow: q.OpenNow, MaxCost: q.MaxCost, Sort: q.Sort, Now: s.now(),
	}
}

// Cuisine is what vendors cook, and how many of them.
type Cuisine = postgres.Cuisine

// Cuisines gives the cuisines of all vendors that Near finds with the same filters but that of cuisines, most frequent first, at
// most 100, encoded like Near.
func (s *Service) Cuisines(ctx context.Context, q Query, encode func([]Cuisine) ([]byte, error)) (Page, error) {
	q.Cuisines, q.Sort = nil, ""
	q, err := q.normal()
	if err != nil {
		return Page{}, err
	}
	return s.cache.list(ctx, "cuisines "+q.filter(), func(ctx context.Context) ([]byte, error) {
		list, err := s.db.CuisinesNear(ctx, s.asked(q))
		if err != nil {
			return nil, err
		}
		return encode(list)
	})
}

// rounded makes a point good to a ten-millionth of a degree, a centimetre.
func rounded(p domain.Point) domain.Point {
	round := func(deg float64) float64 { return math.Round(deg*1e7)/1e7 + 0 } // + 0 turns -0 into 0
	return domain.Point{Lat: round(p.Lat), Lng: round(p.Lng)}
}

// normal makes queries that mean the same equal.
func (q Query) normal() (Query, error) {
	q.Point = rounded(q.Point)
	var err error
	if q.Text, err = optionalText("q", q.Text); err != nil {
		return q, err
	}
	if q.Cuisines, err = texts("cuisine", q.Cuisines); err != nil {
		return q, err
	}
	for i, c := range q.Cuisines {
		q.Cuisines[i] = strings.ToLower(c)
	}
	slices.Sort(q.Cuisines)
	if q.Sort == "" {
		q.Sort = "distance"
	}
	return q, nil
}

// filter is all of a normal query but the page. It is made for every read of a cached list, so fmt would be felt.
func (q Query) filter() string {
	b := make([]byte, 0, 128)
	for _, degrees := range [...]float64{q.Point.Lat, q.Point.Lng} {
		b = append(strconv.AppendFloat(b, degrees, 'g', -1, 64), ' ')
	}
	b = append(strconv.AppendQuote(b, q.Text), " ["...)
	for _, c := range q.Cuisines {
		b = append(strconv.AppendQuote(b, c), ' ')
	}
	b = strconv.AppendBool(append(b, "] "...), q.Veg)
	b = append(strconv.AppendBool(append(b, ' '), q.OpenNow), ' ')
	if q.MaxCost != nil {
		b = strconv.AppendInt(b, *q.MaxCost, 10)
	}
	return string(append(append(b, ' '), q.Sort...))
}

func (q Query) key() string {
	return "near " + q.filter() + " " + strconv.Itoa(q.Limit) + " " + q.Cursor
}

// A cursor holds a fingerprint of its query, and the place after which to go on: 4 + 8 + 16 bytes.
const cursorLen = 28

func (q Query) fingerprint() []byte {
	sum := sha256.Sum256([]byte(q.filter()))
	return sum[:4]
}

func (q Query) cursor(p postgres.Place) string {
	b := append(make([]byte, 0, cursorLen), q.fingerprint()...)
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(p.Key))
	return base64.RawURLEncoding.EncodeToString(append(b, p.ID[:]...))
}

func (q Query) after() (*postgres.Place, error) {
	if q.Cursor == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil || len(b) != cursorLen || string(b[:4]) != string(q.fingerprint()) {
		return nil, notACursor()
	}
	return &postgres.Place{Key: math.Float64frombits(binary.BigEndian.Uint64(b[4:])), ID: domain.ID(b[12:])}, nil
}

func notACursor() *domain.Error {
	return domain.Invalidf("cursor", "cursor", "is not the nextCursor of a page of this very query")
}

// City is where approved vendors are.
type City = postgres.City

// Cities gives the cities with approved vendors, largest first, encoded like Near.
func (s *Service) Cities(ctx context.Context, limit int, encode func([]City) ([]byte, error)) (Page, error) {
	return s.cache.list(ctx, "cities "+strconv.Itoa(limit), func(ctx context.Context) ([]byte, error) {
		cities, err := s.db.Cities(ctx, limit)
		if err != nil {
			return nil, err
		}
		return encode(cities)
	})
}
