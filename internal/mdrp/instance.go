// Package mdrp replays the published instances of the Meal Delivery Routing Problem (Reyes, Erera, Savelsbergh, Sahasrabudhe
// and O'Neil 2018, github.com/grubhub/mdrplib) through the dispatch engine, writes solutions in the form that the published
// evaluator reads, and checks them from these files. Minutes and metres, as there.
package mdrp

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// The files of an instance.
const (
	OrdersFile   = "orders.txt"
	VendorsFile  = "restaurants.txt"
	CouriersFile = "couriers.txt"
	ParamsFile   = "instance_parameters.txt"
)

// Place is a point of the plane, in metres.
type Place struct{ X, Y float64 }

// Order is one of an instance.
type Order struct {
	ID     string
	Door   Place
	Placed int
	Vendor string
	Ready  int
}

// Courier is one of an instance.
type Courier struct {
	ID      string
	At      Place
	On, Off int
}

// Instance is a day to replay.
type Instance struct {
	Name            string
	Orders          []Order // by placement, then as in the file
	Couriers        []Courier
	Vendors         map[string]Place
	MetersPerMinute float64
	PickupMinutes   int
	DropMinutes     int
	Target          int // click to door
}

// ErrInput marks what is wrong with the files of an instance; the message names file, line and field.
var ErrInput = errors.New("bad instance")

func bad(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInput}, args...)...)
}

// LoadAll reads the instances of folders: each is one, or holds some.
func LoadAll(dirs []string) ([]*Instance, error) {
	var out []*Instance
	names := map[string]bool{}
	for _, dir := range dirs {
		inside, err := filepath.Glob(filepath.Join(dir, "*", OrdersFile))
		if _, missing := os.Stat(filepath.Join(dir, OrdersFile)); err != nil || missing == nil || len(inside) == 0 {
			inside = []string{filepath.Join(dir, OrdersFile)}
		}
		for _, file := range inside {
			in, err := Load(filepath.Dir(file))
			if err != nil {
				return nil, err
			}
			if names[in.Name] {
				return nil, bad("%s: an instance of this name is there twice", in.Name)
			}
			names[in.Name] = true
			out = append(out, in)
		}
	}
	return out, nil
}

// Load reads an instance from its folder.
func Load(dir string) (*Instance, error) {
	in := &Instance{Name: filepath.Base(filepath.Clean(dir)), Vendors: map[string]Place{}}
	for _, step := range []struct {
		file   string
		fields []string
		row    func(*row)
	}{
		{ParamsFile, []string{"meters_per_minute", "pickup service minutes", "dropoff service minutes", "target click-to-door"}, in.addParams},
		{VendorsFile, []string{"restaurant", "x", "y"}, in.addVendor},
		{CouriersFile, []string{"courier", "x", "y", "on_time", "off_time"}, in.addCourier},
		{OrdersFile, []string{"order", "x", "y", "placement_time", "restaurant", "ready_time"}, in.addOrder},
	} {
		if err := readTable(filepath.Join(dir, step.file), step.fields, step.row); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(in.Orders, func(a, b Order) int { return cmp.Compare(a.Placed, b.Placed) })
	return in, nil
}

// Bounds of speed: no way takes longer than can be told in minutes.
const (
	slowest = 1
	fastest = 100_000
)

func (in *Instance) addParams(r *row) {
	if in.MetersPerMinute != 0 {
		r.fail("meters_per_minute", "one line is enough")
	}
	in.MetersPerMinute = r.number("meters_per_minute")
	if in.MetersPerMinute < slowest || in.MetersPerMinute > fastest {
		r.fail("meters_per_minute", "must be from %d to %d", slowest, fastest)
	}
	in.PickupMinutes = r.minutes("pickup service minutes")
	in.DropMinutes = r.minutes("dropoff service minutes")
	in.Target = r.minutes("target click-to-door")
	for _, f := range []string{"pickup service minutes", "dropoff service minutes"} {
		if r.minutes(f)%2 != 0 {
			r.fail(f, "must be even: half of it comes before")
		}
	}
}

func (in *Instance) addVendor(r *row) {
	id := r.name("restaurant")
	if _, dup := in.Vendors[id]; dup {
		r.fail("restaurant", "%q is there twice", id)
	}
	in.Vendors[id] = r.place()
}

func (in *Instance) addCourier(r *row) {
	c := Courier{ID: r.name("courier"), At: r.place(), On: r.minutes("on_time"), Off: r.minutes("off_time")}
	if c.Off < c.On {
		r.fail("off_time", "is before on_time")
	}
	r.once("courier", c.ID)
	in.Couriers = append(in.Couriers, c)
}

func (in *Instance) addOrder(r *row) {
	o := Order{ID: r.name("order"), Door: r.place(), Placed: r.minutes("placement_time"), Vendor: r.name("restaurant"), Ready: r.minutes("ready_time")}
	if o.Ready < o.Placed {
		r.fail("ready_time", "is before placement_time")
	}
	if _, ok := in.Vendors[o.Vendor]; !ok {
		r.fail("restaurant", "%q is not in %s", o.Vendor, VendorsFile)
	}
	r.once("order", o.ID)
	in.Orders = append(in.Orders, o)
}

// Travel is how many minutes a way takes.
func (in *Instance) Travel(a, b Place) int {
	dx, dy := b.X-a.X, b.Y-a.Y
	return int(math.Ceil(math.Sqrt(dx*dx+dy*dy) / in.MetersPerMinute))
}

// row is a line of a table while it is read; the first thing wrong with it is kept.
type row struct {
	file  string
	line  int
	cells map[string]string
	seen  map[string]bool
	err   error
}

func (r *row) fail(field, format string, args ...any) {
	if r.err == nil {
		r.err = bad("%s:%d: %s: %s", r.file, r.line, field, fmt.Sprintf(format, args...))
	}
}

func (r *row) name(field string) string {
	text := r.cells[field]
	if text == "" || strings.ContainsAny(text, " \t") {
		r.fail(field, "%q is no name", text)
	}
	return text
}

func (r *row) once(field, id string) {
	if r.seen[id] {
		r.fail(field, "%q is there twice", id)
	}
	r.seen[id] = true
}

// farthest bounds coordinates: a planet's girth.
const farthest = 4e7

func (r *row) number(field string) float64 {
	f, err := strconv.ParseFloat(r.cells[field], 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > farthest {
		r.fail(field, "%q is no number between -%.0f and %.0f", r.cells[field], farthest, farthest)
	}
	return f
}

// longest bounds times: four weeks.
const longest = 4 * 7 * 24 * 60

func (r *row) minutes(field string) int {
	f := r.number(field)
	if f != math.Trunc(f) || f < 0 || f > longest {
		r.fail(field, "%q is no whole number of minutes between 0 and %d", r.cells[field], longest)
		return 0
	}
	return int(f)
}

func (r *row) place() Place { return Place{r.number("x"), r.number("y")} }

// readTable calls add with each line of a table whose first line names its columns, separated by tabs.
func readTable(path string, fields []string, add func(*row)) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return bad("%s: there is no such file", path)
	}
	if err != nil {
		return fmt.Errorf("read instance: %w", err)
	}
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"), "\n")
	names := strings.Split(lines[0], "\t")
	for _, f := range fields {
		if !slices.Contains(names, f) {
			return bad("%s:1: %s: the column is missing", path, f)
		}
	}
	if len(lines) < 2 {
		return bad("%s:2: %s: there are no rows", path, fields[0])
	}
	seen := map[string]bool{}
	for i, line := range lines[1:] {
		r := &row{file: path, line: i + 2, cells: map[string]string{}, seen: seen}
		cells := strings.Split(line, "\t")
		if len(cells) != len(names) {
			r.fail(names[min(len(cells), len(names)-1)], "%d fields instead of %d", len(cells), len(names))
		} else {
			for k, name := range names {
				r.cells[name] = cells[k]
			}
			add(r)
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}
