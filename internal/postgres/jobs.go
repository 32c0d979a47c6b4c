package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
)

// The queues. Codes have one of their own, because somebody sits and waits for them.
const (
	codeQueue   = "codes"
	letterQueue = "letters"
)

// letterArgs is a letter as its job keeps it. Who reads it and what it says is in the seal, or is looked up when it is sent.
type letterArgs struct {
	Letter  letter.Kind `json:"letter"`
	User    domain.ID   `json:"user"`
	Order   domain.ID   `json:"order"`
	Seconds float64     `json:"seconds"` // for so long since it was posted is it of use
	Key     string      `json:"key,omitempty"`
	Sealed  []byte      `json:"sealed,omitempty"`
}

// Kind implements river.JobArgs.
func (letterArgs) Kind() string { return "letter" }

// sealedPart is what of a letter only its sender may read.
type sealedPart struct {
	To     string            `json:"to,omitempty"`
	Secret string            `json:"secret,omitempty"`
	Data   map[string]string `json:"data,omitempty"`
}

// about ties a seal to its job, so that it cannot be moved to another one.
func (a letterArgs) about() []byte {
	return fmt.Appendf(nil, "%s %s %s", a.Letter, a.User, a.Order)
}

// quiet is River's driver without notifications: Postgres lets transactions that notify commit one after the other only,
// and neither orders nor a pooler in transaction mode should feel that. Workers look for jobs by themselves.
type quiet struct{ *riverpgxv5.Driver }

// SupportsListenNotify implements riverdriver.Driver.
func (quiet) SupportsListenNotify() bool { return false }

// SupportsListener implements riverdriver.Driver.
func (quiet) SupportsListener() bool { return false }

// atDatabaseTime has the database say when a job was posted: the clocks of two processes may differ.
type atDatabaseTime struct{ river.HookDefaults }

// InsertBegin implements rivertype.HookInsertBegin.
func (*atDatabaseTime) InsertBegin(_ context.Context, p *rivertype.JobInsertParams) error {
	p.CreatedAt, p.ScheduledAt = &time.Time{}, &time.Time{}
	return nil
}

// newPoster prepares what posts jobs.
func newPoster(pool *pgxpool.Pool) (*river.Client[pgx.Tx], error) {
	c, err := river.NewClient(quiet{riverpgxv5.New(pool)}, &river.Config{
		Logger: slog.New(slog.DiscardHandler), Hooks: []rivertype.Hook{&atDatabaseTime{}},
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the job queue: %w", err)
	}
	return c, nil
}

// Post queues a letter: it goes out once the transaction is committed, at least once, and never when it is not. It is sent
// with what is read next, or with the commit. Its errors are those of letter.Check.
func (tx *Tx) Post(ctx context.Context, l letter.Letter) error {
	if err := l.Check(); err != nil {
		return fmt.Errorf("post letter: %w", err)
	}
	args := letterArgs{Letter: l.Kind, User: l.UserID, Order: l.OrderID, Seconds: time.Until(l.Until).Seconds()}
	if private := (sealedPart{l.To, l.Secret, l.Data}); l.To != "" || len(l.Data) > 0 {
		text, err := json.Marshal(private) //nolint:gosec // G117: what is sealed next
		if err != nil {
			return fmt.Errorf("post letter: %w", err)
		}
		if args.Key, args.Sealed, err = tx.seal(ctx, text, args.about()); err != nil {
			return fmt.Errorf("seal letter: %w", err)
		}
	}
	queue := letterQueue
	if l.Kind == letter.Code {
		queue = codeQueue
	}
	post := func(to pgx.Tx) error {
		_, err := tx.db.poster.InsertTx(ctx, to, args, &river.InsertOpts{Queue: queue, MaxAttempts: l.Kind.Attempts()})
		return err
	}
	// Nobody needs what River reads: the job's number. The first time it asks what server this is, and must be told.
	var h heard
	if err := post(heardTx{heard: &h}); errors.Is(err, errHeard) && h.inserts() {
		tx.tx.later(&h, failed("post letter"))
		return nil
	}
	if err := post(tx.tx); err != nil {
		return fmt.Errorf("post letter: %w", err)
	}
	return nil
}
