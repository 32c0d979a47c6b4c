package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// MaxPage bounds how many events are numbered or read at once.
const MaxPage = 1000

// FeedState is what a relay sees in one look.
type FeedState struct {
	Epoch   string
	Last    int64 // the highest pub_seq given
	Waiting bool  // whether events wait for one
}

// FeedState looks at the published order without a lock.
func (db *DB) FeedState(ctx context.Context) (FeedState, error) {
	row, err := db.q().RelayState(ctx)
	if err != nil {
		return FeedState{}, fmt.Errorf("read relay: %w", classify(err))
	}
	return FeedState(row), nil
}

// FeedPosition gives the epoch and the highest seq published in it.
func (db *DB) FeedPosition(ctx context.Context) (epoch string, last int64, err error) {
	row, err := db.q().FeedPosition(ctx)
	if err != nil {
		return "", 0, fmt.Errorf("read feed position: %w", classify(err))
	}
	return row.Epoch, row.Last, nil
}

// FeedPosition gives the position that belongs to what the transaction sees: whoever goes on from it misses nothing, and may
// meet again an event whose effect it has seen, if that was not yet published.
func (tx *Tx) FeedPosition(ctx context.Context) (epoch string, last int64, err error) {
	row, err := tx.Queries.FeedPosition(ctx)
	return row.Epoch, row.Last, err
}

// Publish gives the waiting events their places, at most MaxPage of them, and tells how many there were. Any number of
// relays may call it at once: the lock of one row orders them, and the numbering is a statement of its own, because only a
// statement that begins after the lock was granted sees every number given before.
func (db *DB) Publish(ctx context.Context) (state FeedState, numbered int, err error) {
	err = db.InTx(ctx, func(tx *Tx) error {
		// A relay that stops in here must not hold up the others for long.
		if _, err := tx.tx.Exec(ctx, "SET LOCAL idle_in_transaction_session_timeout = '2s'"); err != nil {
			return err
		}
		before, err := tx.LockRelay(ctx)
		if err != nil {
			return err
		}
		last, err := tx.NumberEvents(ctx)
		if err != nil {
			return err
		}
		numbered = int(last - before.Last)
		state = FeedState{Epoch: before.Epoch, Last: last, Waiting: numbered == MaxPage}
		return nil
	})
	if err != nil {
		return FeedState{}, 0, fmt.Errorf("number events: %w", err)
	}
	return state, numbered, nil
}

// EndEpoch names a new epoch, unless somebody else has ended the current one already.
func (db *DB) EndEpoch(ctx context.Context, current, next string) error {
	_, err := db.q().SetEpoch(ctx, query.SetEpochParams{Current: current, Next: next})
	if err != nil {
		return fmt.Errorf("end epoch: %w", classify(err))
	}
	return nil
}

// EventsSince gives published events above a seq, ascending and without holes, at most limit and MaxPage of them.
func (db *DB) EventsSince(ctx context.Context, since int64, limit int) ([]domain.Record, error) {
	rows, err := db.q().EventsSince(ctx, query.EventsSinceParams{Since: since, Most: int32(min(max(limit, 1), MaxPage))})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", classify(err))
	}
	return toRecords(rows), nil
}

// Stretch is a part of the published order as somebody may see it: after Since, up to Until, and of these the events that
// every limit set here lets through.
type Stretch struct {
	Since, Until int64
	Order        domain.ID   // Nil: of anything
	Customer     domain.ID   // Nil: of any customer
	Courier      domain.ID   // Nil: of any courier
	Vendors      []domain.ID // nil: of any vendor; empty: of none
}

// EventsOf reads a stretch, ascending, at most MaxPage events of it.
func (db *DB) EventsOf(ctx context.Context, s Stretch) ([]domain.Record, error) {
	rows, err := db.q().EventsBetween(ctx, query.EventsBetweenParams{
		Since: s.Since, Until: s.Until, OrderID: orNull(s.Order), CustomerID: orNull(s.Customer), CourierID: orNull(s.Courier),
		VendorIds: s.Vendors, Most: MaxPage,
	})
	if err != nil {
		return nil, fmt.Errorf("read stretch of events: %w", classify(err))
	}
	return toRecords(rows), nil
}

// CountOf counts the events of a stretch.
func (db *DB) CountOf(ctx context.Context, s Stretch) (int, error) {
	n, err := db.q().CountBetween(ctx, query.CountBetweenParams{
		Since: s.Since, Until: s.Until, OrderID: orNull(s.Order), CustomerID: orNull(s.Customer), CourierID: orNull(s.Courier),
		VendorIds: s.Vendors,
	})
	if err != nil {
		return 0, fmt.Errorf("count stretch of events: %w", classify(err))
	}
	return int(n), nil
}

func toRecords(rows []query.Event) []domain.Record {
	out := make([]domain.Record, len(rows))
	for i, r := range rows {
		out[i] = toRecord(r)
	}
	return out
}

// RevokedSessions picks from session IDs those that were revoked, or are gone.
func (db *DB) RevokedSessions(ctx context.Context, ids []domain.ID) ([]domain.ID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	live, err := db.q().LiveSessions(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", classify(err))
	}
	known := make(map[domain.ID]bool, len(live))
	for _, id := range live {
		known[id] = true
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id domain.ID) bool { return known[id] }), nil
}
