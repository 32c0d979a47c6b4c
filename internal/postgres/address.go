package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Addresses lists one's addresses, oldest first.
func (db *DB) Addresses(ctx context.Context, user domain.ID) ([]account.Address, error) {
	rows, err := db.q().Addresses(ctx, user)
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", classify(err))
	}
	out := make([]account.Address, len(rows))
	for i, r := range rows {
		out[i] = toAddress(r)
	}
	return out, nil
}

// AddAddress saves an address: Conflict "address.too_many" when there are as many as one may have.
func (db *DB) AddAddress(ctx context.Context, user domain.ID, a account.Address) error {
	return db.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.LockUser(ctx, user); err != nil { // else two at once would count the same
			return fmt.Errorf("lock account: %w", err)
		}
		n, err := tx.AddressCount(ctx, user)
		if err != nil {
			return fmt.Errorf("count addresses: %w", err)
		}
		if n >= account.MaxAddresses {
			return domain.Errorf(domain.Conflict, "address.too_many", "there are %d addresses already; delete one first", n)
		}
		return tx.CreateAddress(ctx, query.CreateAddressParams{
			ID: a.ID, UserID: user, Label: a.Label, Line1: a.Line1, City: a.City,
			Lat: a.Location.Lat, Lng: a.Location.Lng, Instructions: a.Instructions,
		})
	})
}

// ChangeAddress locks one's address, lets fn decide what becomes of it, and writes it: NotFound also when it is another's;
// else fn's errors.
func (db *DB) ChangeAddress(ctx context.Context, user, id domain.ID, fn func(account.Address) (account.Address, error)) (account.Address, error) {
	var a account.Address
	err := db.InTx(ctx, func(tx *Tx) error {
		row, err := tx.LockAddress(ctx, query.LockAddressParams{ID: id, UserID: user})
		if err != nil {
			return missing("address", fmt.Errorf("lock address: %w", err))
		}
		if a, err = fn(toAddress(row)); err != nil {
			return err
		}
		a.Version++
		return tx.SaveAddress(ctx, query.SaveAddressParams{
			ID: id, Label: a.Label, Line1: a.Line1, City: a.City,
			Lat: a.Location.Lat, Lng: a.Location.Lng, Instructions: a.Instructions,
		})
	})
	return a, err
}

// RemoveAddress locks one's address, asks fn whether it may go, and deletes it: NotFound also when it is another's; else
// fn's error.
func (db *DB) RemoveAddress(ctx context.Context, user, id domain.ID, fn func(account.Address) error) error {
	return db.InTx(ctx, func(tx *Tx) error {
		row, err := tx.LockAddress(ctx, query.LockAddressParams{ID: id, UserID: user})
		if err != nil {
			return missing("address", fmt.Errorf("lock address: %w", err))
		}
		if err := fn(toAddress(row)); err != nil {
			return err
		}
		_, err = tx.DeleteAddress(ctx, query.DeleteAddressParams{ID: id, UserID: user})
		return err
	})
}

func toAddress(r query.Address) account.Address {
	return account.Address{
		ID: r.ID, Label: r.Label, Line1: r.Line1, City: r.City, Instructions: r.Instructions,
		Location: domain.Point{Lat: r.Lat, Lng: r.Lng}, Version: r.Version,
	}
}
