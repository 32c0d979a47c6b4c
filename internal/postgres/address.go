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

// AddAddress saves an address, as the default where there is none: Conflict "address.too_many" when there are as many as one
// may have.
func (db *DB) AddAddress(ctx context.Context, user domain.ID, a account.Address) (account.Address, error) {
	err := db.changeAddresses(ctx, user, func(tx *Tx) error {
		n, err := tx.AddressCount(ctx, user)
		if err != nil {
			return fmt.Errorf("count addresses: %w", err)
		}
		if n >= account.MaxAddresses {
			return domain.Errorf(domain.Conflict, "address.too_many", "there are %d addresses already; delete one first", n)
		}
		if err := tx.makeRoom(ctx, user, a); err != nil {
			return err
		}
		return tx.CreateAddress(ctx, query.CreateAddressParams{
			ID: a.ID, UserID: user, Label: a.Label, Line1: a.Line1, Line2: a.Line2, City: a.City, Postcode: a.Postcode,
			ContactName: a.ContactName, ContactPhone: a.ContactPhone, Lat: a.Location.Lat, Lng: a.Location.Lng,
			Instructions: a.Instructions, IsDefault: a.Default,
		})
	}, a.ID, &a)
	return a, err
}

// ChangeAddress locks one's address, lets fn decide what becomes of it, and writes it: NotFound also when it is another's;
// else fn's errors.
func (db *DB) ChangeAddress(ctx context.Context, user, id domain.ID, fn func(account.Address) (account.Address, error)) (account.Address, error) {
	var a account.Address
	err := db.changeAddresses(ctx, user, func(tx *Tx) error {
		row, err := tx.LockAddress(ctx, query.LockAddressParams{ID: id, UserID: user})
		if err != nil {
			return missing("address", fmt.Errorf("lock address: %w", err))
		}
		if a, err = fn(toAddress(row)); err != nil {
			return err
		}
		if err := tx.makeRoom(ctx, user, a); err != nil {
			return err
		}
		return tx.SaveAddress(ctx, query.SaveAddressParams{
			ID: id, Label: a.Label, Line1: a.Line1, Line2: a.Line2, City: a.City, Postcode: a.Postcode,
			ContactName: a.ContactName, ContactPhone: a.ContactPhone, Lat: a.Location.Lat, Lng: a.Location.Lng,
			Instructions: a.Instructions, IsDefault: a.Default,
		})
	}, id, &a)
	return a, err
}

// RemoveAddress locks one's address, asks fn whether it may go, and deletes it: NotFound also when it is another's; else
// fn's error.
func (db *DB) RemoveAddress(ctx context.Context, user, id domain.ID, fn func(account.Address) error) error {
	return db.changeAddresses(ctx, user, func(tx *Tx) error {
		row, err := tx.LockAddress(ctx, query.LockAddressParams{ID: id, UserID: user})
		if err != nil {
			return missing("address", fmt.Errorf("lock address: %w", err))
		}
		if err := fn(toAddress(row)); err != nil {
			return err
		}
		_, err = tx.DeleteAddress(ctx, query.DeleteAddressParams{ID: id, UserID: user})
		return err
	}, domain.Nil, nil)
}

// changeAddresses changes one's addresses under the account's lock, so that exactly one of them is the default whatever
// else happens to them at the same moment, and reads one of them, unless Nil, as it is then.
func (db *DB) changeAddresses(ctx context.Context, user domain.ID, change func(*Tx) error, id domain.ID, into *account.Address) error {
	return db.InTx(ctx, func(tx *Tx) error {
		if _, err := tx.LockUser(ctx, user); err != nil {
			return missing("account", fmt.Errorf("lock account: %w", err))
		}
		if err := change(tx); err != nil {
			return err
		}
		if _, err := tx.PromoteAddress(ctx, user); err != nil {
			return fmt.Errorf("promote address: %w", err)
		}
		if id.IsNil() {
			return nil
		}
		row, err := tx.LockAddress(ctx, query.LockAddressParams{ID: id, UserID: user})
		if err != nil {
			return fmt.Errorf("read address: %w", err)
		}
		*into = toAddress(row)
		return nil
	})
}

// makeRoom takes the default from the others, for an address that becomes it.
func (tx *Tx) makeRoom(ctx context.Context, user domain.ID, a account.Address) error {
	if !a.Default {
		return nil
	}
	if err := tx.ClearDefault(ctx, query.ClearDefaultParams{UserID: user, Keep: a.ID}); err != nil {
		return fmt.Errorf("clear default address: %w", err)
	}
	return nil
}

func toAddress(r query.Address) account.Address {
	return account.Address{
		ID: r.ID, Label: r.Label, Line1: r.Line1, Line2: r.Line2, City: r.City, Postcode: r.Postcode, ContactName: r.ContactName,
		ContactPhone: r.ContactPhone, Instructions: r.Instructions, Default: r.IsDefault,
		Location: domain.Point{Lat: r.Lat, Lng: r.Lng}, Version: r.Version,
	}
}
