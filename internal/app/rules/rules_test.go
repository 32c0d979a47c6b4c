package rules_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/app/rules"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

var staff = domain.Actor{ID: id.New(), Role: domain.RoleSupport, Permissions: domain.Pricing}

// bench is the service on a database of its own, with a vendor in New Delhi that cooks thalis of INR 249.00, and a customer.
type bench struct {
	*rules.Service
	t                              *testing.T
	ctx                            context.Context
	db                             *postgres.DB
	pool                           *pgxpool.Pool
	orders                         *ordering.Service
	vendor, other, thali           domain.ID
	owner, manager, cook, stranger domain.Actor
	customer                       domain.Actor
}

func newID() domain.ID { return id.New() }

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	db, err := postgres.Open(t.Context(), dbtest.URL(t), postgres.Options{MaxConns: 8})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b := &bench{t: t, ctx: t.Context(), db: db, pool: db.Pool(), Service: rules.New(db), orders: ordering.New(db, ordering.Options{}),
		vendor: newID(), other: newID(), thali: newID()}
	category := newID()
	b.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, open_minutes, tax_bp, status)
	        SELECT n, 'Casa Lima', '{Thali}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.61, 77.21, '{[0,10080)}', 500, 'approved'
	        FROM unnest(ARRAY[$1::uuid, $2::uuid]) n`, b.vendor, b.other)
	b.exec(`INSERT INTO categories (id, vendor_id, name) VALUES ($1, $2, 'Mains')`, category, b.vendor)
	b.exec(`INSERT INTO dishes (id, vendor_id, category_id, name, price, diet) VALUES ($1, $2, $3, 'Thali', 24900, 'veg')`, b.thali, b.vendor, category)
	b.owner, b.manager, b.cook, b.stranger = b.member("owner"), b.member("manager"), b.member("kitchen"), b.account(domain.RoleVendor)
	b.customer = b.account(domain.RoleCustomer)
	return b
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err, sql)
}

func (b *bench) scan(sql string, args ...any) (n int) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, sql, args...).Scan(&n))
	return n
}

func (b *bench) account(role domain.Role) domain.Actor {
	a := domain.Actor{ID: newID(), Role: role}
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1::uuid, $1::text || '@example.com', 'Asha', $2)`, a.ID, string(role))
	return a
}

func (b *bench) member(role string) domain.Actor {
	a := b.account(domain.RoleVendor)
	b.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, $3)`, b.vendor, a.ID, role)
	return a
}

// cart is the customer's, of one thali to collect.
func (b *bench) cart(code string) ordering.Quoted {
	b.t.Helper()
	q, err := b.orders.PutCart(b.ctx, b.customer, ordering.Wish{
		VendorID: b.vendor, Choices: []menu.Choice{{DishID: b.thali, Quantity: 1}}, Fulfilment: order.Pickup, CouponCode: code,
	})
	require.NoError(b.t, err)
	return q
}

func (b *bench) place(q ordering.Quoted) (placed ordering.Order) {
	b.t.Helper()
	r := domain.Request{Principal: b.customer.ID, Route: "placeOrder", Key: newID().String(), Hash: []byte("body")}
	_, err := b.db.Once(b.ctx, r, func(ctx context.Context) (domain.Answer, error) {
		return b.orders.Place(ctx, b.customer, ordering.Confirmation{QuoteID: q.QuoteID, Method: "cod"}, func(o ordering.Order) (domain.Answer, error) {
			placed = o
			return domain.Answer{Status: 201, Body: []byte("{}")}, nil
		})
	})
	require.NoError(b.t, err)
	return placed
}

// refused requires an error of a code, at a field where it is Invalid.
func refused(t *testing.T, err error, kind domain.Kind, what string) {
	t.Helper()
	var e *domain.Error
	require.ErrorAs(t, err, &e, what)
	require.Equal(t, kind, e.Kind, "%v", err)
	if kind == domain.Invalid {
		require.Equal(t, what, e.Fields[0].Field, e.Message)
		return
	}
	require.Equal(t, what, e.Code)
}

func tenth(code string) pricing.Promotion {
	return pricing.Promotion{Code: code, Label: "Tenth off", Benefit: pricing.Percent, Share: 1000, VendorShare: 2500}
}

func TestACouponOfTheMarketplace(t *testing.T) {
	b := setup(t)
	p, err := b.CreatePromotion(b.ctx, staff, domain.Nil, tenth(" lima10 "))
	require.NoError(t, err)
	require.Equal(t, "LIMA10", p.Code)
	require.Equal(t, pricing.Active, p.State)
	require.Equal(t, 1, p.Version)
	require.Empty(t, p.Spent)
	_, err = b.CreatePromotion(b.ctx, staff, domain.Nil, tenth("Lima10"))
	refused(t, err, domain.Conflict, "promotion.code_taken")
	_, err = b.CreatePromotion(b.ctx, b.owner, b.vendor, pricing.Promotion{Code: "LIMA10", Label: "Mine", Benefit: pricing.Percent, Share: 1})
	refused(t, err, domain.Conflict, "promotion.code_taken")

	placed := b.place(b.cart("lima10"))
	p, err = b.Promotion(b.ctx, staff, domain.Nil, p.ID)
	require.NoError(t, err)
	require.Equal(t, 1, p.Used)
	require.Equal(t, []postgres.Spending{{Vendor: inr(623), Platform: inr(1867)}}, p.Spent)

	// What it takes off stays as it is once it was used; its bounds may change, but not below what was used.
	next := tenth("LIMA10")
	next.Share = 2000
	_, err = b.EditPromotion(b.ctx, staff, domain.Nil, p.ID, 0, next)
	refused(t, err, domain.Conflict, "promotion.redeemed")
	next = tenth("LIMA10")
	next.Limit, next.PerCustomer, next.Label = 5, 1, "A tenth off"
	_, err = b.EditPromotion(b.ctx, staff, domain.Nil, p.ID, 9, next)
	refused(t, err, domain.Precondition, "precondition")
	p, err = b.EditPromotion(b.ctx, staff, domain.Nil, p.ID, 1, next)
	require.NoError(t, err)
	require.Equal(t, 2, p.Version)
	require.Equal(t, "A tenth off", p.Label)
	b.exec(`UPDATE promotions SET used = 4 WHERE id = $1`, p.ID)
	next.Limit = 3
	_, err = b.EditPromotion(b.ctx, staff, domain.Nil, p.ID, 0, next)
	refused(t, err, domain.Invalid, "limit")
	b.exec(`UPDATE promotions SET used = 1 WHERE id = $1`, p.ID)

	// A cancel gives it back; what was frozen on the order stays.
	_, err = b.orders.Cancel(b.ctx, b.customer, placed.ID, 0, "CHANGED_MIND")
	require.NoError(t, err)
	p, err = b.Promotion(b.ctx, staff, domain.Nil, p.ID)
	require.NoError(t, err)
	require.Zero(t, p.Used)
	require.Empty(t, p.Spent)
	next.Share, next.Limit = 2000, 0
	_, err = b.EditPromotion(b.ctx, staff, domain.Nil, p.ID, 0, next)
	refused(t, err, domain.Conflict, "promotion.redeemed")

	// Each write is in the log, with what was before it.
	require.Equal(t, 2, b.scan(`SELECT count(*) FROM audit_log WHERE subject = 'promotion' AND subject_id = $1`, p.ID))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'promotion.edit' AND before ->> 'label' = 'Tenth off' AND after ->> 'limit' = '5'`))
}

func inr(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }

func TestOpenCartsSeeWhatBecomesOfACoupon(t *testing.T) {
	b := setup(t)
	p, err := b.CreatePromotion(b.ctx, staff, domain.Nil, tenth("LIMA10"))
	require.NoError(t, err)
	problem := func() string {
		t.Helper()
		q, err := b.orders.Cart(b.ctx, b.customer)
		require.NoError(t, err)
		if len(q.Problems) == 0 {
			return ""
		}
		require.False(t, q.Problems[0].Blocks())
		return q.Problems[0].Code
	}
	step := func(verb string) (out postgres.Promotion) {
		t.Helper()
		out, err := b.StepPromotion(b.ctx, staff, domain.Nil, p.ID, verb, 0)
		require.NoError(t, err)
		return out
	}
	require.Empty(t, b.cart("LIMA10").Problems)
	require.Equal(t, pricing.Paused, step(pricing.VerbPause).State)
	require.Equal(t, ordering.CouponUnknown, problem())
	require.Equal(t, 2, step(pricing.VerbPause).Version, "a repetition changes nothing")
	require.Equal(t, pricing.Active, step(pricing.VerbResume).State)
	require.Empty(t, problem())
	ended := step(pricing.VerbEnd)
	require.Equal(t, pricing.Ended, ended.State)
	require.Equal(t, pricing.CouponExpired, problem())
	require.Equal(t, ended, step(pricing.VerbEnd))
	_, err = b.StepPromotion(b.ctx, staff, domain.Nil, p.ID, pricing.VerbResume, 0)
	refused(t, err, domain.Conflict, "promotion.ended")
	again := tenth("LIMA10")
	again.EndsAt = time.Now().Add(time.Hour)
	_, err = b.EditPromotion(b.ctx, staff, domain.Nil, p.ID, 0, again)
	require.NoError(t, err)
	require.Empty(t, problem(), "a later end brings it back")
	require.Equal(t, 5, b.scan(`SELECT count(*) FROM audit_log WHERE subject_id = $1`, p.ID), "create, pause, resume, end, edit")
}

func TestAVendorsOwnPromotion(t *testing.T) {
	b := setup(t)
	rule := pricing.Promotion{Label: "Happy hour", Benefit: pricing.Percent, Share: 2000, Cap: 10000, Currency: "INR", Vendors: []domain.ID{b.other}, VendorShare: 0}
	for who, tt := range map[string]struct {
		actor domain.Actor
		kind  domain.Kind
		code  string
	}{
		"kitchen": {b.cook, domain.Forbidden, "forbidden"}, "stranger": {b.stranger, domain.NotFound, "not_found"},
		"staff": {staff, domain.NotFound, "not_found"},
	} {
		_, err := b.CreatePromotion(b.ctx, tt.actor, b.vendor, rule)
		refused(t, err, tt.kind, tt.code)
		_, err = b.Promotions(b.ctx, tt.actor, b.vendor, rules.PromotionFilter{Limit: 9})
		refused(t, err, tt.kind, tt.code)
		require.Zero(t, b.scan(`SELECT count(*) FROM promotions`), who)
	}
	usd := rule
	usd.Currency = "USD"
	_, err := b.CreatePromotion(b.ctx, b.manager, b.vendor, usd)
	refused(t, err, domain.Invalid, "currency")
	p, err := b.CreatePromotion(b.ctx, b.manager, b.vendor, rule)
	require.NoError(t, err)
	require.Equal(t, []domain.ID{b.vendor}, p.Vendors, "on its own alone")
	require.EqualValues(t, 10_000, p.VendorShare, "which bears all of it")
	q := b.cart("")
	require.Equal(t, int64(-4980), q.Quote.Sum(pricing.VendorDiscount).Amount, "it is in the quote, without a code")

	// Another vendor's is not found, nor is one of the marketplace's.
	b.exec(`INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, 'owner')`, b.other, b.stranger.ID)
	ours, err := b.CreatePromotion(b.ctx, staff, domain.Nil, tenth("LIMA10"))
	require.NoError(t, err)
	for _, promotionID := range []domain.ID{p.ID, ours.ID, newID()} {
		_, err = b.Promotion(b.ctx, b.stranger, b.other, promotionID)
		refused(t, err, domain.NotFound, "not_found")
		_, err = b.StepPromotion(b.ctx, b.stranger, b.other, promotionID, pricing.VerbEnd, 0)
		refused(t, err, domain.NotFound, "not_found")
		_, err = b.EditPromotion(b.ctx, b.stranger, b.other, promotionID, 0, rule)
		refused(t, err, domain.NotFound, "not_found")
	}
	mine, err := b.Promotions(b.ctx, b.owner, b.vendor, rules.PromotionFilter{Limit: 9})
	require.NoError(t, err)
	require.Len(t, mine, 1)

	// Staff pause it and the vendor does not resume it; staff do not change it.
	_, err = b.EditPromotion(b.ctx, staff, domain.Nil, p.ID, 0, rule)
	refused(t, err, domain.Forbidden, "promotion.vendors")
	held, err := b.StepPromotion(b.ctx, staff, domain.Nil, p.ID, pricing.VerbPause, 1)
	require.NoError(t, err)
	require.True(t, held.Held)
	_, err = b.StepPromotion(b.ctx, b.owner, b.vendor, p.ID, pricing.VerbResume, 0)
	refused(t, err, domain.Forbidden, "promotion.held")
	edited, err := b.EditPromotion(b.ctx, b.owner, b.vendor, p.ID, 2, rule)
	require.NoError(t, err)
	require.Equal(t, pricing.Paused, edited.State, "an edit does not resume it either")
	require.Zero(t, b.cart("").Quote.Sum(pricing.VendorDiscount).Amount)
	_, err = b.StepPromotion(b.ctx, staff, domain.Nil, p.ID, pricing.VerbResume, 0)
	require.NoError(t, err)
	_, err = b.StepPromotion(b.ctx, b.owner, b.vendor, p.ID, pricing.VerbEnd, 0)
	require.NoError(t, err)
	require.Equal(t, 5, b.scan(`SELECT count(*) FROM audit_log WHERE subject_id = $1`, p.ID))
}

// Fifty at once make no more than may be kept.
func TestPromotionsAreBounded(t *testing.T) {
	b := setup(t)
	rule := pricing.Promotion{Label: "x", Benefit: pricing.Percent, Share: 1}
	errs := make(chan error)
	for range 50 {
		go func() {
			_, err := b.CreatePromotion(b.ctx, b.owner, b.vendor, rule)
			errs <- err
		}()
	}
	for range 50 {
		if err := <-errs; err != nil {
			refused(t, err, domain.Conflict, "promotions.too_many")
		}
	}
	require.Equal(t, pricing.MaxOwnPromotions, b.scan(`SELECT count(*) FROM promotions`))
	list, err := b.Promotions(b.ctx, b.owner, b.vendor, rules.PromotionFilter{Limit: 100})
	require.NoError(t, err)
	_, err = b.StepPromotion(b.ctx, b.owner, b.vendor, list[0].ID, pricing.VerbEnd, 0)
	require.NoError(t, err)
	_, err = b.CreatePromotion(b.ctx, b.owner, b.vendor, rule)
	require.NoError(t, err, "one that has ended makes place")
	rule.EndsAt = time.Now().Add(time.Hour)
	_, err = b.EditPromotion(b.ctx, b.owner, b.vendor, list[0].ID, 0, rule)
	refused(t, err, domain.Conflict, "promotions.too_many")

	b.exec(`INSERT INTO promotions (id, label, benefit, share) SELECT gen_random_uuid(), 'x', 'percent', 1 FROM generate_series(1, $1::int)`, pricing.MaxOffers)
	_, err = b.CreatePromotion(b.ctx, staff, domain.Nil, tenth(""))
	refused(t, err, domain.Conflict, "promotions.too_many")
	_, err = b.CreatePromotion(b.ctx, staff, domain.Nil, tenth("LIMA10"))
	require.NoError(t, err, "a quote looks at one coupon only")
	offers, err := b.Offers(b.ctx, domain.Actor{}, b.vendor)
	require.NoError(t, err)
	require.Len(t, offers, pricing.MaxOffers+pricing.MaxOwnPromotions, "nothing is left out")
}

func TestListsOfPromotions(t *testing.T) {
	b := setup(t)
	make := func(of domain.ID, change func(p *pricing.Promotion)) domain.ID {
		t.Helper()
		p := pricing.Promotion{Label: "x", Benefit: pricing.FreeDelivery}
		change(&p)
		actor := staff
		if !of.IsNil() {
			actor = b.owner
		}
		made, err := b.CreatePromotion(b.ctx, actor, of, p)
		require.NoError(t, err)
		return made.ID
	}
	active := make(domain.Nil, func(p *pricing.Promotion) { p.Code = "NOW" })
	later := make(domain.Nil, func(p *pricing.Promotion) { p.StartsAt = time.Now().Add(time.Hour) })
	paused := make(b.vendor, func(*pricing.Promotion) {})
	ended := make(b.vendor, func(*pricing.Promotion) {})
	_, err := b.StepPromotion(b.ctx, staff, domain.Nil, paused, pricing.VerbPause, 0)
	require.NoError(t, err)
	_, err = b.StepPromotion(b.ctx, staff, domain.Nil, ended, pricing.VerbEnd, 0)
	require.NoError(t, err)
	for _, tt := range []struct {
		f    rules.PromotionFilter
		want []domain.ID
	}{
		{rules.PromotionFilter{}, []domain.ID{ended, paused, later, active}},
		{rules.PromotionFilter{Before: later}, []domain.ID{active}},
		{rules.PromotionFilter{State: pricing.Active}, []domain.ID{active}},
		{rules.PromotionFilter{State: pricing.Scheduled}, []domain.ID{later}},
		{rules.PromotionFilter{State: pricing.Paused}, []domain.ID{paused}},
		{rules.PromotionFilter{State: pricing.Ended}, []domain.ID{ended}},
		{rules.PromotionFilter{Code: "NOW"}, []domain.ID{active}},
		{rules.PromotionFilter{By: "vendors"}, []domain.ID{ended, paused}},
		{rules.PromotionFilter{By: "marketplace"}, []domain.ID{later, active}},
		{rules.PromotionFilter{Maker: b.vendor, State: pricing.Ended}, []domain.ID{ended}},
		{rules.PromotionFilter{Maker: b.other}, nil},
	} {
		tt.f.Limit = 10
		found, err := b.Promotions(b.ctx, staff, domain.Nil, tt.f)
		require.NoError(t, err)
		var got []domain.ID
		for _, p := range found {
			got = append(got, p.ID)
			if tt.f.State != "" {
				require.Equal(t, tt.f.State, p.State, "the list and the rule mean the same")
			}
		}
		require.Equal(t, tt.want, got, "%+v", tt.f)
	}
}

func TestWhatARuleNamesIsKnown(t *testing.T) {
	b := setup(t)
	for field, change := range map[string]func(p *pricing.Promotion){
		"vendors[1]":  func(p *pricing.Promotion) { p.Vendors = []domain.ID{b.vendor, newID()} },
		"cities[0]":   func(p *pricing.Promotion) { p.Cities = []string{"Atlantis"} },
		"cuisines[2]": func(p *pricing.Promotion) { p.Cuisines = []string{"thali", "THALI", "Nectar"} },
		"code":        func(p *pricing.Promotion) { p.Code = "a b" },
		"endsAt":      func(p *pricing.Promotion) { p.EndsAt = time.Now().Add(-time.Minute) },
		"share":       func(p *pricing.Promotion) { p.Share = 10_001 },
		"currency":    func(p *pricing.Promotion) { p.MinOrder = 1 },
	} {
		p := tenth("")
		change(&p)
		_, err := b.CreatePromotion(b.ctx, staff, domain.Nil, p)
		refused(t, err, domain.Invalid, field)
	}
	p := tenth("")
	p.Vendors, p.Cities, p.Cuisines = []domain.ID{b.vendor}, []string{"new DELHI"}, []string{"thali"}
	_, err := b.CreatePromotion(b.ctx, staff, domain.Nil, p)
	require.NoError(t, err)
	require.NotZero(t, b.cart("").Quote.Sum(pricing.PlatformDiscount).Amount)

	tariff := pricing.DefaultTariff("INR")
	tariff.City = "Atlantis"
	_, err = b.CreateTariff(b.ctx, staff, tariff)
	refused(t, err, domain.Invalid, "city")
	_, err = b.CreateCommission(b.ctx, staff, pricing.CommissionRule{Vendor: newID(), Rate: 1})
	refused(t, err, domain.Invalid, "vendorId")
	_, err = b.CreateSurge(b.ctx, staff, pricing.Surge{Label: "x", Currency: "INR", City: "Atlantis", Flat: 1})
	refused(t, err, domain.Invalid, "city")
	_, err = b.CreateSurge(b.ctx, staff, pricing.Surge{Label: "x", Currency: "INR", Flat: 1, EndsAt: time.Now().Add(-time.Minute)})
	refused(t, err, domain.Invalid, "endsAt")
}

func TestOffersAreWhatAQuoteWouldTake(t *testing.T) {
	b := setup(t)
	make := func(of domain.ID, change func(p *pricing.Promotion)) domain.ID {
		t.Helper()
		p := pricing.Promotion{Label: "x", Benefit: pricing.Percent, Share: 1000}
		change(&p)
		actor := staff
		if !of.IsNil() {
			actor = b.owner
		}
		made, err := b.CreatePromotion(b.ctx, actor, of, p)
		require.NoError(t, err)
		return made.ID
	}
	b.exec(`UPDATE vendors SET city = 'Pune', cuisines = '{Pizza}' WHERE id = $1`, b.other)
	here := make(domain.Nil, func(p *pricing.Promotion) { p.Cities, p.Cuisines = []string{"new delhi"}, []string{"THALI"} })
	own := make(b.vendor, func(*pricing.Promotion) {})
	make(domain.Nil, func(p *pricing.Promotion) { p.Code = "SECRET" })
	make(domain.Nil, func(p *pricing.Promotion) { p.Cities = []string{"Pune"} })
	make(domain.Nil, func(p *pricing.Promotion) { p.Cuisines = []string{"Pizza"} })
	make(domain.Nil, func(p *pricing.Promotion) { p.Vendors = []domain.ID{b.other} })
	make(domain.Nil, func(p *pricing.Promotion) { p.Currency = "USD" })
	make(domain.Nil, func(p *pricing.Promotion) { p.StartsAt = time.Now().Add(time.Hour) })
	paused := make(b.vendor, func(*pricing.Promotion) {})
	_, err := b.StepPromotion(b.ctx, b.owner, b.vendor, paused, pricing.VerbPause, 0)
	require.NoError(t, err)
	offers, err := b.Offers(b.ctx, domain.Actor{}, b.vendor)
	require.NoError(t, err)
	require.Len(t, offers, 2)
	require.Equal(t, []domain.ID{own, here}, []domain.ID{offers[0].ID, offers[1].ID}, "its own first")

	b.exec(`UPDATE vendors SET status = 'pending' WHERE id = $1`, b.vendor)
	_, err = b.Offers(b.ctx, domain.Actor{}, b.vendor)
	refused(t, err, domain.NotFound, "not_found")
	_, err = b.Offers(b.ctx, b.cook, b.vendor)
	require.NoError(t, err)
	_, err = b.Offers(b.ctx, staff, newID())
	refused(t, err, domain.NotFound, "not_found")
}

func TestTariffsAndSurges(t *testing.T) {
	b := setup(t)
	tariff := pricing.Tariff{Currency: "INR", City: "New Delhi", Bands: []pricing.Band{{Fee: 3000}, {From: 1000, Fee: 3000, PerKm: 500}},
		SmallOrder: pricing.SmallOrder{Below: 30000, Fee: 2000}}
	made, err := b.CreateTariff(b.ctx, staff, tariff)
	require.NoError(t, err)
	tariff.ID = made.ID
	require.Equal(t, tariff, made.Tariff)
	same := tariff
	same.City = "new delhi"
	_, err = b.CreateTariff(b.ctx, staff, same)
	refused(t, err, domain.Conflict, "tariff.exists")
	falling := tariff
	falling.Bands = []pricing.Band{{Fee: 3000}, {From: 1000, Fee: 2999}}
	_, err = b.EditTariff(b.ctx, staff, made.ID, 0, falling)
	refused(t, err, domain.Invalid, "bands[1].fee")
	_, err = b.EditTariff(b.ctx, staff, made.ID, 7, same)
	refused(t, err, domain.Precondition, "precondition")
	edited, err := b.EditTariff(b.ctx, staff, made.ID, 1, same)
	require.NoError(t, err)
	require.Equal(t, 2, edited.Version)
	list, err := b.Tariffs(b.ctx, rules.Filter{Currency: "INR", City: "NEW DELHI", Limit: 5})
	require.NoError(t, err)
	require.Equal(t, []postgres.Tariff{edited}, list)
	list, err = b.Tariffs(b.ctx, rules.Filter{Currency: "USD", Limit: 5})
	require.NoError(t, err)
	require.Empty(t, list)
	require.NoError(t, b.DeleteTariff(b.ctx, staff, made.ID, 2))
	refused(t, b.DeleteTariff(b.ctx, staff, made.ID, 0), domain.NotFound, "not_found")

	surge := pricing.Surge{Label: "Rain", Currency: "INR", Centre: domain.Point{Lat: 28.6, Lng: 77.2}, RadiusM: 500, Times: 15000,
		Windows: []domain.Window{{Days: []int{0, 6}, From: 60, To: 120}}}
	rain, err := b.CreateSurge(b.ctx, staff, surge)
	require.NoError(t, err)
	surge.ID = rain.ID
	require.Equal(t, surge, rain.Surge)
	surge.RadiusM = 99
	_, err = b.EditSurge(b.ctx, staff, rain.ID, 1, surge)
	refused(t, err, domain.Invalid, "radiusM")
	surge.RadiusM, surge.EndsAt = 100, time.Now().Add(time.Hour)
	rain, err = b.EditSurge(b.ctx, staff, rain.ID, 1, surge)
	require.NoError(t, err)
	require.Equal(t, 2, rain.Version)
	b.exec(`UPDATE surge_zones SET windows = '[{"days":[0,6],"from":120,"to":120}]', version = 1 WHERE id = $1`, rain.ID)
	rain, err = b.Surge(b.ctx, rain.ID)
	require.NoError(t, err)
	require.Equal(t, 119, rain.Windows[0].To, "windows of a whole day were taken once")
	rain, err = b.EditSurge(b.ctx, staff, rain.ID, 1, rain.Surge)
	require.NoError(t, err)
	found, err := b.Surges(b.ctx, rules.Filter{Limit: 5})
	require.NoError(t, err)
	require.Equal(t, []postgres.Surge{rain}, found)
	refused(t, b.DeleteSurge(b.ctx, staff, rain.ID, 1), domain.Precondition, "precondition")
	require.NoError(t, b.DeleteSurge(b.ctx, staff, rain.ID, 2))
	_, err = b.Surge(b.ctx, rain.ID)
	refused(t, err, domain.NotFound, "not_found")
	require.Equal(t, 4, b.scan(`SELECT count(*) FROM audit_log WHERE subject = 'surge' AND subject_id = $1`, rain.ID))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'tariff.delete' AND before -> 'bands' = '[[0, 3000, 0], [1000, 3000, 500]]'`),
		"what was deleted is in the log")
}

func TestCommissions(t *testing.T) {
	b := setup(t)
	everybodys, err := b.Commissions(b.ctx, rules.Filter{Limit: 5})
	require.NoError(t, err)
	require.Len(t, everybodys, 1, "the one that a marketplace begins with")
	base := everybodys[0]
	refused(t, b.DeleteCommission(b.ctx, staff, base.ID, 0), domain.Conflict, "commission.last")
	temporary := base.CommissionRule
	temporary.EndsAt = time.Now().Add(time.Hour)
	_, err = b.EditCommission(b.ctx, staff, base.ID, 0, temporary)
	refused(t, err, domain.Conflict, "commission.last")
	_, err = b.EditCommission(b.ctx, staff, base.ID, 0, pricing.CommissionRule{City: "New Delhi"})
	refused(t, err, domain.Conflict, "commission.last")
	_, err = b.CreateCommission(b.ctx, staff, pricing.CommissionRule{Rate: 1, City: "Atlantis"})
	require.ErrorContains(t, err, "none of the marketplace's cities: New Delhi")
	_, err = b.CreateCommission(b.ctx, staff, pricing.CommissionRule{Rate: 1})
	refused(t, err, domain.Conflict, "commission.exists")

	theirs, err := b.CreateCommission(b.ctx, staff, pricing.CommissionRule{Vendor: b.vendor, Rate: 1500})
	require.NoError(t, err)
	placed := b.place(b.cart(""))
	require.Equal(t, 1500, b.scan(`SELECT commission_bps FROM orders WHERE id = $1`, placed.ID))
	theirs, err = b.EditCommission(b.ctx, staff, theirs.ID, 1, pricing.CommissionRule{Vendor: b.vendor, Rate: 0})
	require.NoError(t, err)
	require.Equal(t, 1500, b.scan(`SELECT commission_bps FROM orders WHERE id = $1`, placed.ID), "an order keeps its rate")
	list, err := b.Commissions(b.ctx, rules.Filter{Vendor: b.vendor, Limit: 5})
	require.NoError(t, err)
	require.Equal(t, []postgres.Commission{theirs}, list)
	_, err = b.EditCommission(b.ctx, staff, theirs.ID, 0, pricing.CommissionRule{Rate: 5001})
	refused(t, err, domain.Invalid, "rate")
	require.NoError(t, b.DeleteCommission(b.ctx, staff, theirs.ID, 2))

	// Of two deletes at once of the last two, one finds that nothing would be left.
	other, err := b.CreateCommission(b.ctx, staff, pricing.CommissionRule{Rate: 1800, StartsAt: time.Now().Add(-time.Hour)})
	require.NoError(t, err)
	errs := make(chan error, 2)
	for _, commissionID := range []domain.ID{base.ID, other.ID} {
		go func() { errs <- b.DeleteCommission(context.WithoutCancel(b.ctx), staff, commissionID, 0) }()
	}
	first, second := <-errs, <-errs
	if first == nil {
		first = second
	} else {
		require.NoError(t, second)
	}
	refused(t, first, domain.Conflict, "commission.last")
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM commission_rules`))
}

// What was quoted with a coupon is not placed with it once that is paused.
func TestNoOrderSlipsPastAPause(t *testing.T) {
	b := setup(t)
	p, err := b.CreatePromotion(b.ctx, staff, domain.Nil, tenth("LIMA10"))
	require.NoError(t, err)
	q := b.cart("LIMA10")
	_, err = b.StepPromotion(b.ctx, staff, domain.Nil, p.ID, pricing.VerbPause, 0)
	require.NoError(t, err)
	r := domain.Request{Principal: b.customer.ID, Route: "placeOrder", Key: "k", Hash: []byte("body")}
	_, err = b.db.Once(b.ctx, r, func(ctx context.Context) (domain.Answer, error) {
		return b.orders.Place(ctx, b.customer, ordering.Confirmation{QuoteID: q.QuoteID, Method: "cod"}, func(o ordering.Order) (domain.Answer, error) {
			body, err := json.Marshal(o.ID)
			return domain.Answer{Status: 201, Body: body}, err
		})
	})
	refused(t, err, domain.Conflict, "price_changed")
	require.Zero(t, b.scan(`SELECT count(*) FROM promotion_redemptions`))
}
