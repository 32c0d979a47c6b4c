package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// TellWebhooks looks through what was published since the last time, at most MaxPage events, and writes down which endpoints are to be told
// of what, each once whatever crashes. It says how many deliveries that were, and whether there is more to look through.
func (db *DB) TellWebhooks(ctx context.Context, newID func() domain.ID) (made int, more bool, err error) {
	if behind, err := db.q().WebhookBehind(ctx); err != nil || !behind {
		return 0, false, classify(err)
	}
	err = db.InTx(ctx, func(tx *Tx) error {
		at, err := tx.LockWebhookCursor(ctx)
		if errors.Is(err, pgx.ErrNoRows) { // another process is at it
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock cursor: %w", err)
		}
		until := min(at.Last, at.Seq+MaxPage) // places are dense
		more = until < at.Last
		rows, err := tx.WebhookMatches(ctx, query.WebhookMatchesParams{Since: at.Seq, Until: until})
		if err != nil {
			return fmt.Errorf("match events: %w", err)
		}
		made = len(rows)
		return tx.write("tell webhooks", func(tx *Tx) error {
			if len(rows) > 0 {
				if err := tx.addDeliveries(ctx, rows, newID); err != nil {
					return err
				}
			}
			return tx.MoveWebhookCursor(ctx, until)
		})
	})
	if err != nil {
		return 0, false, fmt.Errorf("tell webhooks: %w", err)
	}
	return made, more, nil
}

func (tx *Tx) addDeliveries(ctx context.Context, rows []query.WebhookMatchesRow, newID func() domain.ID) error {
	p := query.InsertWebhookDeliveriesParams{GiveUpSeconds: webhook.GiveUpAfter.Seconds()}
	for _, r := range rows {
		p.Ids = append(p.Ids, newID())
		p.EndpointIds = append(p.EndpointIds, r.EndpointID)
		p.Seqs = append(p.Seqs, r.Seq)
		p.EventIds = append(p.EventIds, r.EventID)
		p.Types = append(p.Types, r.Type)
		p.SubjectIds = append(p.SubjectIds, r.SubjectID)
	}
	if err := tx.InsertWebhookDeliveries(ctx, p); err != nil {
		return err
	}
	return tx.WakeWebhooks(ctx, p.EndpointIds)
}

// WebhookTurn is an endpoint that a process has to itself for a while, with what is due for it.
type WebhookTurn struct {
	webhook.Endpoint
	Secrets  [][]byte     // one or two; none when they cannot be read
	Due      []WebhookDue // what somebody waits for, and then in the order in which it happened
	Moment   time.Time
	CaughtAt time.Time // by this process's clock: it is Moment then

	id domain.ID
}

// Now is the database's time.
func (t WebhookTurn) Now() time.Time { return t.Moment.Add(time.Since(t.CaughtAt)) }

// WebhookDue is a delivery whose time has come.
type WebhookDue struct {
	WebhookDelivery
	Subject domain.ID     // what is of one thing goes in order
	Event   domain.Record // zero for a sample
	Sample  string        // the body of one
	ByHand  bool          // somebody waits for it
}

// ClaimTurns gives at most so many turns, of endpoints that are known to answer quickly, or of the others: those that have waited longest
// first. Nobody else gets them for the lease, or before EndTurn.
func (db *DB) ClaimTurns(ctx context.Context, id domain.ID, slow bool, most int, lease time.Duration) ([]WebhookTurn, error) {
	rows, err := db.q().ClaimWebhooks(ctx, query.ClaimWebhooksParams{
		Turn: &id, Slow: slow, Most: int32(most), LeaseSeconds: lease.Seconds(), //nolint:gosec // a few
	})
	if err != nil {
		return nil, fmt.Errorf("claim webhooks: %w", classify(err))
	}
	out := make([]WebhookTurn, len(rows))
	for i, r := range rows {
		out[i] = WebhookTurn{Endpoint: toEndpoint(r.WebhookEndpoint), Moment: r.Moment, CaughtAt: time.Now(), id: id}
		if out[i].Secrets, err = db.secrets(ctx, r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// secrets opens those of an endpoint; none when that can never be done.
func (db *DB) secrets(ctx context.Context, r query.ClaimWebhooksRow) ([][]byte, error) {
	e := r.WebhookEndpoint
	about := secretSeal(e.ID)
	newest, err := open(ctx, db.q(), e.Key, e.Sealed, about)
	if errors.Is(err, errSeal) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open secret: %w", err)
	}
	if e.OldUntil == nil || !r.Moment.Before(*e.OldUntil) {
		return [][]byte{newest}, nil
	}
	before, err := open(ctx, db.q(), *e.OldKey, e.OldSealed, about)
	if errors.Is(err, errSeal) {
		return [][]byte{newest}, nil
	}
	return [][]byte{newest, before}, err
}

// ReadTurn reads what is due for an endpoint whose turn it is, at most so much.
func (db *DB) ReadTurn(ctx context.Context, t *WebhookTurn, most int) error {
	rows, err := db.q().TurnOfWebhook(ctx, query.TurnOfWebhookParams{EndpointID: t.ID, Most: int32(most)}) //nolint:gosec // a few
	if err != nil {
		return fmt.Errorf("read deliveries: %w", classify(err))
	}
	t.Due = make([]WebhookDue, len(rows))
	for i, r := range rows {
		d := WebhookDue{WebhookDelivery: toWebhookDelivery(r.WebhookDelivery, r.Version), Subject: r.WebhookDelivery.SubjectID}
		d.ByHand = d.byHand
		if d.Sample = d.sample; r.Version != nil {
			d.Event = domain.Record{
				Seq: d.Seq, Subject: domain.Subject(*r.Subject), SubjectID: d.Subject, Version: *r.Version, Type: d.Type, ActorRole: domain.Role(*r.ActorRole),
				VendorID: orNil(r.VendorID), CustomerID: orNil(r.CustomerID), CourierID: orNil(r.CourierID), City: *r.City, At: *r.At, Data: r.Data,
			}
		}
		t.Due[i] = d
	}
	slices.SortStableFunc(t.Due, func(a, b WebhookDue) int {
		if a.ByHand != b.ByHand {
			return map[bool]int{true: -1, false: 1}[a.ByHand]
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
	return nil
}

// WebhookAttempt is what came of sending something.
type WebhookAttempt struct {
	Status int
	Fault  webhook.Fault
	Answer string
	Took   time.Duration
	Final  bool          // there is no other attempt
	Wait   time.Duration // at least, before the next
}

// NoteAttempt writes down what came of sending something, and when it is sent again: by its schedule, with a lot from 0 to below 1.
func (db *DB) NoteAttempt(ctx context.Context, d WebhookDue, a WebhookAttempt, lot float64) (webhook.State, error) {
	state, pause := webhook.Delivered, time.Duration(0)
	if a.Fault != "" {
		again, ok := webhook.Pause(d.tries+1, lot)
		state, pause = webhook.Pending, max(again, a.Wait)
		if !ok || a.Final {
			state = webhook.Failed
		}
	}
	err := db.q().SaveAttempt(ctx, query.SaveAttemptParams{
		ID: d.ID, Attempts: d.Attempts, State: string(state), PauseSeconds: pause.Seconds(), Status: a.Status, Error: string(a.Fault),
		Answer: a.Answer, Millis: int(a.Took.Milliseconds()),
	})
	if err != nil {
		return state, fmt.Errorf("note attempt: %w", classify(err))
	}
	return state, nil
}

// EndTurn gives an endpoint back, with how it fares now, to be left alone for a rest. Arrived says whether anything has. A turn that has
// run out, and is somebody else's now, ends nothing.
func (db *DB) EndTurn(ctx context.Context, t WebhookTurn, h webhook.Health, arrived bool, rest time.Duration) error {
	return db.InTx(ctx, func(tx *Tx) error {
		_, err := tx.LockTurn(ctx, query.LockTurnParams{ID: t.ID, Turn: &t.id})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lock turn: %w", err)
		}
		err = tx.Queries.EndTurn(ctx, query.EndTurnParams{
			ID: t.ID, Failures: h.Failures, Anew: arrived, Succeeded: arrived, Slow: h.Slow, RestSeconds: rest.Seconds(), Begun: t.Moment,
		})
		if err != nil {
			return fmt.Errorf("end turn: %w", err)
		}
		return nil
	})
}

// GiveUpOn disables an endpoint because of how it fares, tells its vendor, and writes to whoever owns that. It does nothing for one that
// is disabled or gone.
func (db *DB) GiveUpOn(ctx context.Context, e webhook.Endpoint, cause webhook.Cause) (done bool, err error) {
	err = db.InTx(ctx, func(tx *Tx) error {
		done = false
		head, err := tx.LockVendorHead(ctx, e.VendorID)
		if err != nil {
			return missing("vendor", err)
		}
		now, err := tx.HoldWebhook(ctx, e.VendorID, e.ID)
		switch {
		case domain.KindOf(err) == domain.NotFound, err == nil && (now.Status != webhook.Enabled || now.Version != e.Version):
			return nil
		case err != nil:
			return err
		}
		if _, err := tx.SwitchWebhook(ctx, e.ID, cause); err != nil {
			return err
		}
		facts := map[string]any{"webhookId": e.ID.String(), "reason": string(cause)}
		if err := tx.tellOf(ctx, head, domain.System, domain.Event{Type: domain.EventWebhookDisabled, Data: facts}); err != nil {
			return err
		}
		entry := AuditEntry{Action: "webhook.disable", Subject: "vendor", SubjectID: e.VendorID, After: facts}
		if err := tx.Audit(ctx, domain.System, entry); err != nil {
			return err
		}
		done = true
		return tx.postWebhookDisabled(ctx, e, cause)
	})
	return done && err == nil, err
}

func (tx *Tx) postWebhookDisabled(ctx context.Context, e webhook.Endpoint, cause webhook.Cause) error {
	vendor, err := tx.NameOfVendor(ctx, e.VendorID)
	if err != nil {
		return fmt.Errorf("read vendor: %w", err)
	}
	owners, err := tx.BankOwners(ctx, e.VendorID)
	if err != nil {
		return fmt.Errorf("read owners: %w", err)
	}
	now, err := tx.Moment(ctx)
	if err != nil {
		return fmt.Errorf("read the time: %w", err)
	}
	for _, owner := range owners {
		err := tx.Post(ctx, letter.Letter{
			Kind: letter.WebhookDisabled, UserID: owner, Until: now.Add(letter.WebhookTTL),
			Data: map[string]string{letter.Vendor: vendor, letter.Host: webhook.Host(e.URL), letter.Reason: string(cause)},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ForgetWebhooks gives up on what was pending for too long, and throws away what was kept long enough, and what is of endpoints that are
// no more. It does some of it, and says how much.
func (db *DB) ForgetWebhooks(ctx context.Context) (int, error) {
	const most = 1000
	now, err := db.Now(ctx)
	if err != nil {
		return 0, err
	}
	sum := 0
	for _, step := range []func() (int64, error){
		func() (int64, error) { return db.q().GiveUpWebhooks(ctx, most) },
		func() (int64, error) {
			return db.q().ForgetWebhookDeliveries(ctx, query.ForgetWebhookDeliveriesParams{Before: bornAt(now.Add(-webhook.Kept)), Most: most})
		},
		func() (int64, error) { return db.q().EmptyDeletedWebhooks(ctx, most) },
		func() (int64, error) { return db.q().ForgetDeletedWebhooks(ctx) },
	} {
		n, err := step()
		if err != nil {
			return sum, fmt.Errorf("forget webhooks: %w", classify(err))
		}
		sum += int(n)
	}
	return sum, nil
}

// WebhookBacklog is what webhooks are behind with.
type WebhookBacklog struct {
	Due     int           // deliveries whose time has come, counted up to 10,000
	Oldest  time.Duration // for so long has one been, of endpoints that answer
	Failing int           // endpoints that do not
	Behind  int64         // events that were not looked through
}

// WebhookBacklog looks at it.
func (db *DB) WebhookBacklog(ctx context.Context) (WebhookBacklog, error) {
	row, err := db.q().WebhookBacklog(ctx, 10_000)
	if err != nil {
		return WebhookBacklog{}, fmt.Errorf("count webhooks: %w", classify(err))
	}
	return WebhookBacklog{row.Due, time.Duration(row.OldestSeconds * float64(time.Second)), row.Failing, row.Behind}, nil
}
