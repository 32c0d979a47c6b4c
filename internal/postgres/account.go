package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// signup is a profile as it waits in the code's row.
type signup struct {
	FirstName string      `json:"firstName"`
	LastName  string      `json:"lastName"`
	Role      domain.Role `json:"role"`
}

// IssueCode makes a hash the address's one live code; a profile says who signs up with it, nil that somebody signs in. In
// the same transaction it posts the letter that write makes, which is told whether the address has an account; the work is
// the same for both.
// It returns RateLimited, with retryAfter in seconds, when the address had its share.
func (db *DB) IssueCode(ctx context.Context, email string, hash []byte, p *account.Profile, write func(known bool) letter.Letter) error {
	var profile []byte
	if p != nil {
		var err error
		if profile, err = json.Marshal(signup(*p)); err != nil {
			return fmt.Errorf("encode profile: %w", err)
		}
	}
	err := db.InTx(ctx, func(tx *Tx) error {
		known, err := tx.Queries.IssueCode(ctx, query.IssueCodeParams{
			Email: email, CodeHash: hash, Signup: profile, Most: account.CodesAWindow,
			TtlSeconds: account.CodeTTL.Seconds(), WindowSeconds: account.CodeWindow.Seconds(),
		})
		if err != nil {
			return fmt.Errorf("issue code: %w", err)
		}
		return tx.Post(ctx, write(known))
	})
	if domain.KindOf(err) == domain.NotFound {
		return db.tooManyCodes(ctx, email)
	}
	return err
}

func (db *DB) tooManyCodes(ctx context.Context, email string) error {
	wait, err := db.q().CodeWait(ctx, query.CodeWaitParams{Email: email, WindowSeconds: account.CodeWindow.Seconds()})
	if err != nil {
		return fmt.Errorf("read code's wait: %w", classify(err))
	}
	return domain.Errorf(domain.RateLimited, string(domain.RateLimited), "too many codes for this address; wait").With("retryAfter", wait)
}

// TryCode counts a guess and gives the hash to compare it with; nil when no guess may be compared any more.
func (db *DB) TryCode(ctx context.Context, email string) ([]byte, error) {
	hash, err := db.q().TryCode(ctx, query.TryCodeParams{Email: email, Most: account.CodeAttempts})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("try code: %w", classify(err))
	}
	return hash, nil
}

// RedeemCode uses up the code and gives the account of its address, which it makes, under newID, for somebody who signs up.
// It returns NotFound when another request was faster, and when the address has no account and nobody signs up.
func (tx *Tx) RedeemCode(ctx context.Context, email string, hash []byte, newID domain.ID) (account.User, error) {
	profile, err := tx.ConsumeCode(ctx, query.ConsumeCodeParams{Email: email, CodeHash: hash})
	if err != nil {
		return account.User{}, fmt.Errorf("consume code: %w", classify(err))
	}
	if profile != nil {
		var p signup
		if err := json.Unmarshal(profile, &p); err != nil {
			return account.User{}, fmt.Errorf("decode profile: %w", err)
		}
		err := tx.CreateUser(ctx, query.CreateUserParams{
			ID: newID, Email: email, FirstName: p.FirstName, LastName: p.LastName, Role: string(p.Role),
		})
		if err != nil {
			return account.User{}, fmt.Errorf("create account: %w", err)
		}
	}
	row, err := tx.LockUserByEmail(ctx, email)
	if err != nil {
		return account.User{}, fmt.Errorf("read account: %w", classify(err))
	}
	return toUser(row), nil
}

// User reads an account: NotFound.
func (db *DB) User(ctx context.Context, id domain.ID) (account.User, error) {
	row, err := db.q().UserByID(ctx, id)
	if err != nil {
		return account.User{}, missing("account", fmt.Errorf("read account: %w", err))
	}
	return toUser(row), nil
}

// ChangeUser locks an account, lets fn decide what becomes of it, and writes its name and phone: NotFound, or fn's errors.
func (db *DB) ChangeUser(ctx context.Context, id domain.ID, fn func(account.User) (account.User, error)) (account.User, error) {
	var user account.User
	err := db.InTx(ctx, func(tx *Tx) error {
		row, err := tx.LockUser(ctx, id)
		if err != nil {
			return missing("account", fmt.Errorf("lock account: %w", err))
		}
		if user, err = fn(toUser(row)); err != nil {
			return err
		}
		user.Version++
		return tx.SaveUser(ctx, query.SaveUserParams{
			ID: id, FirstName: user.FirstName, LastName: user.LastName, Phone: user.Phone,
		})
	})
	return user, err
}

// PurgeAccounts deletes what is of no use any more: codes and counts, refresh tokens, sessions, keys and invitations that
// ended; at most so many of each.
// It says how many there were.
func (db *DB) PurgeAccounts(ctx context.Context, most int) (int64, error) {
	codes, err := db.q().PurgeCodes(ctx, query.PurgeCodesParams{Most: most, WindowSeconds: account.CodeWindow.Seconds()})
	if err != nil {
		return 0, fmt.Errorf("purge codes: %w", classify(err))
	}
	tokens, err := db.q().PurgeRefreshTokens(ctx, most)
	if err != nil {
		return codes, fmt.Errorf("purge refresh tokens: %w", classify(err))
	}
	sessions, err := db.q().PurgeSessions(ctx, most)
	if err != nil {
		return codes + tokens, fmt.Errorf("purge sessions: %w", classify(err))
	}
	if err := db.q().PurgeSignInCounts(ctx); err != nil {
		return 0, fmt.Errorf("purge counts: %w", classify(err))
	}
	if err := db.q().PurgeSigningKeys(ctx); err != nil {
		return 0, fmt.Errorf("purge signing keys: %w", classify(err))
	}
	invitations, err := db.q().PurgeInvitations(ctx, most)
	if err != nil {
		return codes + tokens + sessions, fmt.Errorf("purge invitations: %w", classify(err))
	}
	staff, err := db.q().PurgeStaffInvitations(ctx, most)
	if err != nil {
		return codes + tokens + sessions + invitations, fmt.Errorf("purge staff's invitations: %w", classify(err))
	}
	return codes + tokens + sessions + invitations + staff, nil
}

func toUser(r query.User) account.User {
	return account.User{
		ID: r.ID, Email: r.Email, FirstName: r.FirstName, LastName: r.LastName, Phone: r.Phone,
		Picture: textOr(r.Picture), Role: domain.Role(r.Role), Status: account.Status(r.Status), Version: r.Version, CreatedAt: r.CreatedAt,
		StatusReason: r.StatusReason,
		Permissions:  domain.Permissions(r.Permissions), //nolint:gosec // a small set, checked by the table
		RefundLimit:  domain.Money{Amount: r.RefundLimit, Currency: domain.Currency(r.RefundCurrency)},
	}
}
