package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
)

// menuAge is how long customers go by a menu they have read; one that turns out to be old is read again at once.
const menuAge = time.Minute

// nearCentre is how far from its centre a city's people live, and its couriers wait.
const nearCentre = 2_500.0 // metres

// town is a city in which the bots have vendors.
type town struct {
	name    string
	centre  domain.Point
	vendors []domain.ID
}

// world is what everybody can know: the vendors that are played, the towns, the menus read.
type world struct {
	api     *client.Client
	vendors map[domain.ID]dto.Vendor // fixed once the city runs
	towns   []town

	mu    sync.Mutex
	menus map[domain.ID]*menuPage
}

type menuPage struct {
	mu     sync.Mutex // held while reading: others wait for the same answer
	menu   dto.Menu
	readAt time.Time
}

func newWorld(api *client.Client) *world {
	return &world{api: api, vendors: map[domain.ID]dto.Vendor{}, menus: map[domain.ID]*menuPage{}}
}

// settle finds the towns of the vendors, and where their centres are: as the API says where that is among the vendors, else
// in their middle. (Where many vendors were imported, a city's centre may be far from the few that are played.)
func (w *world) settle(ctx context.Context) error {
	if len(w.vendors) == 0 {
		return errors.New("none of the owners has an approved vendor")
	}
	cities, err := w.api.Cities(ctx)
	if err != nil {
		return fmt.Errorf("find the cities: %w", err)
	}
	byName := map[string]*town{}
	for id, v := range w.vendors {
		t := byName[v.City]
		if t == nil {
			t = &town{name: v.City}
			byName[v.City] = t
		}
		t.vendors = append(t.vendors, id)
	}
	for _, t := range byName {
		slices.SortFunc(t.vendors, func(a, b domain.ID) int { return slices.Compare(a[:], b[:]) })
		t.centre = w.middle(t.vendors)
		for _, c := range cities {
			if c.Name == t.name && toPoint(c.Location).Meters(t.centre) < 2*nearCentre {
				t.centre = toPoint(c.Location)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		w.towns = append(w.towns, *byName[name])
	}
	return nil
}

func (w *world) middle(ids []domain.ID) domain.Point {
	var sum domain.Point
	for _, id := range ids {
		at := w.vendors[id].Location
		sum.Lat += at.Lat
		sum.Lng += at.Lng
	}
	return domain.Point{Lat: sum.Lat / float64(len(ids)), Lng: sum.Lng / float64(len(ids))}
}

// town picks one for a bot: the more vendors, the more people.
func (w *world) town(d dice) town {
	n := d.IntN(len(w.vendors))
	for _, t := range w.towns {
		if n < len(t.vendors) {
			return t
		}
		n -= len(t.vendors)
	}
	return w.towns[0]
}

// menu is a vendor's menu, read again when it is old or the caller knows that it is.
func (w *world) menu(ctx context.Context, vendorID domain.ID, afresh bool) (dto.Menu, error) {
	w.mu.Lock()
	page := w.menus[vendorID]
	if page == nil {
		page = &menuPage{}
		w.menus[vendorID] = page
	}
	w.mu.Unlock()

	page.mu.Lock()
	defer page.mu.Unlock()
	if age := time.Since(page.readAt); age < time.Second || !afresh && age < menuAge {
		return page.menu, nil
	}
	menu, err := w.api.Menu(ctx, vendorID)
	if err != nil {
		return dto.Menu{}, err
	}
	page.menu, page.readAt = menu, time.Now()
	return menu, nil
}

// within lists the played vendors no farther than so many metres from a point, in a fixed order.
func (w *world) within(p domain.Point, meters float64) []domain.ID {
	var ids []domain.ID
	for _, t := range w.towns {
		for _, id := range t.vendors {
			if toPoint(w.vendors[id].Location).Meters(p) <= meters {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// serves says whether some played vendor is near enough to deliver to a point.
func (w *world) serves(p domain.Point) bool { return len(w.within(p, nearCentre)) > 0 }
