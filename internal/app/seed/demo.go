package seed

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

//go:embed data/demo.txt
var demoText string

// The demo set, by city: as many vendors as data/demo.txt lists, and this many people.
const (
	demoCustomers = 30
	demoCouriers  = 15
	vendorSpread  = 3200.0 // metres from the centre, so that all zones of a city overlap
	peopleSpread  = 2200.0
)

type demoCity struct {
	name, key string
	country   *country
	centre    domain.Point
	streets   []string
	vendors   []demoVendor
}

type demoVendor struct {
	name     string
	slug     string
	cuisines []string
	cost     float64 // for two, in major units
	level    int
	allDay   bool
}

// demoCities reads the embedded set; a fault in it is a fault of the program.
var demoCities = sync.OnceValue(func() []demoCity {
	var out []demoCity
	for i, line := range strings.Split(demoText, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := cells(strings.TrimPrefix(line, "= "))
		var err error
		if strings.HasPrefix(line, "= ") {
			var c demoCity
			c, err = readDemoCity(f)
			out = append(out, c)
		} else {
			var v demoVendor
			v, err = readDemoVendor(f)
			c := &out[len(out)-1]
			c.vendors = append(c.vendors, v)
		}
		if err != nil {
			panic(fmt.Sprintf("demo.txt:%d: %v", i+1, err))
		}
	}
	return out
})

func readDemoCity(f []string) (demoCity, error) {
	if len(f) != 6 || countries[f[2]] == nil {
		return demoCity{}, fmt.Errorf("a city has six cells and a known country")
	}
	lat, err := strconv.ParseFloat(f[3], 64)
	if err != nil {
		return demoCity{}, fmt.Errorf("latitude: %w", err)
	}
	lng, err := strconv.ParseFloat(f[4], 64)
	if err != nil {
		return demoCity{}, fmt.Errorf("longitude: %w", err)
	}
	return demoCity{
		name: f[0], key: f[1], country: countries[f[2]], centre: domain.Point{Lat: lat, Lng: lng}, streets: strings.Split(f[5], "; "),
	}, nil
}

func readDemoVendor(f []string) (demoVendor, error) {
	if len(f) < 4 {
		return demoVendor{}, fmt.Errorf("a vendor has four cells")
	}
	cost, err := strconv.ParseFloat(f[2], 64)
	if err != nil {
		return demoVendor{}, fmt.Errorf("cost: %w", err)
	}
	level, err := strconv.Atoi(f[3])
	if err != nil {
		return demoVendor{}, fmt.Errorf("price level: %w", err)
	}
	return demoVendor{
		name: f[0], slug: slug(f[0]), cuisines: strings.Split(f[1], ", "), cost: cost, level: level, allDay: len(f) == 4,
	}, nil
}

// slug is a name in lower-case ASCII with dashes: "Açaí Beira-Asfalto" is acai-beira-asfalto.
func slug(name string) string {
	var out strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // an accent that stood on the letter before
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
	}
	return strings.TrimSuffix(out.String(), "-")
}

// Demo writes the built-in marketplace, all of it or nothing: vendors that are open all day (three but the usual hours) with
// menus and owners, customers with an address, approved couriers. What exists already stays as it is; so it may run at any time.
// It returns Unavailable when the database is away.
func (s *Seeder) Demo(ctx context.Context) (Result, error) {
	started := time.Now()
	var all []candidate
	for _, c := range demoCities() {
		for _, v := range c.vendors {
			all = append(all, c.candidate(v))
		}
	}
	vendors, err := s.prepare(ctx, all)
	if err != nil {
		return Result{}, fmt.Errorf("seed demo: %w", err)
	}
	done, err := s.db.ImportMarketplace(ctx, vendors, s.people())
	if err != nil {
		return Result{}, fmt.Errorf("seed demo: %w", err)
	}
	return Result{
		Rows: len(all), Inserted: done.Inserted, Updated: done.Updated, Unchanged: done.Unchanged, Dishes: done.Dishes,
		Took: time.Since(started),
	}, nil
}

func (c demoCity) candidate(v demoVendor) candidate {
	key := demoKey(v.slug)
	d := drawFor(key, "demo")
	p := vendor.Profile{
		Cuisines: v.cuisines, Country: c.country.iso, AcceptSeconds: 300, PriceLevel: v.level, Version: 1,
		Address:       fmt.Sprintf("%d %s", d.between(1, 120), c.streets[d.below(len(c.streets))]),
		CostForTwo:    domain.FromMajor(v.cost, c.country.rules().Currency),
		RatingAverage: float64(d.between(34, 49)) / 10, RatingCount: d.between(20, 2400),
	}
	p.Name, p.Status, p.City, p.RadiusM = v.name, vendor.Approved, c.name, vendor.DefaultRadiusM
	p.Location = scatter(d, c.centre, vendorSpread)
	made := complete(candidate{key: key, profile: p}, c.country)
	if v.allDay {
		made.profile.Hours = vendor.Always()
	}
	return made
}

// demoKey is the source key of a demo vendor.
func demoKey(slug string) string { return "demo:" + slug }

// scatter is a point in a circle, any as likely as any other.
func scatter(d *draw, centre domain.Point, meters float64) domain.Point {
	const metersADegree = 111_195
	angle, far := 2*math.Pi*d.share(), meters*math.Sqrt(d.share())
	lat := centre.Lat + far*math.Sin(angle)/metersADegree
	lng := centre.Lng + far*math.Cos(angle)/metersADegree/math.Cos(centre.Lat*math.Pi/180)
	round := func(deg float64) float64 { return math.Round(deg*1e6) / 1e6 }
	return domain.Point{Lat: round(lat), Lng: round(lng)}
}

// people are the accounts of the demo set.
func (s *Seeder) people() postgres.People {
	var out postgres.People
	for _, c := range demoCities() {
		for _, v := range c.vendors {
			out.Owners = append(out.Owners, postgres.SeedOwner{
				Person: s.person(DemoOwner(v.slug), c), VendorKey: demoKey(v.slug),
			})
		}
		for n := range demoCustomers {
			email := DemoCustomer(c.key, n+1)
			d := drawFor(email, "home")
			out.Customers = append(out.Customers, postgres.SeedCustomer{
				Person: s.person(email, c), AddressID: s.newID(), City: c.name, Home: scatter(d, c.centre, peopleSpread),
				Line1: fmt.Sprintf("%d %s", d.between(1, 200), c.streets[d.below(len(c.streets))]),
			})
		}
		for n := range demoCouriers {
			email := DemoCourier(c.key, n+1)
			d := drawFor(email, "vehicle")
			out.Couriers = append(out.Couriers, postgres.SeedCourier{
				Person: s.person(email, c), Vehicle: []string{"motorbike", "motorbike", "bicycle", "car"}[d.below(4)],
			})
		}
	}
	return out
}

func (s *Seeder) person(email string, c demoCity) postgres.Person {
	d := drawFor(email, "name")
	return postgres.Person{
		ID: s.newID(), Email: email, Phone: phone(email, c.country.dial),
		FirstName: demoFirst[d.below(len(demoFirst))], LastName: demoLast[d.below(len(demoLast))],
	}
}
