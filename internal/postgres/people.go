package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// People are accounts to be made together, for a marketplace that starts with some.
type People struct {
	Owners    []SeedOwner
	Customers []SeedCustomer
	Couriers  []SeedCourier
}

// Person is an account; its ID counts only if the address has none yet.
type Person struct {
	ID                                domain.ID
	Email, FirstName, LastName, Phone string
}

// SeedOwner is a vendor's owner.
type SeedOwner struct {
	Person
	VendorKey string // source key of a vendor that exists
}

// SeedCustomer is a person with a home.
type SeedCustomer struct {
	Person
	AddressID   domain.ID
	Line1, City string
	Home        domain.Point
}

// The documents of seeded couriers: no real number, and longer than anybody keeps such a marketplace.
const (
	seedNumber = "DEMO0000"
	seedDays   = 3650
)

// SeedCourier is an approved one with documents, offline.
type SeedCourier struct {
	Person
	Vehicle string
}

// seedPeople makes those accounts that do not exist. What exists stays: a customer who has an address gets no other, a
// courier keeps its standing. An address whose account has another role is passed over.
func (tx *Tx) seedPeople(ctx context.Context, p People) error {
	if len(p.Owners)+len(p.Customers)+len(p.Couriers) == 0 {
		return nil
	}
	if err := tx.SeedUsers(ctx, p.users()); err != nil {
		return fmt.Errorf("insert users: %w", err)
	}
	if err := tx.SeedMembers(ctx, p.members()); err != nil {
		return fmt.Errorf("insert owners: %w", err)
	}
	if err := tx.SeedAddresses(ctx, p.addresses()); err != nil {
		return fmt.Errorf("insert addresses: %w", err)
	}
	couriers, err := tx.SeedCouriers(ctx, p.couriers())
	if err != nil {
		return fmt.Errorf("insert couriers: %w", err)
	}
	for _, c := range couriers {
		if err := tx.seedDocuments(ctx, c.UserID, c.Vehicle); err != nil {
			return err
		}
	}
	return nil
}

// seedDocuments gives a new courier verified documents for a vehicle, so that one who is suspended can be approved again.
func (tx *Tx) seedDocuments(ctx context.Context, courier domain.ID, vehicle string) error {
	today, err := tx.Today(ctx)
	if err != nil {
		return err
	}
	kinds := delivery.Documents(vehicle)
	for _, kind := range kinds {
		if err := tx.PutDocument(ctx, courier, delivery.Document{Kind: kind, Number: seedNumber, ExpiresOn: today.Add(seedDays)}); err != nil {
			return err
		}
	}
	_, err = tx.VerifyDocuments(ctx, courier, kinds...)
	return err
}

func (p People) users() query.SeedUsersParams {
	var out query.SeedUsersParams
	add := func(who Person, role domain.Role) {
		out.Ids = append(out.Ids, who.ID)
		out.Emails = append(out.Emails, who.Email)
		out.FirstNames = append(out.FirstNames, who.FirstName)
		out.LastNames = append(out.LastNames, who.LastName)
		out.Phones = append(out.Phones, who.Phone)
		out.Roles = append(out.Roles, string(role))
	}
	for _, o := range p.Owners {
		add(o.Person, domain.RoleVendor)
	}
	for _, c := range p.Customers {
		add(c.Person, domain.RoleCustomer)
	}
	for _, c := range p.Couriers {
		add(c.Person, domain.RoleCourier)
	}
	return out
}

func (p People) members() query.SeedMembersParams {
	var out query.SeedMembersParams
	for _, o := range p.Owners {
		out.SourceKeys = append(out.SourceKeys, o.VendorKey)
		out.Emails = append(out.Emails, o.Email)
	}
	return out
}

func (p People) addresses() query.SeedAddressesParams {
	var out query.SeedAddressesParams
	for _, c := range p.Customers {
		out.Ids = append(out.Ids, c.AddressID)
		out.Emails = append(out.Emails, c.Email)
		out.Lines = append(out.Lines, c.Line1)
		out.Cities = append(out.Cities, c.City)
		out.Lats = append(out.Lats, c.Home.Lat)
		out.Lngs = append(out.Lngs, c.Home.Lng)
	}
	return out
}

func (p People) couriers() query.SeedCouriersParams {
	var out query.SeedCouriersParams
	for _, c := range p.Couriers {
		out.Emails = append(out.Emails, c.Email)
		out.Vehicles = append(out.Vehicles, c.Vehicle)
	}
	return out
}
