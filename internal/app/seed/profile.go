package seed

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
)

// hour is one, in minutes.
const hour = 60

// openings gives a vendor's week, which follows from its key and what it cooks: bakeries and breakfast places open early,
// bars and ice cream parlours close late, dear kitchens rest in the afternoon, and one vendor in eight rests a day.
func openings(key string, cuisines []string, level int) vendor.Hours {
	d := drawFor(key, "hours")
	half := func(least, most int) int { return d.between(least*2, most*2) * hour / 2 }
	var opens, closes, rest int // rest: minutes closed in the afternoon, from 15:30
	switch style(cuisines) {
	case early:
		opens, closes = half(6, 8), half(20, 22)
	case late:
		opens, closes = half(12, 17), half(24, 26)
	case sweet:
		opens, closes = half(10, 12), half(22, 24)
	default:
		opens, closes = half(10, 12), half(22, 23)
		if level >= 3 && d.below(2) == 0 {
			opens, rest = 12*hour, half(2, 3)
		}
	}
	closed := -1
	if d.below(8) == 0 {
		closed = d.below(3) // Monday to Wednesday
	}
	const pause = 15*hour + 30
	var slots []vendor.Slot
	for day := range 7 {
		switch {
		case day == closed:
		case rest > 0:
			slots = append(slots, vendor.Slot{Day: day, Opens: opens, Closes: pause}, slot(day, pause+rest, closes))
		default:
			slots = append(slots, slot(day, opens, closes))
		}
	}
	hours, err := vendor.NewHours(slots)
	if err != nil {
		panic(fmt.Sprintf("hours of %s: %v", key, err)) // the bounds above are ours
	}
	return hours
}

// slot is one opening; closes may lie past midnight.
func slot(day, opens, closes int) vendor.Slot {
	if closes > 24*hour {
		closes -= 24 * hour
	}
	return vendor.Slot{Day: day, Opens: opens, Closes: closes}
}

type rhythm int

const (
	regular rhythm = iota
	early
	late
	sweet
)

var rhythms = map[string]rhythm{
	"bakery": early, "breakfast": early, "cafe": early, "coffee and tea": early, "deli": early, "diner": early, "juices": early,
	"mithai": early, "patisserie": early, "raw meats": early, "south indian": early, "tea": early,
	"bar food": late, "drinks only": late, "grill": late, "pub food": late, "tapas": late,
	"beverages": sweet, "desserts": sweet, "ice cream": sweet,
}

// style is the rhythm of a vendor's first cuisine that has one of its own, among the first two.
func style(cuisines []string) rhythm {
	for _, c := range cuisines[:min(2, len(cuisines))] {
		if r := rhythms[strings.ToLower(c)]; r != regular {
			return r
		}
	}
	return regular
}

// prepTime is how long an order usually takes, in minutes: longer in a dear kitchen, short where food stands ready.
func prepTime(key string, cuisines []string, level int) int {
	d := drawFor(key, "prep")
	switch style(cuisines) {
	case early, sweet:
		return d.between(8, 15)
	}
	return d.between(12, 20) + 4*level
}

// phone is a number that rings nowhere: from the blocks that Britain, North America and Australia keep for fiction, and
// elsewhere with a national part that begins with zeros, as none in use does.
func phone(key, dial string) string {
	d := drawFor(key, "phone")
	switch dial {
	case "1":
		return fmt.Sprintf("+1 202 555 01%02d", d.below(100))
	case "44":
		return fmt.Sprintf("+44 20 7946 0%03d", d.below(1000))
	case "61":
		return fmt.Sprintf("+61 2 5550 %04d", d.below(10_000))
	}
	return fmt.Sprintf("+%s 000 %03d %04d", dial, d.below(1000), d.below(10_000))
}

// Words of a name that promise a kitchen without meat, or without anything of an animal.
var (
	vegWords   = []string{"pure veg", "shudh", "shuddh", "vaishno", "vaishnav", "vaishnu", "shakahari", "vegetarian", "satvik", "sattvik"}
	veganWords = []string{"vegan"}
)

// dietOf is the least strict diet that a vendor cooks: veg when its name says so, when all its cuisines are vegetarian, or
// when "Vegetarian" is all it names; beside others the export uses that word for places that have something vegetarian, too.
func dietOf(name string, cuisines []string) menu.Diet {
	lower := strings.ToLower(name)
	has := func(word string) bool { return strings.Contains(lower, word) }
	if slices.ContainsFunc(veganWords, has) {
		return menu.Vegan
	}
	if slices.ContainsFunc(vegWords, has) && !strings.Contains(lower, "non") {
		return menu.Veg
	}
	for _, c := range cuisines {
		section := dishes().find(c)
		if !strings.EqualFold(c, "Vegetarian") && (section == nil || !section.veg) {
			return menu.NonVeg
		}
	}
	if len(cuisines) == 0 {
		return menu.NonVeg
	}
	return menu.Veg
}

// fingerprint is a hash of what a row says of a vendor: the fields that a changed row changes.
func fingerprint(p vendor.Profile) []byte {
	text, err := json.Marshal([]any{
		p.Name, p.Cuisines, p.Address, p.City, p.Country, p.Timezone, p.Currency, p.Location.Lat, p.Location.Lng,
		p.CostForTwo.Amount, p.PriceLevel, p.RatingAverage, p.RatingCount,
	})
	if err != nil {
		panic(fmt.Sprintf("fingerprint of %q: %v", p.Name, err)) // only infinities cannot be written, and none passes the checks
	}
	sum := sha256.Sum256(text)
	return sum[:]
}
