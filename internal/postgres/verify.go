package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// MaxFaults bounds how many faults of a check are named.
const MaxFaults = 1000

// Verify says how the data are verified.
type Verify struct {
	Since time.Time     // only what was written from this time on; zero: everything
	Grace time.Duration // how long what is due may wait without being wrong
	Most  int           // faults of a check that are named, 1 to MaxFaults; all are counted
	Begin func(Check)   // told before each check; may be nil
}

// Check is one thing that is always true of the data, in a word and in a sentence.
type Check struct {
	Name  string
	Holds string
	look  look
}

// look finds where it is not so.
type look func(context.Context, *query.Queries, scope) ([]Fault, error)

// Fault is one place where a check does not hold.
type Fault struct {
	ID     string // of what is wrong; of published events, the place
	Detail string
	found  int64 // how many there are of the check
}

// Verdict is what came of a check.
type Verdict struct {
	Check
	Found  int     // how many faults there are
	Faults []Fault // the first of them
	Took   time.Duration
}

// scope is what the statements are given.
type scope struct {
	since   time.Time
	sinceID domain.ID // the least ID of that moment
	cut     bool      // something is left out
	due     time.Time
	most    int32
}

// Checks are all there are, in the order in which they are made.
var Checks = []Check{
	{"order.total", "an order's total is the sum of the lines of its quote", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyTotals(ctx, query.VerifyTotalsParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"order.parts", "an order has dishes, a payment, and a delivery unless it is collected", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyParts(ctx, query.VerifyPartsParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"order.delivery", "a delivery is where its order is", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyDeliveries(ctx, query.VerifyDeliveriesParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"order.payment", "a payment agrees with the state and the total of its order", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyPayments(ctx, query.VerifyPaymentsParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"payment.captured", "what a payment has captured is in the books", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyCaptures(ctx, query.VerifyCapturesParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"payment.refunded", "what an order's payments gave back is in the books", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyRefunds(ctx, query.VerifyRefundsParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"books.held", "nothing is held of an order that has ended, and what was handed over is settled", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyHeld(ctx, query.VerifyHeldParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"invoices.orders", "what was handed over has an invoice of its total, and nothing else has one", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyInvoices(ctx, query.VerifyInvoicesParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"invoices.credits", "what was given back after a handover has a credit note of its amount", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyCredits(ctx, query.VerifyCreditsParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"invoices.numbers", "the numbers of a vendor's invoices and credit notes of a year are 1 to n", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyNumbers(ctx, s.most))
	}},
	{"books.transfers", "a transfer sums to zero, in one currency, on accounts that exist", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyTransfers(ctx, query.VerifyTransfersParams{Since: s.since, Most: s.most}))
	}},
	{"books.balances", "a balance that is kept is the sum of its entries", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyBalances(ctx, query.VerifyBalancesParams{Since: s.since, Most: s.most}))
	}},
	{"books.payouts", "a payout is the sum of its entries, and from its export on in the books", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyPayouts(ctx, query.VerifyPayoutsParams{SinceID: s.sinceID, Most: s.most}))
	}},
	{"promotions.used", "a promotion was used as often as orders have used it and not given it back", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyPromotions(ctx, s.most))
	}},
	{"events.versions", "versions follow each other, up to the one of what they are about", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyVersions(ctx, query.VerifyVersionsParams{SinceID: s.sinceID, Since: s.since, Cut: s.cut, Most: s.most}))
	}},
	{"events.published", "the published order has no hole", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyPublished(ctx, query.VerifyPublishedParams{Since: s.since, Cut: s.cut, Most: s.most}))
	}},
	{"deadlines", "nothing is overdue", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyDeadlines(ctx, query.VerifyDeadlinesParams{Due: s.due, Most: s.most}))
	}},
	{"counts", "no stock is below zero, and a kitchen's places are those of its orders", func(ctx context.Context, q *query.Queries, s scope) ([]Fault, error) {
		return faults(q.VerifyCounts(ctx, s.most))
	}},
}

// Verify makes all checks on one moment of the data, which nothing that is written meanwhile changes, and gives a verdict of
// each. Deadlines, balances, counts, promotions and numbers are always verified whole.
// Errors: Invalid for bounds; Unavailable.
func (db *DB) Verify(ctx context.Context, v Verify) ([]Verdict, error) {
	if v.Most < 1 || v.Most > MaxFaults {
		return nil, domain.Invalidf("most", "range", "must be from 1 to %d", MaxFaults)
	}
	if v.Grace < 0 {
		return nil, domain.Invalidf("grace", "range", "must not be below zero")
	}
	verdicts := make([]Verdict, 0, len(Checks))
	err := db.Snapshot(ctx, func(tx *Tx) error {
		s, err := tx.scope(ctx, v)
		if err != nil {
			return err
		}
		for _, c := range Checks {
			if v.Begin != nil {
				v.Begin(c)
			}
			verdict, err := c.judge(ctx, tx.Queries, s)
			if err != nil {
				return err
			}
			verdicts = append(verdicts, verdict)
		}
		return nil
	})
	return verdicts, err
}

// scope begins the snapshot, with memory for sums of millions.
func (tx *Tx) scope(ctx context.Context, v Verify) (scope, error) {
	since := v.Since.Truncate(time.Millisecond)                           // as IDs are, so that what is cut off by either is the same
	s := scope{since: since, cut: !v.Since.IsZero(), most: int32(v.Most)} //nolint:gosec // at most MaxFaults
	if _, err := tx.tx.Exec(ctx, "SET LOCAL work_mem = '64MB'"); err != nil {
		return s, fmt.Errorf("begin to verify: %w", err)
	}
	now, err := tx.Moment(ctx)
	if err != nil {
		return s, fmt.Errorf("begin to verify: %w", err)
	}
	s.due = now.Add(-v.Grace)
	if s.cut {
		s.sinceID = leastID(since)
	}
	return s, nil
}

func (c Check) judge(ctx context.Context, q *query.Queries, s scope) (Verdict, error) {
	began := time.Now()
	found, err := c.look(ctx, q, s)
	if err != nil {
		return Verdict{}, fmt.Errorf("verify %s: %w", c.Name, err)
	}
	verdict := Verdict{Check: c, Faults: found, Took: time.Since(began)}
	if len(found) > 0 {
		verdict.Found = int(found[0].found)
	}
	return verdict, nil
}

// faults are the rows of any of the statements.
func faults[R ~struct {
	ID     string
	Detail string
	Found  int64
}](rows []R, err error) ([]Fault, error) {
	out := make([]Fault, len(rows))
	for i, r := range rows {
		row := struct {
			ID     string
			Detail string
			Found  int64
		}(r)
		out[i] = Fault{row.ID, row.Detail, row.Found}
	}
	return out, err
}

// leastID is the least UUIDv7 of a moment: 48 bits of milliseconds, and nothing.
func leastID(t time.Time) (least domain.ID) {
	binary.BigEndian.PutUint64(least[:], uint64(max(0, t.UnixMilli()))<<16)
	return least
}
