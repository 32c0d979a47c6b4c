package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// VendorFor reads a vendor and what a user is to it: "" for one who is no member. NotFound when there is none.
func (db *DB) VendorFor(ctx context.Context, id, userID domain.ID) (vendor.Profile, account.MemberRole, error) {
	row, err := db.q().Vendor(ctx, query.VendorParams{ID: id, UserID: orNull(userID)})
	return toMembership(row.Vendor, row.MemberRole, err)
}

// VendorForWrite is VendorFor under the lock that every change of a vendor or its menu holds.
func (tx *Tx) VendorForWrite(ctx context.Context, id, userID domain.ID) (vendor.Profile, account.MemberRole, error) {
	row, err := tx.LockVendor(ctx, id)
	if err != nil {
		return vendor.Profile{}, "", missing("vendor", err)
	}
	role, err := tx.memberRole(ctx, id, userID)
	if err != nil {
		return vendor.Profile{}, "", err
	}
	p, err := toProfile(row.Vendor)
	return p, role, err
}

func toMembership(row query.Vendor, role *string, err error) (vendor.Profile, account.MemberRole, error) {
	if err != nil {
		return vendor.Profile{}, "", missing("vendor", err)
	}
	p, err := toProfile(row)
	if role == nil {
		return p, "", err
	}
	return p, account.MemberRole(*role), err
}

// VendorState gives a vendor's version and standing, by its primary key alone. NotFound when there is none.
func (db *DB) VendorState(ctx context.Context, id domain.ID) (int, vendor.Status, error) {
	row, err := db.q().VendorVersion(ctx, id)
	if err != nil {
		return 0, "", missing("vendor", err)
	}
	return row.Version, vendor.Status(row.Status), nil
}

// maxMemberships bounds what one account's list of vendors shows.
const maxMemberships = 500

// VendorsOf gives the vendors that a user works for, oldest first, whatever their standing; at most 500.
func (db *DB) VendorsOf(ctx context.Context, userID domain.ID) ([]vendor.Profile, error) {
	rows, err := db.q().VendorsOfMember(ctx, query.VendorsOfMemberParams{UserID: userID, Most: maxMemberships})
	if err != nil {
		return nil, fmt.Errorf("read a member's vendors: %w", classify(err))
	}
	out := make([]vendor.Profile, len(rows))
	for i, r := range rows {
		if out[i], err = toProfile(r.Vendor); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// City is where approved vendors are, at their mean position.
type City struct {
	Name, Country string
	Currency      domain.Currency
	Vendors       int
	Location      domain.Point
}

// Cities gives the cities with approved vendors, largest first.
func (db *DB) Cities(ctx context.Context, limit int) ([]City, error) {
	rows, err := db.q().Cities(ctx, int32(limit)) //nolint:gosec // a page's size
	if err != nil {
		return nil, fmt.Errorf("read cities: %w", classify(err))
	}
	out := make([]City, len(rows))
	for i, r := range rows {
		out[i] = City{r.City, r.Country, domain.Currency(r.Currency), r.Vendors, domain.Point{Lat: r.Lat, Lng: r.Lng}}
	}
	return out, nil
}

// AddVendor writes a new vendor, still without hours, and its first member. Invalid when the database does not know its
// timezone.
func (tx *Tx) AddVendor(ctx context.Context, p vendor.Profile, owner domain.ID) error {
	if _, err := tx.CheckTimezone(ctx, p.Timezone); err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "22023" {
			return domain.Invalidf("timezone", "unknown", "is not an IANA timezone")
		}
		return fmt.Errorf("check timezone: %w", err)
	}
	err := tx.InsertVendor(ctx, query.InsertVendorParams{
		ID: p.ID, Name: p.Name, Cuisines: p.Cuisines, Address: p.Address, City: p.City, Country: p.Country, Timezone: p.Timezone,
		Currency: string(p.Currency), Phone: p.Phone, Lat: p.Location.Lat, Lng: p.Location.Lng, RadiusM: p.RadiusM, ZoneCells: cover(p.Vendor), PrepMinutes: p.PrepMinutes,
		TaxBp: int(p.TaxRate), CostForTwo: p.CostForTwo.Amount, PriceLevel: p.PriceLevel, Version: p.Version,
	})
	if err != nil {
		return fmt.Errorf("insert vendor: %w", err)
	}
	if err := tx.InsertMember(ctx, query.InsertMemberParams{VendorID: p.ID, UserID: owner, Role: "owner"}); err != nil {
		return fmt.Errorf("insert member: %w", err)
	}
	return nil
}

// SaveZone writes the zone of a vendor that VendorForWrite has locked, with its cells.
func (tx *Tx) SaveZone(ctx context.Context, v vendor.Vendor) error {
	ring, plane := fromRing(v.Ring)
	err := tx.UpdateZone(ctx, query.UpdateZoneParams{ID: v.ID, RadiusM: v.RadiusM, ZoneRing: ring, ZonePlane: plane, ZoneCells: cover(v)})
	if err != nil {
		return fmt.Errorf("update zone: %w", err)
	}
	return nil
}

// SaveVendor writes back a vendor that VendorForWrite has locked, but not its zone.
func (tx *Tx) SaveVendor(ctx context.Context, p vendor.Profile) error {
	rates, err := fromTaxRates(p.TaxRates)
	if err != nil {
		return err
	}
	params := query.UpdateVendorParams{
		ID: p.ID, Name: p.Name, Cuisines: p.Cuisines, Address: p.Address, Phone: p.Phone, TaxID: p.TaxID,
		OpenMinutes: fromHours(p.Hours), PauseReason: p.PauseReason, PrepMinutes: p.PrepMinutes, AcceptSeconds: p.AcceptSeconds,
		MinOrder: p.MinOrder.Amount, PackagingFee: p.PackagingFee.Amount, TaxRates: rates, Languages: p.Languages,
		CostForTwo: p.CostForTwo.Amount, PriceLevel: p.PriceLevel,
		Status: string(p.Status), StatusReason: p.StatusReason, Version: p.Version, MenuVersion: p.MenuVersion,
		Acceptance: string(p.Acceptance), SlotCapacity: p.SlotCapacity, Closed: fromStretches(p.Closed), BusyMinutes: p.BusyMinutes,
		PausedUntil: zeroNull(p.PausedUntil), BusyUntil: zeroNull(p.BusyUntil),
	}
	if err := tx.UpdateVendor(ctx, params); err != nil {
		return fmt.Errorf("update vendor: %w", err)
	}
	return nil
}

// CountVendors says how many vendors there are, whatever their standing.
func (db *DB) CountVendors(ctx context.Context) (int, error) {
	n, err := db.q().CountVendors(ctx)
	return n, classify(err)
}
