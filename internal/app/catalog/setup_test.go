package catalog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// noon is a Monday in Delhi, 12:00.
var noon = time.Date(2026, 3, 2, 6, 30, 0, 0, time.UTC)

var delhi = domain.Point{Lat: 28.6139, Lng: 77.2090}

var (
	admin     = domain.Actor{ID: id.New(), Role: domain.RoleAdmin}
	customer  = domain.Actor{ID: id.New(), Role: domain.RoleCustomer}
	anonymous domain.Actor
)

// bundle is a catalogue on a database of its own, with a clock that stands still until it is moved.
type bundle struct {
	*catalog.Service
	t     *testing.T
	ctx   context.Context
	db    *postgres.DB
	nanos atomic.Int64
}

func setup(t *testing.T) *bundle {
	t.Helper()
	t.Parallel()
	b := open(t, dbtest.URL(t), catalog.Options{})
	b.Cache().Current(true)
	return b
}

// open makes an instance; several may share a database.
func open(t *testing.T, url string, o catalog.Options) *bundle {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	db, err := postgres.Open(ctx, url, postgres.Options{MaxConns: 8})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b := &bundle{t: t, ctx: ctx, db: db}
	b.nanos.Store(noon.UnixNano())
	if o.Now == nil {
		o.Now = b.now
	}
	b.Service = catalog.New(db, o)
	return b
}

func (b *bundle) now() time.Time { return time.Unix(0, b.nanos.Load()) }

// pass moves the clock; the feed goes on vouching.
func (b *bundle) pass(d time.Duration) {
	b.nanos.Add(int64(d))
	b.Cache().Current(true)
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.db.Pool().Exec(b.ctx, sql, args...)
	require.NoError(b.t, err)
}

// account makes somebody who runs vendors.
func (b *bundle) account() domain.Actor {
	b.t.Helper()
	a := domain.Actor{ID: id.New(), Role: domain.RoleVendor}
	b.exec("INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, 'Vee', 'vendor')", a.ID, fmt.Sprintf("%s@example.com", a.ID))
	return a
}

func request() catalog.NewVendor {
	return catalog.NewVendor{
		Name: "Dilli Dosa", Cuisines: []string{"South Indian"}, Address: "1 Janpath", City: "New Delhi", Phone: "+91 11 2345 6789",
		Location: delhi, PrepMinutes: 20,
	}
}

// vendor makes an approved vendor that is always open, with its owner.
func (b *bundle) vendor() (catalog.VendorView, domain.Actor) {
	b.t.Helper()
	owner := b.account()
	v, err := b.Open(b.ctx, owner, request())
	require.NoError(b.t, err)
	_, err = b.Approve(b.ctx, admin, v.ID, 0)
	require.NoError(b.t, err)
	v, err = b.SetHours(b.ctx, owner, v.ID, 0, allWeek())
	require.NoError(b.t, err)
	return v, owner
}

func allWeek() (week []vendor.Slot) {
	for day := range 7 {
		week = append(week, vendor.Slot{Day: day, Closes: 24 * 60})
	}
	return week
}

func (b *bundle) category(owner domain.Actor, vendorID domain.ID, name string) menu.Category {
	b.t.Helper()
	c, err := b.AddCategory(b.ctx, owner, vendorID, catalog.CategoryEdit{Name: &name})
	require.NoError(b.t, err)
	return c.Category
}

func dishOf(categoryID domain.ID, name string, amount int64) catalog.NewDish {
	diet, price := menu.Veg, domain.Money{Amount: amount, Currency: "INR"}
	return catalog.NewDish{DishEdit: catalog.DishEdit{CategoryID: &categoryID, Name: &name, Price: &price, Diet: &diet}}
}

func (b *bundle) dish(owner domain.Actor, vendorID domain.ID, name string) catalog.DishView {
	b.t.Helper()
	c := b.category(owner, vendorID, "For "+name)
	d, err := b.AddDish(b.ctx, owner, vendorID, dishOf(c.ID, name, 12000))
	require.NoError(b.t, err)
	return d
}

// page reads a vendor's page as anybody.
func (b *bundle) page(vendorID domain.ID) catalog.VendorView {
	b.t.Helper()
	page, err := b.VendorPage(b.ctx, anonymous, vendorID, encode[catalog.VendorView])
	require.NoError(b.t, err)
	return decode[catalog.VendorView](b.t, page)
}

type menuSeen struct {
	Version int
	Names   []string // of the dishes that can be had
}

func encodeMenu(m catalog.MenuView) ([]byte, error) {
	seen := menuSeen{Version: m.Vendor.Version}
	for _, c := range m.Categories {
		for _, d := range c.Dishes {
			if d.StateAt(m.At, c.Schedule, m.Vendor.Place).Available {
				seen.Names = append(seen.Names, d.Name)
			}
		}
	}
	return encode(seen)
}

func (b *bundle) menu(vendorID domain.ID) menuSeen {
	b.t.Helper()
	page, err := b.MenuPage(b.ctx, anonymous, vendorID, "", encodeMenu)
	require.NoError(b.t, err)
	return decode[menuSeen](b.t, page)
}

type nearSeen struct {
	IDs  []domain.ID
	Next string
}

func encodeNear(list []catalog.NearView, next string) ([]byte, error) {
	seen := nearSeen{Next: next}
	for _, v := range list {
		seen.IDs = append(seen.IDs, v.ID)
	}
	return encode(seen)
}

func (b *bundle) near(q catalog.Query) nearSeen {
	b.t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	page, err := b.Near(b.ctx, q, encodeNear)
	require.NoError(b.t, err)
	return decode[nearSeen](b.t, page)
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}

func encode[T any](v T) ([]byte, error) { return json.Marshal(v) }

func decode[T any](t *testing.T, page catalog.Page) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(page.Body, &v))
	return v
}

func requireKind(t *testing.T, want domain.Kind, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, domain.KindOf(err), "%v", err)
}
