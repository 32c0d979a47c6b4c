package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Tariff is a tariff as it is kept.
type Tariff struct {
	pricing.Tariff
	Version int
}

// Surge is a rule of surge as it is kept.
type Surge struct {
	pricing.Surge
	Version int
}

// Commission is a rule of commission as it is kept.
type Commission struct {
	pricing.CommissionRule
	Version int
}

// RuleFilter selects tariffs, surges or commissions, as far as they have what it names; its zero value selects all.
type RuleFilter struct {
	Currency domain.Currency
	City     string
	Vendor   domain.ID
	Before   domain.ID // only those older than this one
	Limit    int
}

func (db *DB) ruleIDs(ctx context.Context, table string, f RuleFilter) ([]domain.ID, error) {
	var c conditions
	c.when(f.Currency != "", "currency = $", string(f.Currency))
	c.when(f.City != "", "lower(city) = lower($)", f.City)
	c.when(!f.Vendor.IsNil(), "vendor_id = $", f.Vendor)
	c.when(!f.Before.IsNil(), "id < $", f.Before)
	ids, err := c.newest(ctx, db, table, "id", f.Limit)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", table, classify(err))
	}
	return ids, nil
}

// AllTariffs lists tariffs, newest first, by currency and city.
func (db *DB) AllTariffs(ctx context.Context, f RuleFilter) ([]Tariff, error) {
	ids, err := db.ruleIDs(ctx, "delivery_tariffs", f)
	if err != nil {
		return nil, err
	}
	rows, err := db.q().TariffsByIDs(ctx, ids)
	return decoded(rows, err, tariffJSON.kept)
}

// AllSurges lists rules of surge, newest first, by currency and city.
func (db *DB) AllSurges(ctx context.Context, f RuleFilter) ([]Surge, error) {
	ids, err := db.ruleIDs(ctx, "surge_zones", f)
	if err != nil {
		return nil, err
	}
	rows, err := db.q().SurgesByIDs(ctx, ids)
	return decoded(rows, err, surgeJSON.kept)
}

// AllCommissions lists rules of commission, newest first, by vendor and city.
func (db *DB) AllCommissions(ctx context.Context, f RuleFilter) ([]Commission, error) {
	ids, err := db.ruleIDs(ctx, "commission_rules", f)
	if err != nil {
		return nil, err
	}
	rows, err := db.q().CommissionsByIDs(ctx, ids)
	return decoded(rows, err, commissionJSON.kept)
}

// Tariff reads one. NotFound when there is none.
func (db *DB) Tariff(ctx context.Context, id domain.ID) (Tariff, error) {
	rows, err := db.q().TariffsByIDs(ctx, []domain.ID{id})
	return theOne("tariff", rows, err, tariffJSON.kept)
}

// Surge reads one. NotFound when there is none.
func (db *DB) Surge(ctx context.Context, id domain.ID) (Surge, error) {
	rows, err := db.q().SurgesByIDs(ctx, []domain.ID{id})
	return theOne("surge", rows, err, surgeJSON.kept)
}

// Commission reads one. NotFound when there is none.
func (db *DB) Commission(ctx context.Context, id domain.ID) (Commission, error) {
	rows, err := db.q().CommissionsByIDs(ctx, []domain.ID{id})
	return theOne("commission", rows, err, commissionJSON.kept)
}

// decoded reads rows that came as JSON.
func decoded[Row, Rule any](rows [][]byte, err error, to func(Row) Rule) ([]Rule, error) {
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", classify(err))
	}
	out := make([]Rule, len(rows))
	for i, text := range rows {
		var r Row
		if err := json.Unmarshal(text, &r); err != nil {
			return nil, fmt.Errorf("decode rule: %w", err)
		}
		out[i] = to(r)
	}
	return out, nil
}

// theOne is decoded for at most one row: NotFound of the thing without any.
func theOne[Row, Rule any](thing string, rows [][]byte, err error, to func(Row) Rule) (rule Rule, _ error) {
	all, err := decoded(rows, err, to)
	if err != nil {
		return rule, err
	}
	if len(all) == 0 {
		return rule, domain.Missing(thing)
	}
	return all[0], nil
}

func (t tariffJSON) kept() Tariff         { return Tariff{t.rule(), t.Version} }
func (s surgeJSON) kept() Surge           { return Surge{s.rule(), s.Version} }
func (c commissionJSON) kept() Commission { return Commission{c.rule(), c.Version} }

// HoldTariff locks a tariff. NotFound when there is none.
func (tx *Tx) HoldTariff(ctx context.Context, id domain.ID) (Tariff, error) {
	text, err := tx.LockTariff(ctx, id)
	return lockedRule("tariff", text, err, tariffJSON.kept)
}

// HoldSurge locks a rule of surge. NotFound when there is none.
func (tx *Tx) HoldSurge(ctx context.Context, id domain.ID) (Surge, error) {
	text, err := tx.LockSurge(ctx, id)
	return lockedRule("surge", text, err, surgeJSON.kept)
}

// HoldCommission locks a rule of commission, and gives the transaction's moment. NotFound when there is none.
func (tx *Tx) HoldCommission(ctx context.Context, id domain.ID) (Commission, time.Time, error) {
	r, err := tx.LockCommission(ctx, id)
	c, err := lockedRule("commission", r.Rule, err, commissionJSON.kept)
	return c, r.Moment, err
}

func lockedRule[Row, Rule any](thing string, text []byte, err error, to func(Row) Rule) (rule Rule, _ error) {
	if err != nil {
		return rule, missing(thing, fmt.Errorf("lock %s: %w", thing, err))
	}
	return theOne(thing, [][]byte{text}, nil, to)
}

// HoldEverybodys locks and gives the rules of commission that are everybody's.
func (tx *Tx) HoldEverybodys(ctx context.Context) ([]pricing.CommissionRule, error) {
	rows, err := tx.LockEverybodys(ctx)
	return decoded(rows, err, commissionJSON.rule)
}

// AddTariff writes a new tariff. Conflict "tariff.exists".
func (tx *Tx) AddTariff(ctx context.Context, t pricing.Tariff) error {
	bands, err := fromBands(t.Bands)
	if err != nil {
		return err
	}
	return added("tariff", tx.InsertTariff(ctx, query.InsertTariffParams{
		ID: t.ID, Currency: string(t.Currency), City: t.City, Bands: bands, SmallBelow: t.SmallOrder.Below, SmallFee: t.SmallOrder.Fee,
	}))
}

// SaveTariff stores a tariff that is held, and raises its version. Conflict "tariff.exists".
func (tx *Tx) SaveTariff(ctx context.Context, t *Tariff) error {
	bands, err := fromBands(t.Bands)
	if err != nil {
		return err
	}
	n, err := tx.UpdateTariff(ctx, query.UpdateTariffParams{
		ID: t.ID, Version: t.Version, Currency: string(t.Currency), City: t.City, Bands: bands, SmallBelow: t.SmallOrder.Below, SmallFee: t.SmallOrder.Fee,
	})
	t.Version++
	return saved("tariff", n, err)
}

// AddSurge writes a new rule of surge.
func (tx *Tx) AddSurge(ctx context.Context, s pricing.Surge) error {
	windows, err := fromWindows(s.Windows)
	if err != nil {
		return err
	}
	return added("surge", tx.InsertSurge(ctx, query.InsertSurgeParams{
		ID: s.ID, Label: s.Label, Currency: string(s.Currency), City: s.City, Lat: s.Centre.Lat, Lng: s.Centre.Lng, RadiusM: s.RadiusM,
		StartsAt: orAnyTime(s.StartsAt), EndsAt: orAnyTime(s.EndsAt), Windows: windows, Times: int(s.Times), Flat: s.Flat, Cap: s.Cap,
	}))
}

// SaveSurge stores a rule of surge that is held, and raises its version.
func (tx *Tx) SaveSurge(ctx context.Context, s *Surge) error {
	windows, err := fromWindows(s.Windows)
	if err != nil {
		return err
	}
	n, err := tx.UpdateSurge(ctx, query.UpdateSurgeParams{
		ID: s.ID, Version: s.Version, Label: s.Label, Currency: string(s.Currency), City: s.City, Lat: s.Centre.Lat, Lng: s.Centre.Lng,
		RadiusM: s.RadiusM, StartsAt: orAnyTime(s.StartsAt), EndsAt: orAnyTime(s.EndsAt), Windows: windows, Times: int(s.Times), Flat: s.Flat, Cap: s.Cap,
	})
	s.Version++
	return saved("surge", n, err)
}

// AddCommission writes a new rule of commission. Conflict "commission.exists".
func (tx *Tx) AddCommission(ctx context.Context, c pricing.CommissionRule) error {
	return added("commission", tx.InsertCommission(ctx, query.InsertCommissionParams{
		ID: c.ID, VendorID: orNull(c.Vendor), City: c.City, Rate: int(c.Rate), StartsAt: orAnyTime(c.StartsAt), EndsAt: orAnyTime(c.EndsAt),
	}))
}

// SaveCommission stores a rule of commission that is held, and raises its version. Conflict "commission.exists".
func (tx *Tx) SaveCommission(ctx context.Context, c *Commission) error {
	n, err := tx.UpdateCommission(ctx, query.UpdateCommissionParams{
		ID: c.ID, Version: c.Version, VendorID: orNull(c.Vendor), City: c.City, Rate: int(c.Rate),
		StartsAt: orAnyTime(c.StartsAt), EndsAt: orAnyTime(c.EndsAt),
	})
	c.Version++
	return saved("commission", n, err)
}

func added(thing string, err error) error {
	if err != nil {
		return fmt.Errorf("insert %s: %w", thing, err)
	}
	return nil
}

// RemoveTariff deletes a tariff that is held. What orders have paid stands with them.
func (tx *Tx) RemoveTariff(ctx context.Context, id domain.ID) error {
	return removed("tariff", tx.DeleteTariff(ctx, id))
}

// RemoveSurge deletes a rule of surge that is held.
func (tx *Tx) RemoveSurge(ctx context.Context, id domain.ID) error {
	return removed("surge", tx.DeleteSurge(ctx, id))
}

// RemoveCommission deletes a rule of commission that is held. The rate of an order stands with it.
func (tx *Tx) RemoveCommission(ctx context.Context, id domain.ID) error {
	return removed("commission", tx.DeleteCommission(ctx, id))
}

func removed(thing string, err error) error {
	if err != nil {
		return fmt.Errorf("delete %s: %w", thing, err)
	}
	return nil
}

// bandJSON is a band as delivery_tariffs.bands holds it.
type bandJSON struct {
	From  int   `json:"from"`
	Fee   int64 `json:"fee"`
	PerKm int64 `json:"perKm"`
}

func fromBands(bands []pricing.Band) ([]byte, error) {
	out := make([]bandJSON, len(bands))
	for i, b := range bands {
		out[i] = bandJSON(b)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("encode bands: %w", err)
	}
	return text, nil
}
