package fleet

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/positions"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// bench is a marketplace with couriers.
type bench struct {
	*Service
	t    *testing.T
	ctx  context.Context
	pool *pgxpool.Pool
}

func setup(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, ctx: t.Context(), pool: dbtest.New(t)}
	db, err := postgres.FromPool(b.ctx, b.pool)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	b.Service = New(db, Options{})
	return b
}

// listened has the service listen for so long already.
func (b *bench) listened(d time.Duration) {
	b.positions = positions.New(b.db, nil, slog.New(slog.DiscardHandler))
	for now := time.Now(); d >= 0; d -= 30 * time.Second {
		b.positions.Listen(now.Add(-d), true)
	}
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(b.ctx, sql, args...)
	require.NoError(b.t, err)
}

func (b *bench) scan(sql string, args ...any) (n int) {
	b.t.Helper()
	require.NoError(b.t, b.pool.QueryRow(b.ctx, sql, args...).Scan(&n))
	return n
}

// courier is online and approved.
func (b *bench) courier() domain.Actor {
	b.t.Helper()
	c := b.somebody("Ravi", domain.RoleCourier)
	b.exec(`INSERT INTO couriers (user_id, name, vehicle, status, online, lat, lng, located_at) VALUES ($1, 'Ravi', 'motorbike', 'approved', true, 28.61, 77.21, now())`, c.ID.String())
	return c
}

// boss is staff.
func (b *bench) boss() domain.Actor { return b.somebody("Kim", domain.RoleAdmin) }

func (b *bench) somebody(name string, role domain.Role) domain.Actor {
	b.t.Helper()
	a := domain.Actor{ID: domain.ID(id.New()), Role: role}
	b.exec(`INSERT INTO users (id, email, first_name, role) VALUES ($1, $2, $3, $4)`, a.ID.String(), a.ID.String()+"@example.com", name, string(role))
	return a
}

// work is a courier as dispatch sees them.
func (b *bench) work(c domain.Actor) Worker {
	b.t.Helper()
	_, w, err := b.AtWork(b.ctx, c.ID)
	require.NoError(b.t, err)
	return w
}

// sweep takes offline whoever is not there any more.
func (b *bench) sweep() {
	b.t.Helper()
	more, err := b.TakeOffline(b.ctx)
	require.NoError(b.t, err)
	require.False(b.t, more)
}

func (b *bench) erase(c domain.Actor) {
	b.t.Helper()
	require.NoError(b.t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error {
		_, err := tx.Erase(b.ctx, c, c.ID.String()+"@example.com")
		return err
	}))
}

func TestCouriersForStaff(t *testing.T) {
	b := setup(t)
	waiting, working := b.courier(), b.courier()
	b.exec(`UPDATE couriers SET status = 'pending', online = false WHERE user_id = $1`, waiting.ID.String())
	found, err := b.Couriers(b.ctx, Filter{Status: vendor.Pending, Limit: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, waiting.ID, found[0].ID)
	found, err = b.Couriers(b.ctx, Filter{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, working.ID, found[0].ID, "the newest first")
	found, err = b.Couriers(b.ctx, Filter{Limit: 1, Before: working.ID})
	require.NoError(t, err)
	require.Equal(t, waiting.ID, found[0].ID)
}

// A version of 0 stands for any in If-Match, and is refused there: nobody could hold what they do to a courier for it.
func TestANewCourierHasAVersion(t *testing.T) {
	b := setup(t)
	c, boss := b.somebody("Ravi", domain.RoleCourier), b.boss()
	made, err := b.PutCourier(b.ctx, c, 0, Profile{Name: "Ravi", Phone: "+911123456789", Vehicle: "bicycle"})
	require.NoError(t, err)
	require.Equal(t, 1, made.Version)
	judged, err := b.Judge(b.ctx, boss, c.ID, made.Version, vendor.VerbReject, "blurred")
	require.NoError(t, err)
	require.Equal(t, 2, judged.Version)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE subject_id = $1 AND version = 2`, c.ID.String()))
}

// Names are compared, so that what nobody sees of them counts for nothing.
func TestCitiesAndNamesAreLines(t *testing.T) {
	b := setup(t)
	c := b.courier()
	city := func(text string) *string { return &text }
	p := Profile{Name: " Ravi ", Phone: "+911123456789", Vehicle: "motorbike", City: city(" New Delhi ")}
	v, err := b.PutCourier(b.ctx, c, 0, p)
	require.NoError(t, err)
	require.Equal(t, "New Delhi", v.City)
	require.Equal(t, "Ravi", v.Name)
	v, err = b.SetTerms(b.ctx, b.boss(), c.ID, 0, Terms{City: city("  ")})
	require.NoError(t, err)
	require.Empty(t, v.City)
	for want, f := range map[string]func() error{
		"city": func() error { p.City = city("a\nb"); _, err := b.PutCourier(b.ctx, c, 0, p); return err },
		"name": func() error { p.Name = " "; _, err := b.PutCourier(b.ctx, c, 0, p); return err },
		"terms": func() error {
			_, err := b.SetTerms(b.ctx, b.boss(), c.ID, 0, Terms{City: city("a\nb")})
			return err
		},
		"a limit's": func() error {
			_, err := b.SetCashLimit(b.ctx, b.boss(), CashLimit{City: " ", Amount: domain.Money{Amount: 1, Currency: "INR"}})
			return err
		},
	} {
		require.Equal(t, domain.Invalid, domain.KindOf(f()), want)
	}
}

func TestACourierIsNoVendor(t *testing.T) {
	b := setup(t)
	_, err := b.Judge(b.ctx, b.boss(), b.courier().ID, 0, vendor.VerbReject, "late")
	require.ErrorContains(t, err, "courier.illegal_transition")
	require.ErrorContains(t, err, "the courier is approved")
}

func TestShiftsOfACourier(t *testing.T) {
	b := setup(t)
	c, now := b.courier(), time.Now()
	plan := func(start, length time.Duration) (Shift, error) {
		return b.PlanShift(b.ctx, c, c.ID, 0, now.Add(start), now.Add(start+length))
	}
	later, err := plan(2*time.Hour, 4*time.Hour)
	require.NoError(t, err)
	_, err = plan(3*time.Hour, time.Hour)
	require.ErrorContains(t, err, "shift.overlap")
	_, err = plan(6*time.Hour, time.Hour)
	require.NoError(t, err, "one that begins when the other ends does not overlap it")
	require.Empty(t, b.work(c).Excluded, "who plans a first shift works on until then")
	b.exec(`INSERT INTO courier_shifts VALUES (gen_random_uuid(), $1, now() - interval '27 days', now() - interval '26 days 20 hours')`, c.ID.String())
	require.Equal(t, rules.OffShift, b.work(c).Excluded)

	b.sweep()
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'courier.offline' AND data ->> 'reason' = 'shift_over'`))
	_, err = b.SetOnline(b.ctx, c, 0, true)
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "courier.off_shift", e.Code)
	require.WithinDuration(t, later.Start, e.Details["nextShiftAt"].(time.Time), time.Millisecond)

	current, err := plan(10*time.Minute, time.Hour)
	require.NoError(t, err)
	_, err = b.SetOnline(b.ctx, c, 0, true)
	require.NoError(t, err, "a little early")
	require.WithinDuration(t, current.End, b.work(c).ShiftEnd, time.Millisecond)
	require.NoError(t, b.DropShift(b.ctx, c, c.ID, later.ID, 0))
	require.Equal(t, domain.NotFound, domain.KindOf(b.DropShift(b.ctx, b.boss(), c.ID, later.ID, 0)))
	b.exec(`UPDATE courier_shifts SET starts_at = now() - interval '1 minute' WHERE id = $1`, current.ID.String())
	require.ErrorContains(t, b.DropShift(b.ctx, c, c.ID, current.ID, 0), "shift.begun")
	require.NoError(t, b.DropShift(b.ctx, b.boss(), c.ID, current.ID, 0), "staff may")
	left, err := b.Shifts(b.ctx, c.ID, time.Time{}, time.Time{})
	require.NoError(t, err)
	require.Len(t, left, 1)
	_, err = b.Shifts(b.ctx, c.ID, now, now)
	require.ErrorContains(t, err, "until")
}

func TestSilentCouriersAreTakenOffline(t *testing.T) {
	b := setup(t)
	silent, away, fresh := b.courier(), b.courier(), b.courier()
	b.exec(`UPDATE courier_presence SET online_at = now() - interval '1 hour'`)
	b.exec(`UPDATE couriers SET located_at = now() - interval '601 seconds' WHERE user_id = $1`, silent.ID.String())
	b.exec(`UPDATE couriers SET located_at = now() - interval '599 seconds' WHERE user_id = $1`, away.ID.String())
	b.sweep()
	require.Equal(t, rules.Away, b.work(silent).Excluded, "we do not listen for long enough to say that they were silent")
	b.listened(rules.OfflineAfter)
	b.sweep()
	require.Equal(t, rules.Offline, b.work(silent).Excluded)
	require.Equal(t, rules.Away, b.work(away).Excluded)
	require.Empty(t, b.work(fresh).Excluded)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM events WHERE type = 'courier.offline' AND courier_id = $1 AND data ->> 'reason' = 'silent'`, silent.ID.String()))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM courier_presence WHERE offline_at IS NOT NULL`))

	late := b.courier() // went online a moment ago, and has said nothing yet
	b.exec(`UPDATE couriers SET located_at = now() - interval '1 day' WHERE user_id = $1`, late.ID.String())
	b.sweep()
	require.Equal(t, rules.Away, b.work(late).Excluded)
}

func TestDocumentsOfACourier(t *testing.T) {
	b := setup(t)
	c, boss := b.courier(), b.boss()
	b.exec(`UPDATE couriers SET status = 'pending', online = false WHERE user_id = $1`, c.ID.String())
	today := domain.DateOf(time.Now().UTC())
	show := func(kind rules.Kind, number string, until domain.Date) {
		t.Helper()
		_, err := b.PutDocument(b.ctx, c, 0, rules.Document{Kind: kind, Number: number, ExpiresOn: until})
		require.NoError(t, err)
	}
	show(rules.Identity, "A 1234567", domain.Date{})
	show(rules.Licence, "DL-0420110012345", today.Add(10))
	_, err := b.Judge(b.ctx, boss, c.ID, 0, "approve", "")
	require.ErrorContains(t, err, "courier.documents_missing")
	show(rules.Insurance, "INS-778899", today.Add(400))
	_, err = b.Judge(b.ctx, boss, c.ID, 0, "approve", "")
	require.NoError(t, err)
	require.Equal(t, 3, b.scan(`SELECT count(*) FROM courier_documents WHERE verified`))
	require.Zero(t, b.scan(`SELECT count(*) FROM courier_documents WHERE position('0012345' in encode(sealed, 'escape')) > 0`))

	soon, err := b.Expiring(b.ctx, 30)
	require.NoError(t, err)
	require.Len(t, soon, 1)
	require.Equal(t, rules.Licence, soon[0].Kind)
	b.exec(`UPDATE courier_documents SET expires_on = current_date - 2 WHERE kind = 'licence'`)
	b.exec(`UPDATE couriers SET online = true WHERE user_id = $1`, c.ID.String())
	require.Equal(t, rules.DocumentExpired, b.work(c).Excluded)
	show(rules.Licence, "DL-0420110099999", today.Add(400))
	require.Equal(t, rules.DocumentExpired, b.work(c).Excluded, "until somebody has looked at it")
	opened, err := b.OpenDocument(b.ctx, boss, c.ID, rules.Licence)
	require.NoError(t, err)
	require.Equal(t, "DL0420110099999", opened.Number, "the newest")
	all, err := b.VerifyDocument(b.ctx, boss, c.ID, 0, rules.Licence)
	require.NoError(t, err)
	require.Len(t, all, 3)
	require.Empty(t, all[0].Number)
	require.Equal(t, "••••9999", all[2].Masked)
	require.Empty(t, b.work(c).Excluded)
	_, err = b.VerifyDocument(b.ctx, boss, c.ID, 0, rules.Licence)
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM audit_log WHERE action = 'courier.document_read'`))
}

// An approved courier takes no vehicle that needs more than they have shown.
func TestAVehicleNeedsItsDocuments(t *testing.T) {
	b := setup(t)
	c := b.courier()
	put := func(vehicle string) error {
		_, err := b.PutCourier(b.ctx, c, 0, Profile{Name: "Ravi", Phone: "+911234567", Vehicle: vehicle})
		return err
	}
	require.NoError(t, put("foot"))
	require.Equal(t, 1, b.scan(`SELECT capacity FROM couriers WHERE user_id = $1`, c.ID.String()))
	require.ErrorContains(t, put("car"), "courier.documents_missing")
	require.NoError(t, put("bicycle"))
}

// Whoever is online is listed, with why they get no offers.
func TestWhyCouriersGetNoOffers(t *testing.T) {
	b := setup(t)
	for want, sql := range map[rules.Exclusion]string{
		"":                    `UPDATE couriers SET name = name WHERE user_id = $1`,
		rules.Suspended:       `UPDATE users SET status = 'suspended' WHERE id = $1`,
		rules.NotApproved:     `UPDATE couriers SET status = 'suspended' WHERE user_id = $1`,
		rules.Offline:         `UPDATE couriers SET online = false WHERE user_id = $1`,
		rules.Away:            `UPDATE couriers SET located_at = now() - interval '121 seconds' WHERE user_id = $1`,
		rules.OffShift:        `INSERT INTO courier_shifts VALUES (gen_random_uuid(), $1, now() - interval '9 hours', now() - interval '1 hour')`,
		rules.DocumentExpired: `INSERT INTO courier_documents VALUES ($1, 'licence', true, '', '', '••••1234', current_date - 2)`,
	} {
		c := b.courier()
		b.exec(sql, c.ID.String())
		require.Equal(t, want, b.work(c).Excluded)
	}
	some := b.courier()
	b.exec(`UPDATE couriers SET city = 'Lisbon' WHERE user_id = $1`, some.ID.String())
	for city, n := range map[string]int{"": 7, "lisbon": 7, "New Delhi": 6} { // those of the city, and those who work wherever they are
		found, err := b.positions.Workers(b.ctx, postgres.WorkerFilter{City: city, Most: 100})
		require.NoError(t, err)
		require.Len(t, found, n, city)
	}
}

// A database whose clock was set back keeps nobody online.
func TestGoingOfflineWhenTheClockWasSetBack(t *testing.T) {
	b := setup(t)
	c := b.courier()
	b.exec(`UPDATE courier_presence SET online_at = now() + interval '1 minute'`)
	_, err := b.SetOnline(b.ctx, c, 0, false)
	require.NoError(t, err)
	require.Equal(t, 1, b.scan(`SELECT count(*) FROM courier_presence WHERE offline_at = online_at`))
}

func TestCouriersComeAndGo(t *testing.T) {
	b := setup(t)
	actor := b.somebody("Ravi", domain.RoleCourier)
	_, err := b.db.CourierByID(b.ctx, actor.ID)
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	require.Equal(t, domain.NotFound, domain.KindOf(b.positions.Move(b.ctx, actor.ID, rules.Fix{Point: domain.Point{Lat: 1, Lng: 1}})))
	_, err = b.PutCourier(b.ctx, actor, 0, Profile{Name: "Ravi", Phone: "+91 11 2345 6789", Vehicle: "bicycle"})
	require.NoError(t, err)
	_, err = b.SetOnline(b.ctx, actor, 0, true)
	require.Equal(t, domain.Conflict, domain.KindOf(err), "pending")
	_, err = b.Judge(b.ctx, actor, actor.ID, 0, "approve", "")
	require.Equal(t, domain.Forbidden, domain.KindOf(err), "a courier does not approve itself")

	staff := b.somebody("Kim", domain.RoleSupport)
	_, err = b.Judge(b.ctx, staff, actor.ID, 0, "approve", "")
	require.ErrorContains(t, err, "courier.documents_missing")
	_, err = b.PutDocument(b.ctx, actor, 0, rules.Document{Kind: rules.Identity, Number: "A 1234567"})
	require.NoError(t, err)
	c, err := b.Judge(b.ctx, staff, actor.ID, 0, "approve", "")
	require.NoError(t, err)
	require.Equal(t, 3, c.Version, "made, shown, approved")
	c, err = b.SetOnline(b.ctx, actor, 0, true)
	require.NoError(t, err)
	require.True(t, c.Online)
	again, err := b.SetOnline(b.ctx, actor, 0, true)
	require.NoError(t, err)
	require.Equal(t, c.Version, again.Version, "no second event")
	require.NoError(t, b.positions.Move(b.ctx, actor.ID, rules.Fix{Point: domain.Point{Lat: 28.61, Lng: 77.21}}))
	require.NoError(t, b.positions.Move(b.ctx, actor.ID, rules.Fix{Point: domain.Point{Lat: 28.99, Lng: 77.99}}), "Postgres hears of it later")
	c, err = b.db.CourierByID(b.ctx, actor.ID)
	require.NoError(t, err)
	require.Equal(t, &domain.Point{Lat: 28.61, Lng: 77.21}, c.Location)
	require.WithinDuration(t, time.Now(), c.LocatedAt, time.Minute)

	c, err = b.Judge(b.ctx, staff, actor.ID, 0, "suspend", "no documents")
	require.NoError(t, err)
	require.False(t, c.Online)
	require.Equal(t, 4, b.scan(`SELECT count(*) FROM events WHERE subject = 'courier'`))
}

// TestTheDesk tells who is at work, and of one also that they are not.
func TestTheDesk(t *testing.T) {
	b := setup(t)
	idle, gone := b.courier(), b.courier()
	b.exec(`UPDATE couriers SET online = false WHERE user_id = $1`, gone.ID.String())
	found, err := b.Desk(b.ctx, DeskFilter{Limit: 10}, domain.Nil)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, idle.ID, found[0].CourierID)
	require.Equal(t, "idle", found[0].State)
	one, err := b.AtDesk(b.ctx, gone.ID)
	require.NoError(t, err)
	require.Equal(t, "offline", one.State)
	_, err = b.AtDesk(b.ctx, domain.ID(id.New()))
	require.Equal(t, domain.NotFound, domain.KindOf(err))
}

func TestWhoMayNotCarryIsNotLocated(t *testing.T) {
	b := setup(t)
	c, here := b.courier(), domain.Point{Lat: 28.61, Lng: 77.21}
	require.NoError(t, b.positions.Move(b.ctx, c.ID, rules.Fix{Point: here}))
	_, err := b.Judge(b.ctx, b.boss(), c.ID, 0, vendor.VerbSuspend, "late")
	require.NoError(t, err)
	require.Equal(t, domain.Conflict, domain.KindOf(b.positions.Move(b.ctx, c.ID, rules.Fix{Point: here})))
}
