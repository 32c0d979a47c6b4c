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
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
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
	ETAMinutes int // see promised
	Fee        domain.Money
}

// Near gives a page of the vendors that deliver to a point, encoded by encode when the cache has it not; next is the cursor
// of the page after, "" on the last one. Pages neither repeat nor skip a vendor whose place in the order stays the same.
// In the order by eta are those that take orders, then full kitchens, then closed vendors, each by their minutes as of the first page.
// It returns Invalid for a cursor that is not this query's, or by eta older than half an hour.
func (s *Service) Near(ctx context.Context, q Query, encode func(list []NearView, next string) ([]byte, error)) (Page, error) {
	q, err := q.normal()
	if err != nil {
		return Page{}, err
	}
	from, err := q.from(s.now())
	if err != nil {
		return Page{}, err
	}
	return s.cache.list(ctx, q.key(), func(ctx context.Context) ([]byte, error) {
		list, next, err := s.near(ctx, q, from)
		if err != nil {
			return nil, err
		}
		return encode(list, next)
	})
}

func (s *Service) near(ctx context.Context, q Query, from start) ([]NearView, string, error) {
	asked := s.asked(q)
	asked.Limit, asked.After, asked.AsOf = q.Limit+1, from.after, from.asOf
	places, err := s.late(ctx, &asked)
	if err != nil {
		return nil, "", err
	}
	found, err := s.db.VendorsNear(ctx, asked)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(found) > q.Limit {
		found = found[:q.Limit]
		next = q.cursor(start{from.asOf, &found[q.Limit-1].Place})
	}
	vendors := make([]vendor.Profile, len(found))
	for i, f := range found {
		vendors[i] = f.Profile
	}
	if places == nil {
		if places, err = s.db.PlacesTaken(ctx, s.now(), vendors...); err != nil {
			return nil, "", err
		}
	}
	tariffs, err := s.db.Tariffs(ctx, vendors...)
	if err != nil {
		return nil, "", err
	}
	list := make([]NearView, len(found))
	for i, f := range found {
		list[i] = s.nearView(f.Profile, f.Kitchen, f.Meters, places, tariffs)
	}
	return list, next, nil
}

// late tells a query by eta of the kitchens that are late, and gives the places taken: by the same ones the minutes are answered.
// Of other queries it gives none.
func (s *Service) late(ctx context.Context, asked *postgres.Near) (postgres.Places, error) {
	if asked.Sort != "eta" {
		return nil, nil
	}
	kitchens, places, err := s.db.LateKitchens(ctx, asked.Point, asked.AsOf)
	if err != nil {
		return nil, err
	}
	asked.Late = map[domain.ID]int{}
	for _, k := range kitchens {
		if !k.Open(asked.AsOf) {
			continue
		}
		minutes := promised(k.Profile, k.Kitchen, k.Meters, asked.AsOf, places)
		if minutes == 0 {
			minutes = postgres.FullAfter + usual(k.Profile, k.Kitchen, k.Meters, asked.AsOf)
		}
		asked.Late[k.ID] = minutes
	}
	return places, nil
}

// nearView has the fee of the cart without surge and small orders' fee.
func (s *Service) nearView(p vendor.Profile, k eta.Kitchen, meters float64, places postgres.Places, tariffs []pricing.Tariff) NearView {
	return NearView{
		VendorView: s.view(p), Meters: int(math.Round(meters)), ETAMinutes: promised(p, k, meters, s.now(), places),
		Fee: pricing.TariffOf(tariffs, p.Currency, p.City).Fee(meters),
	}
}

// promised says in how many minutes an order placed now would arrive, as its cart will: with the place of the kitchen that it gets, but
// with as many orders in it as are usual at this hour. Of a closed vendor they are the usual ones, once it is open. 0: the kitchen is
// full.
func promised(p vendor.Profile, k eta.Kitchen, meters float64, now time.Time, places postgres.Places) int {
	if !p.Open(now) {
		return usual(p, k, meters, now)
	}
	expected, margin := k.Ready(postgres.StatedBy(p.Vendor, now), now.In(p.Place), eta.UsualLoad)
	plan := p.Plan(now, expected, places[p.ID])
	if plan.ReadyAt.IsZero() {
		return 0
	}
	return minutes(plan.ReadyAt.Sub(now) + margin + bring(p, meters, now))
}

// usual is promised of a kitchen with places.
func usual(p vendor.Profile, k eta.Kitchen, meters float64, now time.Time) int {
	expected, margin := k.Ready(postgres.StatedBy(p.Vendor, now), now.In(p.Place), eta.UsualLoad)
	return minutes(expected + margin + bring(p, meters, now))
}

func bring(p vendor.Profile, meters float64, now time.Time) time.Duration {
	return eta.Bring(eta.Ride(meters, now.In(p.Place).Hour()))
}

func minutes(d time.Duration) int { return int(math.Ceil(d.Minutes())) }

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

// start is where a page begins: the moment that the order by eta is of, and the place before; nil: the first.
type start struct {
	asOf  time.Time
	after *postgres.Place
}

// A cursor holds a fingerprint of its query, by eta the microsecond of the first page, and the place after which to go on:
// 4 + 8 + 8 + 16 bytes.
const cursorLen = 36

func (q Query) fingerprint() []byte {
	sum := sha256.Sum256([]byte(q.filter()))
	return sum[:4]
}

func (q Query) cursor(at start) string {
	b := append(make([]byte, 0, cursorLen), q.fingerprint()...)
	micros := int64(0)
	if q.Sort == "eta" {
		micros = at.asOf.UnixMicro()
	}
	b = binary.BigEndian.AppendUint64(b, uint64(micros)) //nolint:gosec // after 1970
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(at.after.Key))
	return base64.RawURLEncoding.EncodeToString(append(b, at.after.ID[:]...))
}

// maxETACursorAge is for how long pages by eta can be turned. The places that kitchens had are forgotten an hour after their quarter began.
const maxETACursorAge = 30 * time.Minute

func (q Query) from(now time.Time) (start, error) {
	now = now.Truncate(time.Microsecond) // what the database knows
	if q.Cursor == "" {
		return start{asOf: now}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(q.Cursor)
	if err != nil || len(b) != cursorLen || string(b[:4]) != string(q.fingerprint()) {
		return start{}, notACursor()
	}
	after := &postgres.Place{Key: math.Float64frombits(binary.BigEndian.Uint64(b[12:])), ID: domain.ID(b[20:])}
	asOf := time.UnixMicro(int64(binary.BigEndian.Uint64(b[4:]))) //nolint:gosec // a bit pattern
	switch {
	case q.Sort != "eta" || asOf.After(now): // by the clock of another process
		return start{now, after}, nil
	case asOf.Before(now.Add(-maxETACursorAge)):
		return start{}, tooOld("half an hour")
	}
	return start{asOf, after}, nil
}

func notACursor() *domain.Error {
	return domain.Invalidf("cursor", "cursor", "is not the nextCursor of a page of this very query")
}

func tooOld(age string) *domain.Error {
	return domain.Invalidf("cursor", "cursor", "is older than %s: ask for the first page again", age)
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
