package seed

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/zoop-dev/zoop/internal/domain/menu"
)

// The curated dishes, our own writing. Each file holds cuisines:
//
//	= Name                  begins a cuisine
//	also: A, B              names that are cooked the same
//	like: C, D              cuisines whose dishes fill a menu that is too short
//	kind: veg               a kitchen without meat, fish and eggs
//	@ Category              begins a category, one of categoryOrder
//	name | description | diet spice [meat] | price | allergens | option groups
//
// The price is percent of the vendor's cost for two. Meat names what some countries do not eat: beef, pork.
//
//go:embed data/dishes/*.txt data/options.txt
var tableFiles embed.FS

// categoryOrder is every category of the table, as they follow each other on a menu.
var categoryOrder = []string{
	"Breakfast", "Soups", "Salads", "Starters", "Chaat & Snacks", "Momos & Dumplings", "Small Plates", "Sushi & Sashimi",
	"Kebabs & Grill", "Mains", "Curries", "Biryani & Rice", "Noodles", "Pizza", "Pasta", "Burgers", "Tacos & Burritos",
	"Sandwiches & Wraps", "Platters & Thalis", "Butcher's Counter", "Ready to Cook", "Breads", "Sides", "Bakes & Savouries",
	"Cakes & Pastries", "Sweets", "Desserts", "Ice Cream", "Coffee", "Tea", "Juices & Shakes", "Beverages",
}

// houseCuisine is the section of what every kitchen has: water, soft drinks and plain sides.
const houseCuisine = "House"

type dish struct {
	name, description string
	category          int // in categoryOrder
	diet              menu.Diet
	spice             int
	meat              string // "beef", "pork" or nothing
	price             int    // percent of the cost for two
	bulk              bool   // sold by weight or for many: its price does not follow a dear kitchen
	allergens         []string
	groups            []group
}

type group struct {
	name        string
	diet        menu.Diet
	least, most int
	options     []option
	byWeight    bool
}

type option struct {
	name  string
	price int // percent of the dish's price
}

type cuisine struct {
	name   string
	like   []string
	veg    bool
	dishes []*dish
}

// table finds cuisines by lower-cased name, other names included.
type table map[string]*cuisine

// dishes is the embedded table; it is our own, so a fault in it is a fault of the program, which its tests would show.
var dishes = sync.OnceValue(func() table {
	t, err := readTable()
	if err != nil {
		panic(err)
	}
	return t
})

func (t table) find(name string) *cuisine { return t[strings.ToLower(name)] }

func readTable() (table, error) {
	groups, err := readGroups()
	if err != nil {
		return nil, err
	}
	files, err := tableFiles.ReadDir("data/dishes")
	if err != nil {
		return nil, fmt.Errorf("list dishes: %w", err)
	}
	r := tableReader{table: table{}, groups: groups}
	for _, f := range files {
		text, err := tableFiles.ReadFile("data/dishes/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("read dishes: %w", err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if err := r.line(strings.TrimSpace(line)); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", f.Name(), i+1, err)
			}
		}
	}
	return r.table, r.check()
}

type tableReader struct {
	table    table
	groups   map[string]group
	cuisine  *cuisine
	category int
}

func (r *tableReader) line(line string) error {
	switch {
	case line == "":
		return nil
	case strings.HasPrefix(line, "= "):
		r.cuisine, r.category = &cuisine{name: line[2:]}, -1
		return r.name(line[2:])
	case r.cuisine == nil:
		return fmt.Errorf("no cuisine yet")
	case strings.HasPrefix(line, "also: "):
		return r.name(strings.Split(line[6:], ", ")...)
	case strings.HasPrefix(line, "like: "):
		r.cuisine.like = strings.Split(line[6:], ", ")
		return nil
	case line == "kind: veg":
		r.cuisine.veg = true
		return nil
	case strings.HasPrefix(line, "@ "):
		if r.category = slices.Index(categoryOrder, line[2:]); r.category < 0 {
			return fmt.Errorf("unknown category %q", line[2:])
		}
		return nil
	}
	d, err := r.dish(line)
	if err == nil {
		r.cuisine.dishes = append(r.cuisine.dishes, &d)
	}
	return err
}

func (r *tableReader) name(names ...string) error {
	for _, n := range names {
		if r.table.find(n) != nil {
			return fmt.Errorf("cuisine %q comes twice", n)
		}
		r.table[strings.ToLower(n)] = r.cuisine
	}
	return nil
}

func (r *tableReader) dish(line string) (dish, error) {
	f := cells(line)
	if len(f) != 6 || r.category < 0 {
		return dish{}, fmt.Errorf("a dish has six cells and a category")
	}
	d := dish{name: f[0], description: f[1], category: r.category, allergens: strings.Fields(f[4])}
	kind := strings.Fields(f[2])
	if len(kind) < 2 {
		return dish{}, fmt.Errorf("%s: diet and spice are missing", d.name)
	}
	d.diet = menu.Diet(kind[0])
	if len(kind) == 3 {
		d.meat = kind[2]
	}
	var err error
	if d.spice, err = strconv.Atoi(kind[1]); err != nil {
		return dish{}, fmt.Errorf("%s: spice: %w", d.name, err)
	}
	if d.price, err = strconv.Atoi(f[3]); err != nil {
		return dish{}, fmt.Errorf("%s: price: %w", d.name, err)
	}
	d.bulk = d.price > 100
	for _, key := range strings.Fields(f[5]) {
		g, ok := r.groups[key]
		if !ok {
			return dish{}, fmt.Errorf("%s: unknown option group %q", d.name, key)
		}
		d.bulk = d.bulk || g.byWeight
		d.groups = append(d.groups, g)
	}
	return d, nil
}

func readGroups() (map[string]group, error) {
	text, err := tableFiles.ReadFile("data/options.txt")
	if err != nil {
		return nil, fmt.Errorf("read options: %w", err)
	}
	groups := map[string]group{}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := cells(line)
		if len(f) != 5 {
			return nil, fmt.Errorf("options.txt:%d: a group has five cells", i+1)
		}
		g := group{name: f[2], diet: menu.Diet(f[1]), byWeight: f[2] == "Weight"}
		if _, err := fmt.Sscanf(f[3], "%d..%d", &g.least, &g.most); err != nil {
			return nil, fmt.Errorf("options.txt:%d: bounds: %w", i+1, err)
		}
		for _, o := range strings.Split(f[4], "; ") {
			cut := strings.LastIndexByte(o, ' ')
			price, err := strconv.Atoi(o[cut+1:])
			if err != nil {
				return nil, fmt.Errorf("options.txt:%d: %q: %w", i+1, o, err)
			}
			g.options = append(g.options, option{o[:cut], price})
		}
		groups[f[0]] = g
	}
	return groups, nil
}

// cells cuts a line at its bars.
func cells(line string) []string {
	f := strings.Split(line, "|")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	return f
}
