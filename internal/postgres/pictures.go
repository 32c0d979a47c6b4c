package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// errCollected says that a picture is just being thrown away, or was while its upload stood still.
var errCollected = domain.Errorf(domain.Unavailable, "picture.collected", "this very picture is being cleared away; send it again").
	With("retryAfter", 5)

// RegisterPicture notes a picture before its files are written; nobody shows it yet. One that exists is as good as new.
// Unavailable, with retryAfter, while its files are being deleted.
func (db *DB) RegisterPicture(ctx context.Context, key string, bytes int) error {
	n, err := db.q().RegisterPicture(ctx, query.RegisterPictureParams{Key: key, Bytes: bytes})
	if err == nil && n == 0 {
		return errCollected
	}
	if err != nil {
		return fmt.Errorf("register picture: %w", classify(err))
	}
	return nil
}

// claimPicture keeps a registered picture for whoever shows it from this transaction on; "" needs no claim.
// Unavailable, with retryAfter, when it was collected meanwhile.
func (tx *Tx) claimPicture(ctx context.Context, key string) error {
	if key == "" {
		return nil
	}
	n, err := tx.ClaimPicture(ctx, key)
	if err == nil && n == 0 {
		return errCollected
	}
	if err != nil {
		return fmt.Errorf("claim picture: %w", err)
	}
	return nil
}

// SaveDishPicture gives a dish a registered picture, or none, and raises its version; the caller holds its vendor's lock.
// It returns Unavailable, with retryAfter, when the picture was collected meanwhile.
func (tx *Tx) SaveDishPicture(ctx context.Context, dishID domain.ID, key string) error {
	if err := tx.claimPicture(ctx, key); err != nil {
		return err
	}
	if err := tx.SetDishPicture(ctx, query.SetDishPictureParams{ID: dishID, Picture: textOrNull(key)}); err != nil {
		return fmt.Errorf("set a dish's picture: %w", err)
	}
	return nil
}

// SaveVendorPicture is SaveDishPicture for a vendor. The version is left to the event of the same transaction.
func (tx *Tx) SaveVendorPicture(ctx context.Context, vendorID domain.ID, key string) error {
	if err := tx.claimPicture(ctx, key); err != nil {
		return err
	}
	if err := tx.SetVendorPicture(ctx, query.SetVendorPictureParams{ID: vendorID, Picture: textOrNull(key)}); err != nil {
		return fmt.Errorf("set a vendor's picture: %w", err)
	}
	return nil
}

// SaveUserPicture is SaveDishPicture for a person, whose account the caller has locked.
func (tx *Tx) SaveUserPicture(ctx context.Context, userID domain.ID, key string) error {
	if err := tx.claimPicture(ctx, key); err != nil {
		return err
	}
	if err := tx.SetUserPicture(ctx, query.SetUserPictureParams{ID: userID, Picture: textOrNull(key)}); err != nil {
		return fmt.Errorf("set a person's picture: %w", err)
	}
	return nil
}

// ChangePicture locks an account, lets fn say which picture it shows from now on, and gives the account as it is then. The same
// picture again changes nothing. NotFound, Unavailable when the picture was collected meanwhile, or fn's errors.
func (db *DB) ChangePicture(ctx context.Context, userID domain.ID, fn func(account.User) (key string, err error)) (account.User, error) {
	var user account.User
	err := db.InTx(ctx, func(tx *Tx) error {
		row, err := tx.LockUser(ctx, userID)
		if err != nil {
			return missing("account", fmt.Errorf("lock account: %w", err))
		}
		user = toUser(row)
		key, err := fn(user)
		if err != nil || key == user.Picture {
			return err
		}
		user.Picture = key
		user.Version++
		return tx.SaveUserPicture(ctx, userID, key)
	})
	return user, err
}

// DropPicture takes a person's picture away, if there is one; its files go when nobody else shows it and the collector
// comes by. The caller has locked the account.
func (tx *Tx) DropPicture(ctx context.Context, userID domain.ID) error {
	return tx.SaveUserPicture(ctx, userID, "")
}

// Doom is a set of pictures whose files the holder may delete until the lease ends.
type Doom struct {
	Keys  []string
	until time.Time
}

// DoomPictures takes up to most pictures out of use that nobody has shown for a while (grace). Nobody can begin to show one
// of them before the lease ends. more says that there may be others.
func (db *DB) DoomPictures(ctx context.Context, grace, lease time.Duration, most int) (doom Doom, more bool, err error) {
	rows, err := db.q().DoomPictures(ctx, query.DoomPicturesParams{
		GraceSeconds: grace.Seconds(), LeaseSeconds: lease.Seconds(), Most: most,
	})
	if err != nil {
		return doom, false, fmt.Errorf("find idle pictures: %w", classify(err))
	}
	for _, r := range rows {
		if r.DoomedUntil != nil {
			doom.Keys, doom.until = append(doom.Keys, r.Key), *r.DoomedUntil
		}
	}
	return doom, len(rows) == most, nil
}

// ForgetPictures removes the rows of doomed pictures, after their files.
func (db *DB) ForgetPictures(ctx context.Context, doom Doom) error {
	if err := db.q().ForgetPictures(ctx, query.ForgetPicturesParams{Keys: doom.Keys, DoomedUntil: doom.until}); err != nil {
		return fmt.Errorf("forget pictures: %w", classify(err))
	}
	return nil
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// textOr reads NULL as "".
func textOr(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
