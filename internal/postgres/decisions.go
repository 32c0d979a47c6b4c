package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/delivery/plan"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// SaveDecision writes why the delivery of a held order was offered, or given, to somebody, after the offer.
func (tx *Tx) SaveDecision(ctx context.Context, d delivery.Decision) error {
	stops, err := json.Marshal(d.Stops)
	if err != nil {
		return fmt.Errorf("encode stops: %w", err)
	}
	why, err := json.Marshal(d.Why)
	if err != nil {
		return fmt.Errorf("encode decision: %w", err)
	}
	return tx.write("save decision", func(tx *Tx) error {
		return tx.Queries.SaveDecision(ctx, query.SaveDecisionParams{
			DeliveryID: d.DeliveryID, At: d.At, Outcome: string(d.Outcome), CourierID: orNull(d.CourierID), LeaveAt: zeroNull(d.Leave),
			Orders: append([]domain.ID{}, d.Orders...), Stops: stops, Why: why,
		})
	})
}

// waitingJSON is a decision to wait as SaveWaiting reads it.
type waitingJSON struct {
	DeliveryID domain.ID  `json:"delivery_id"`
	Attempt    int        `json:"attempt"`
	Outcome    string     `json:"outcome"`
	CourierID  *domain.ID `json:"courier_id"`
	LeaveAt    *time.Time `json:"leave_at"`
	Why        *plan.Why  `json:"why"`
}

// SaveWaiting writes why deliveries wait, where that has changed or was written a minute ago.
func (db *DB) SaveWaiting(ctx context.Context, at time.Time, all []delivery.Decision) error {
	if len(all) == 0 {
		return nil
	}
	rows := make([]waitingJSON, len(all))
	for i, d := range all {
		rows[i] = waitingJSON{d.DeliveryID, d.Attempt, string(d.Outcome), orNull(d.CourierID), zeroNull(d.Leave), d.Why}
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode decisions: %w", err)
	}
	if err := db.q().SaveWaiting(ctx, query.SaveWaitingParams{At: at, Waiting: text}); err != nil {
		return fmt.Errorf("save decisions: %w", classify(err))
	}
	return nil
}

// Decided is a decision, with what became of its offer.
type Decided struct {
	delivery.Decision
	Answer       string // of the courier: "open", "accepted", "declined", "expired", "withdrawn", "taken_away"; "": there was no offer
	AnswerReason string
}

// Decisions gives why a delivery was offered to whom, newest first.
func (db *DB) Decisions(ctx context.Context, deliveryID domain.ID, most int) ([]Decided, error) {
	rows, err := db.q().DecisionsOf(ctx, query.DecisionsOfParams{DeliveryID: deliveryID, Most: int32(most)}) //nolint:gosec // a small constant
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", classify(err))
	}
	out := make([]Decided, len(rows))
	for i, r := range rows {
		x := r.DispatchDecision
		d := delivery.Decision{
			DeliveryID: x.DeliveryID, Attempt: x.Attempt, At: x.At, Outcome: delivery.Outcome(x.Outcome), CourierID: orNil(x.CourierID), Leave: orZero(x.LeaveAt), Orders: x.Orders,
		}
		if err := unlessNull(x.Stops, &d.Stops); err != nil {
			return nil, err
		}
		if err := unlessNull(x.Why, &d.Why); err != nil {
			return nil, err
		}
		out[i] = Decided{d, r.Answer, r.AnswerReason}
	}
	return out, nil
}

func unlessNull(text []byte, into any) error {
	if text == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read decision: %w", err)
	}
	return nil
}

// CourierName is who a courier is, in short.
type CourierName struct{ Name, Vehicle string }

// CourierNames gives those of couriers.
func (db *DB) CourierNames(ctx context.Context, couriers []domain.ID) (map[domain.ID]CourierName, error) {
	rows, err := db.q().CourierNames(ctx, couriers)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", classify(err))
	}
	out := make(map[domain.ID]CourierName, len(rows))
	for _, r := range rows {
		out[r.UserID] = CourierName{r.Name, r.Vehicle}
	}
	return out, nil
}

// keepDecisions is how long.
const keepDecisions = 30 * 24 * time.Hour

// ForgetDecisions deletes some that are old, and says whether there may be more.
func (db *DB) ForgetDecisions(ctx context.Context) (bool, error) {
	const most = 5000
	n, err := db.q().ForgetDecisions(ctx, query.ForgetDecisionsParams{Seconds: keepDecisions.Seconds(), Most: most})
	if err != nil {
		return false, fmt.Errorf("forget decisions: %w", classify(err))
	}
	return n == most, nil
}
