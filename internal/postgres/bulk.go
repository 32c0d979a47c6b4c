package postgres

import (
	"bytes"
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// SourcedVendor is a vendor as a file of vendors has it.
type SourcedVendor struct {
	Key     string          // unique among all sources
	Hash    []byte          // of what the file says of it
	Profile vendor.Profile  // its ID counts only with a menu; its rating is that of the source
	Menu    []menu.Category // for a vendor that is new; nil: it is not written if it is
}

// Imported is what became of vendors that were imported together.
type Imported struct {
	Inserted, Updated, Unchanged int
	Dishes                       int                        // of the inserted ones
	Refused                      map[string]domain.Currency // by key: not updated, for the vendor has a menu in this currency, another one
}

// Sourced gives the hashes of the vendors that exist, by key.
func (db *DB) Sourced(ctx context.Context, keys []string) (map[string][]byte, error) {
	return sourced(ctx, db.q(), keys)
}

func sourced(ctx context.Context, q *query.Queries, keys []string) (map[string][]byte, error) {
	rows, err := q.SourcedVendors(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read imported vendors: %w", classify(err))
	}
	out := make(map[string][]byte, len(rows))
	for _, r := range rows {
		out[r.Key] = r.Hash
	}
	return out, nil
}

// ImportVendors writes vendors in one transaction: those that are new with their menus, by COPY; of those that have
// changed only what the file says; the others not at all. Imports at once take turns, so each vendor comes into being once.
func (db *DB) ImportVendors(ctx context.Context, vendors []SourcedVendor) (Imported, error) {
	return db.ImportMarketplace(ctx, vendors, People{})
}

// ImportMarketplace is ImportVendors together with people: all of them or nothing.
func (db *DB) ImportMarketplace(ctx context.Context, vendors []SourcedVendor, people People) (Imported, error) {
	var done Imported
	err := db.InTx(ctx, func(tx *Tx) error {
		done = Imported{Refused: map[string]domain.Currency{}}
		if err := tx.AllowMinute(ctx); err != nil {
			return fmt.Errorf("allow a minute: %w", err)
		}
		if err := tx.HoldImports(ctx); err != nil {
			return fmt.Errorf("wait for other imports: %w", err)
		}
		if err := tx.importVendors(ctx, vendors, &done); err != nil {
			return err
		}
		return tx.seedPeople(ctx, people)
	})
	if err != nil {
		return Imported{}, fmt.Errorf("import vendors: %w", err)
	}
	return done, nil
}

func (tx *Tx) importVendors(ctx context.Context, vendors []SourcedVendor, done *Imported) error {
	keys := make([]string, len(vendors))
	for i, v := range vendors {
		keys[i] = v.Key
	}
	hashes, err := sourced(ctx, tx.Queries, keys)
	if err != nil {
		return err
	}
	var fresh []SourcedVendor
	changed := map[string]SourcedVendor{}
	for _, v := range vendors {
		hash, known := hashes[v.Key]
		switch {
		case !known && v.Menu != nil:
			fresh = append(fresh, v)
		case known && !bytes.Equal(hash, v.Hash):
			changed[v.Key] = v
		case known:
			done.Unchanged++
		}
	}
	if err := tx.copyVendors(ctx, fresh, done); err != nil {
		return err
	}
	return tx.refreshVendors(ctx, changed, done)
}

// copyVendors writes new vendors in three COPYs.
func (tx *Tx) copyVendors(ctx context.Context, vendors []SourcedVendor, done *Imported) error {
	if len(vendors) == 0 {
		return nil
	}
	var (
		rows       []query.CopyVendorsParams
		categories []query.CopyCategoriesParams
		dishes     []query.CopyDishesParams
	)
	for _, v := range vendors {
		rows = append(rows, fromSourced(v))
		for _, c := range v.Menu {
			category, err := categoryRow(v.Profile.ID, c)
			if err != nil {
				return err
			}
			categories = append(categories, category)
			for _, d := range c.Dishes {
				row, err := dishRow(d)
				if err != nil {
					return err
				}
				dishes = append(dishes, row)
			}
		}
	}
	if _, err := tx.CopyVendors(ctx, rows); err != nil {
		return fmt.Errorf("copy vendors: %w", err)
	}
	if _, err := tx.CopyCategories(ctx, categories); err != nil {
		return fmt.Errorf("copy categories: %w", err)
	}
	if _, err := tx.CopyDishes(ctx, dishes); err != nil {
		return fmt.Errorf("copy dishes: %w", err)
	}
	done.Inserted, done.Dishes = len(rows), len(dishes)
	return nil
}

func fromSourced(v SourcedVendor) query.CopyVendorsParams {
	p := v.Profile
	shown := review.Rate(review.Tally{}, imported(p))
	return query.CopyVendorsParams{
		ID: p.ID, Name: p.Name, Cuisines: p.Cuisines, Address: p.Address, City: p.City, Country: p.Country, Timezone: p.Timezone,
		Currency: string(p.Currency), Phone: p.Phone, Lat: p.Location.Lat, Lng: p.Location.Lng, RadiusM: p.RadiusM, ZoneCells: cover(p.Vendor),
		OpenMinutes: fromHours(p.Hours), PrepMinutes: p.PrepMinutes, AcceptSeconds: p.AcceptSeconds, MinOrder: p.MinOrder.Amount,
		PackagingFee: p.PackagingFee.Amount, TaxBp: int(p.TaxRate), CostForTwo: p.CostForTwo.Amount, PriceLevel: p.PriceLevel,
		RatingAverage: shown.Average, RatingCount: shown.Count, SourceRating: p.RatingAverage, SourceVotes: p.RatingCount,
		Status: string(p.Status), SourceKey: &v.Key, SourceHash: v.Hash, Version: p.Version,
	}
}

// imported is the rating that a vendor brings from its source.
func imported(p vendor.Profile) review.Imported {
	return review.Imported{Average: p.RatingAverage, Votes: p.RatingCount}
}

// refreshVendors writes what has changed in the file, each change with its event.
func (tx *Tx) refreshVendors(ctx context.Context, changed map[string]SourcedVendor, done *Imported) error {
	if len(changed) == 0 {
		return nil
	}
	keys := make([]string, 0, len(changed))
	for key := range changed {
		keys = append(keys, key)
	}
	held, err := tx.LockSourced(ctx, keys)
	if err != nil {
		return fmt.Errorf("lock changed vendors: %w", err)
	}
	for _, row := range held {
		v := changed[row.Key]
		if old := domain.Currency(row.Currency); old != v.Profile.Currency {
			done.Refused[row.Key] = old
			continue
		}
		if err := tx.refreshVendor(ctx, row, v); err != nil {
			return fmt.Errorf("vendor %s: %w", row.ID, err)
		}
		done.Updated++
	}
	return nil
}

func (tx *Tx) refreshVendor(ctx context.Context, row query.LockSourcedRow, v SourcedVendor) error {
	p := v.Profile
	version, err := tx.Append(ctx, domain.Record{
		Subject: domain.SubjectVendor, SubjectID: row.ID, VendorID: row.ID, ActorRole: domain.RoleSystem, City: p.City, Version: row.Version,
	}, domain.Event{Type: "vendor.updated"})
	if err != nil {
		return err
	}
	shown := review.Rate(review.Tally{Stars: row.Stars, Votes: row.Votes}, imported(p))
	zone := vendor.Vendor{Location: p.Location, RadiusM: row.RadiusM, Ring: toRing(row.ZoneRing)} // a circle moves, what was drawn stays
	if zone.Ring != nil {
		zone.RadiusM = zone.Ring.Reach(zone.Location)
	}
	err = tx.RefreshVendor(ctx, query.RefreshVendorParams{
		ID: row.ID, Name: p.Name, Cuisines: p.Cuisines, Address: p.Address, City: p.City, Country: p.Country, Timezone: p.Timezone,
		Lat: p.Location.Lat, Lng: p.Location.Lng, RadiusM: zone.RadiusM, ZoneCells: cover(zone), CostForTwo: p.CostForTwo.Amount, PriceLevel: p.PriceLevel,
		RatingAverage: shown.Average, RatingCount: shown.Count, SourceRating: p.RatingAverage, SourceVotes: p.RatingCount,
		SourceHash: v.Hash, Version: version,
	})
	if err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	return nil
}

// AnalyzeCatalog renews what the planner knows of vendors, menus and search, which a large import has made wrong. It takes up to two
// minutes, longer than other statements may.
func (db *DB) AnalyzeCatalog(ctx context.Context) error {
	err := db.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.tx.Exec(ctx, "SET LOCAL statement_timeout = '2min'"); err != nil {
			return err
		}
		_, err := tx.tx.Exec(ctx, "ANALYZE vendors, categories, dishes, search_entries, search_words")
		return err
	})
	if err != nil {
		return fmt.Errorf("analyze the catalogue: %w", err)
	}
	return nil
}
