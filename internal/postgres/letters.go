package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Posted is a letter as its sender needs it.
type Posted struct {
	letter.Letter        // To is the account's address where it names a reader; "" when there is no such account
	Name          string // the reader's first name, where known
	Preferences   letter.Preferences
	Expired       bool // by the database's clock
	Attempt       int  // which this is, from 1
	MaxAttempts   int
}

// Letter opens a letter that was posted, with what is known of its reader now. NotFound when its job is gone.
func (db *DB) Letter(ctx context.Context, job int64) (Posted, error) {
	row, err := db.poster.JobGet(ctx, job)
	if errors.Is(err, rivertype.ErrNotFound) {
		return Posted{}, domain.Missing("job")
	}
	if err != nil {
		return Posted{}, fmt.Errorf("read letter: %w", classify(err))
	}
	return db.posted(ctx, row)
}

// posted is Letter for a row that was read. errSeal when it can never be opened.
func (db *DB) posted(ctx context.Context, row *rivertype.JobRow) (Posted, error) {
	var args letterArgs
	if err := json.Unmarshal(row.EncodedArgs, &args); err != nil {
		return Posted{}, errSeal
	}
	p := Posted{
		Letter:  letter.Letter{Kind: args.Letter, UserID: args.User, OrderID: args.Order, Until: args.until(row.CreatedAt)},
		Attempt: row.Attempt, MaxAttempts: row.MaxAttempts, Preferences: letter.DefaultPreferences(),
	}
	if args.Sealed != nil {
		text, err := open(ctx, db.q(), args.Key, args.Sealed, args.about())
		if err != nil {
			return Posted{}, err
		}
		var private sealedPart
		if err := json.Unmarshal(text, &private); err != nil {
			return Posted{}, errSeal
		}
		p.To, p.Secret, p.Data = private.To, private.Secret, private.Data
	}
	reader, err := db.q().LetterReader(ctx, args.User)
	if err != nil {
		return Posted{}, fmt.Errorf("read letter's reader: %w", classify(err))
	}
	if !args.User.IsNil() {
		p.To, p.Name = orZero(reader.Email), orZero(reader.FirstName)
	}
	if reader.Orders != nil {
		p.Preferences = letter.Preferences{Orders: *reader.Orders, Changes: *reader.Changes, News: *reader.News}
	}
	p.Expired = !reader.ReadAt.Before(p.Until)
	return p, nil
}

// until is when the letter is of no use any more, by the clock that says when it was posted.
func (a letterArgs) until(posted time.Time) time.Time {
	return posted.Add(time.Duration(a.Seconds * float64(time.Second)))
}

// MailPreferences gives which mail somebody wants.
func (db *DB) MailPreferences(ctx context.Context, user domain.ID) (letter.Preferences, error) {
	row, err := db.q().MailPreferences(ctx, user)
	if errors.Is(err, pgx.ErrNoRows) {
		return letter.DefaultPreferences(), nil
	}
	if err != nil {
		return letter.Preferences{}, fmt.Errorf("read mail preferences: %w", classify(err))
	}
	return letter.Preferences(row), nil
}

// SetMailPreferences says which mail somebody wants from now on.
func (db *DB) SetMailPreferences(ctx context.Context, user domain.ID, p letter.Preferences) error {
	err := db.q().SaveMailPreferences(ctx, query.SaveMailPreferencesParams{UserID: user, Orders: p.Orders, Changes: p.Changes, News: p.News})
	if err != nil {
		return fmt.Errorf("save mail preferences: %w", classify(err))
	}
	return nil
}
