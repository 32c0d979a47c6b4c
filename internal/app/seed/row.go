package seed

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// Bounds of a vendor's texts, in characters, as the API's contract has them.
const (
	maxName     = 120
	maxCity     = 80
	maxAddress  = 300
	maxCuisines = 12
	maxCuisine  = 40
)

// check is one row under examination.
type check struct {
	row      row
	country  *country
	faults   []Fault
	repaired []string
}

// examine turns a row into a candidate, or names all that is wrong with it. It returns what it repaired.
func examine(r row) (candidate, []string, []Fault) {
	c := &check{row: r}
	key := c.id()
	c.country = countries[strings.TrimSpace(r.cells[colCountry])]
	if c.country == nil {
		c.fault(colCountry, reasonCountry)
		return candidate{}, nil, c.faults
	}
	name := c.text(colName, maxName)
	p := vendor.Profile{Country: c.country.iso, AcceptSeconds: 300, Version: 1}
	p.Name, p.Status, p.RadiusM = name, vendor.Approved, vendor.DefaultRadiusM
	p.City, p.Address = c.city(), c.address()
	p.Location = c.place()
	p.Cuisines = c.cuisines(name)
	p.PriceLevel, p.CostForTwo = c.cost()
	p.RatingAverage = math.Round(c.number(colRating, 0, 5)*10) / 10
	p.RatingCount = int(c.number(colVotes, 0, 1e8))
	if len(c.faults) > 0 {
		return candidate{}, nil, c.faults
	}
	return complete(candidate{line: r.line, key: key, profile: p}, c.country), c.repaired, nil
}

// complete adds what a row does not say: currency and time by its country, hours, prep time, phone, fees.
func complete(v candidate, c *country) candidate {
	p, rules := &v.profile, c.rules()
	p.Currency, p.TaxRate = rules.Currency, rules.TaxRate
	p.Timezone = c.timezone(p.Location)
	p.Hours = openings(v.key, p.Cuisines, p.PriceLevel)
	p.PrepMinutes = prepTime(v.key, p.Cuisines, p.PriceLevel)
	if p.Phone == "" {
		p.Phone = phone(v.key, c.dial)
	}
	prices := ladderOf(p.Currency)
	p.MinOrder = domain.Money{Amount: prices.extra(p.CostForTwo.Amount / 5), Currency: p.Currency}
	p.PackagingFee = domain.Money{Amount: prices.extra(c.typical(1).Amount / 30), Currency: p.Currency}
	v.kitchen = kitchen{
		key: v.key, cuisines: p.Cuisines, country: c, cost: p.CostForTwo, level: p.PriceLevel, diet: dietOf(p.Name, p.Cuisines),
	}
	return v
}

func (c *check) fault(field, reason string) {
	c.faults = append(c.faults, Fault{c.row.line, field, reason, clip(strings.ToValidUTF8(c.row.cells[field], "\uFFFD"))})
}

func (c *check) repair(kind string) {
	if !slices.Contains(c.repaired, kind) {
		c.repaired = append(c.repaired, kind)
	}
}

// id is the source key: the export's ID, a positive number.
func (c *check) id() string {
	cell := strings.TrimSpace(c.row.cells[colID])
	n, err := strconv.ParseInt(cell, 10, 64)
	switch {
	case cell == "":
		c.fault(colID, reasonMissing)
	case err != nil:
		c.fault(colID, reasonNumber)
	case n <= 0:
		c.fault(colID, reasonRange)
	}
	return "zomato:" + strconv.FormatInt(n, 10)
}

// read gives a cell decoded and mended, empty if it is.
func (c *check) read(field string) string {
	text, repaired := decode(c.row.cells[field])
	if repaired {
		c.repair(repairedEncoding)
	}
	text, repaired = mend(text, c.country.iso)
	if repaired {
		c.repair(repairedAccents)
	}
	return text
}

// text is a cell that must hold something, of a bounded length.
func (c *check) text(field string, most int) string {
	text := c.read(field)
	switch {
	case text == "":
		c.fault(field, reasonMissing)
	case len([]rune(text)) > most:
		c.fault(field, reasonLong)
	}
	return text
}

func (c *check) city() string {
	city := c.text(colCity, maxCity)
	if other, ok := cityNames()[[2]string{c.country.iso, city}]; ok {
		c.repair(repairedCity)
		return other
	}
	return city
}

func (c *check) address() string {
	address := c.read(colAddress)
	if address == "" {
		if address = c.read(colLocality); address == "" {
			c.fault(colAddress, reasonMissing)
			return ""
		}
		c.repair(repairedAddress)
	}
	if len([]rune(address)) > maxAddress {
		c.fault(colAddress, reasonLong)
	}
	return address
}

// number is a cell within bounds, both included.
func (c *check) number(field string, least, most float64) float64 {
	cell := strings.TrimSpace(c.row.cells[field])
	if cell == "" {
		c.fault(field, reasonMissing)
		return 0
	}
	n, err := strconv.ParseFloat(cell, 64)
	switch {
	case err != nil || math.IsNaN(n) || math.IsInf(n, 0):
		c.fault(field, reasonNumber)
		return 0
	case n < least || n > most:
		c.fault(field, reasonRange)
	}
	return n
}

// place is where the vendor is. Swapped coordinates are put right, because the box of a country tells: no place lies in it
// both ways round. Any other place outside the country is refused: whether the place or the country is wrong, nobody knows.
func (c *check) place() domain.Point {
	before := len(c.faults)
	lat, lng := c.number(colLat, -180, 180), c.number(colLng, -180, 180)
	p := domain.Point{Lat: lat, Lng: lng}
	swapped := domain.Point{Lat: lng, Lng: lat}
	switch {
	case len(c.faults) > before:
	case lat == 0 && lng == 0:
		c.fault(colLat, reasonNowhere)
	case c.country.holds(p):
	case c.country.holds(swapped):
		c.repair(repairedSwap)
		return swapped
	case lat < -90 || lat > 90:
		c.fault(colLat, reasonRange)
	default:
		c.faults = append(c.faults, Fault{c.row.line, colLat, reasonElsewhere, c.row.cells[colLat] + "," + c.row.cells[colLng]})
	}
	return p
}

// cost gives the price level and the cost for two. A missing one (0, in the export) follows from the other by what is usual
// in the country.
func (c *check) cost() (int, domain.Money) {
	level := int(c.number(colLevel, 0, 4))
	major := c.number(colCost, 0, math.MaxFloat64)
	if major > c.country.maxCost() {
		c.fault(colCost, reasonImplausible)
		return 1, domain.Money{}
	}
	if level < 1 || level > 4 {
		level = c.nearestLevel(major)
		c.repair(repairedLevel)
	}
	if major == 0 {
		c.repair(repairedCost)
		return level, c.country.typical(level)
	}
	return level, domain.FromMajor(major, c.country.rules().Currency)
}

func (c *check) nearestLevel(major float64) int {
	best := 1
	for i, usual := range c.country.costs {
		if math.Abs(usual-major) < math.Abs(c.country.costs[best-1]-major) {
			best = i + 1
		}
	}
	return best
}

// cuisines are the row's, each once. A row without any is not refused, for its vendor is as real as the others, nor is it
// called something that it never said: a plain word of its name decides ("Bakery", "Cafe"), else the country's own kitchen.
func (c *check) cuisines(name string) []string {
	var out []string
	for _, part := range strings.Split(c.read(colCuisines), ",") {
		part = strings.TrimSpace(part)
		seen := slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, part) })
		if part != "" && !seen && len(out) < maxCuisines && len([]rune(part)) <= maxCuisine {
			out = append(out, part)
		}
	}
	if len(out) > 0 {
		return out
	}
	c.repair(repairedCuisines)
	lower := strings.ToLower(name)
	for _, w := range telling {
		if strings.Contains(lower, w.word) {
			return []string{w.cuisine}
		}
	}
	return []string{c.country.home}
}

// telling are words of a name that say what is cooked; the first that occurs decides.
var telling = []struct{ word, cuisine string }{
	{"baker", "Bakery"}, {"cookie", "Bakery"}, {"cake", "Bakery"}, {"pizza", "Pizza"}, {"burger", "Burger"}, {"hot dog", "American"},
	{"ice cream", "Ice Cream"}, {"sushi", "Sushi"}, {"steak", "Steak"}, {"cafe", "Cafe"}, {"café", "Cafe"}, {"coffee", "Coffee and Tea"},
	{"lounge", "Bar Food"}, {"pub", "Pub Food"}, {"grill", "Grill"},
}
