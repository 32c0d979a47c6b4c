package seed

import (
	"math"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// country is what follows from a row's country code. The export's own currency column is wrong for whole countries (Manila
// in pula), so nobody reads it.
type country struct {
	iso    string
	dial   string // of its telephone numbers
	home   string // the kitchen of a vendor that names none
	avoids []string
	costs  [4]float64 // usual cost for two by price level, in major units; where a row has none
	boxes  []box
	zone   func(domain.Point) string // nil: one timezone, the one of vendor.CountryOf
}

// box is a rectangle of latitudes and longitudes.
type box struct{ south, north, west, east float64 }

func (b box) holds(p domain.Point) bool {
	return p.Lat >= b.south && p.Lat <= b.north && p.Lng >= b.west && p.Lng <= b.east
}

// countries are those of the export, by its codes. The boxes hold each country with some kilometres to spare: they find
// places that lie elsewhere, not on which side of a border one is.
var countries = map[string]*country{
	"1": {iso: "IN", dial: "91", home: "North Indian", avoids: []string{"beef"}, costs: [4]float64{300, 600, 1200, 2200},
		boxes: []box{{6.5, 35.8, 68, 97.5}}},
	"14": {iso: "AU", dial: "61", home: "Modern Australian", costs: [4]float64{15, 25, 45, 100},
		boxes: []box{{-43.8, -10, 112.8, 153.8}}, zone: zoneAU},
	"30": {iso: "BR", dial: "55", home: "Brazilian", costs: [4]float64{30, 50, 75, 150},
		boxes: []box{{-33.9, 5.4, -74.1, -34.6}}, zone: zoneBR},
	"37": {iso: "CA", dial: "1", home: "Canadian", costs: [4]float64{15, 25, 45, 70},
		boxes: []box{{41.6, 83.2, -141.1, -52.5}}, zone: zoneCA},
	"94": {iso: "ID", dial: "62", home: "Indonesian", avoids: []string{"pork"}, costs: [4]float64{70_000, 120_000, 200_000, 400_000},
		boxes: []box{{-11.1, 6.2, 94.9, 141.1}}, zone: zoneID},
	"148": {iso: "NZ", dial: "64", home: "Kiwi", costs: [4]float64{25, 40, 55, 90},
		boxes: []box{{-47.5, -34, 166.2, 178.8}}},
	"162": {iso: "PH", dial: "63", home: "Filipino", costs: [4]float64{400, 600, 1000, 2000},
		boxes: []box{{4.5, 21.3, 116.7, 126.8}}},
	"166": {iso: "QA", dial: "974", home: "Arabian", avoids: []string{"pork"}, costs: [4]float64{35, 50, 90, 250},
		boxes: []box{{24.4, 26.3, 50.6, 51.8}}},
	"184": {iso: "SG", dial: "65", home: "Singaporean", costs: [4]float64{12, 20, 40, 150},
		boxes: []box{{1.1, 1.5, 103.5, 104.2}}},
	"189": {iso: "ZA", dial: "27", home: "South African", costs: [4]float64{90, 140, 250, 400},
		boxes: []box{{-35, -22, 16.3, 33.1}}},
	"191": {iso: "LK", dial: "94", home: "Sri Lankan", costs: [4]float64{700, 1200, 2500, 4000},
		boxes: []box{{5.8, 10, 79.4, 82.1}}},
	"208": {iso: "TR", dial: "90", home: "Turkish", avoids: []string{"pork"}, costs: [4]float64{25, 40, 80, 150},
		boxes: []box{{35.7, 42.3, 25.5, 45}}},
	"214": {iso: "AE", dial: "971", home: "Arabian", avoids: []string{"pork"}, costs: [4]float64{40, 60, 130, 240},
		boxes: []box{{22.5, 26.3, 51.4, 56.6}}},
	"215": {iso: "GB", dial: "44", home: "British", costs: [4]float64{15, 28, 45, 90},
		boxes: []box{{49.8, 60.95, -8.7, 1.9}}},
	"216": {iso: "US", dial: "1", home: "American", costs: [4]float64{12, 25, 40, 70}, zone: zoneUS,
		boxes: []box{{24.3, 49.5, -125, -66.8}, {51, 71.6, -180, -129.9}, {18.8, 22.4, -160.4, -154.6}, {17.8, 18.6, -67.4, -65.1}}},
}

func (c *country) holds(p domain.Point) bool {
	for _, b := range c.boxes {
		if b.holds(p) {
			return true
		}
	}
	return false
}

// rules are what the marketplace knows of the country: currency, tax and main timezone.
func (c *country) rules() vendor.Country {
	known, ok := vendor.CountryOf(c.iso)
	if !ok {
		panic("no rules for " + c.iso) // a country of ours that the marketplace dropped: a fault of the program
	}
	return known
}

// typical is the usual cost for two at a price level (1 … 4).
func (c *country) typical(level int) domain.Money {
	return domain.FromMajor(c.costs[level-1], c.rules().Currency)
}

// maxCost is beyond any table: a cost above it is a slip of the pen.
func (c *country) maxCost() float64 { return 50 * c.costs[3] }

// timezone is that of a place in the country.
func (c *country) timezone(p domain.Point) string {
	if c.zone == nil {
		return c.rules().Timezone
	}
	return c.zone(p)
}

// band is a timezone and how far east it reaches, in degrees.
type band struct {
	east float64
	zone string
}

func bandOf(lng float64, bands ...band) string {
	for _, b := range bands {
		if lng < b.east {
			return b.zone
		}
	}
	return bands[len(bands)-1].zone
}

var endless = math.Inf(1)

// The zones below follow the meridians that lie nearest to the borders of states; a town within some tens of kilometres of
// such a border may get its neighbour's time, an hour or half an hour off.

func zoneAU(p domain.Point) string {
	switch {
	case p.Lng < 129:
		return "Australia/Perth"
	case p.Lng < 138 && p.Lat > -26:
		return "Australia/Darwin"
	case p.Lng < 141 && p.Lat <= -26:
		return "Australia/Adelaide"
	case p.Lat > -28.2, p.Lng < 151 && p.Lat > -28.95:
		return "Australia/Brisbane"
	case p.Lat < -39.4:
		return "Australia/Hobart"
	case p.Lat < -36.1 && p.Lng < 148.2:
		return "Australia/Melbourne"
	}
	return "Australia/Sydney"
}

func zoneBR(p domain.Point) string {
	return bandOf(p.Lng, band{-66.6, "America/Rio_Branco"}, band{-58, "America/Manaus"}, band{-53.5, "America/Cuiaba"},
		band{endless, "America/Sao_Paulo"})
}

func zoneCA(p domain.Point) string {
	return bandOf(p.Lng, band{-120, "America/Vancouver"}, band{-110, "America/Edmonton"}, band{-101.4, "America/Regina"},
		band{-90, "America/Winnipeg"}, band{-68, "America/Toronto"}, band{-59.5, "America/Halifax"}, band{endless, "America/St_Johns"})
}

func zoneID(p domain.Point) string {
	return bandOf(p.Lng, band{114.4, "Asia/Jakarta"}, band{124, "Asia/Makassar"}, band{endless, "Asia/Jayapura"})
}

func zoneUS(p domain.Point) string {
	switch {
	case p.Lat < 23 && p.Lng < -150:
		return "Pacific/Honolulu"
	case p.Lat > 50:
		return "America/Anchorage"
	case p.Lat < 19:
		return "America/Puerto_Rico"
	case p.Lng < -114.04 && p.Lat > 42 && p.Lat < 45.5 && p.Lng > -117: // southern Idaho
		return "America/Boise"
	case p.Lng < -114.04 && p.Lng > -116.05 && p.Lat >= 45.5: // western Montana
		return "America/Denver"
	case p.Lng < -109.05 && p.Lng > -114.04 && p.Lat < 37:
		return "America/Phoenix"
	case p.Lng > -87.6 && p.Lng < -85.4 && p.Lat > 37.8: // most of Indiana, all of Michigan
		return "America/New_York"
	}
	return bandOf(p.Lng, band{-114.04, "America/Los_Angeles"}, band{-102, "America/Denver"}, band{-85.4, "America/Chicago"},
		band{endless, "America/New_York"})
}
