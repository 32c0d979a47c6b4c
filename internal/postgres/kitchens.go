package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// StatedBy is what a vendor says at a moment of how long it cooks.
func StatedBy(v vendor.Vendor, now time.Time) eta.Stated {
	return eta.Stated{Minutes: v.PrepMinutes, Busy: v.PrepAt(now) - v.PrepMinutes}
}

// toKitchen reads what is known of a kitchen, as far as it was asked for; nothing where it was not learned.
func toKitchen(cooking, margin, usual, load []int, answer, late *int) eta.Kitchen {
	k := eta.Kitchen{Answer: orZero(answer), Late: orZero(late)}
	copy(k.Cooking[:], cooking)
	copy(k.Margin[:], margin)
	copy(k.Usual[:], usual)
	copy(k.Load[:], load)
	return k
}

// KitchenToLearn is a vendor whose kitchen is to be learned anew.
type KitchenToLearn struct {
	VendorID domain.ID
	City     string
	Cuisines []string
	Place    *time.Location
	Stated   eta.Stated
	History  []eta.Cooked
}

// KitchensToLearn gives at most so many of those that were learned longest ago, and not within a time, with what they made ready since a
// moment, and says whether there may be more. Nobody else is given them before that time is over.
func (db *DB) KitchensToLearn(ctx context.Context, most int, every time.Duration, since time.Time) (due []KitchenToLearn, more bool, err error) {
	rows, err := db.q().KitchensToLearn(ctx, query.KitchensToLearnParams{EverySeconds: every.Seconds(), Most: int32(most)}) //nolint:gosec // a small constant
	if err != nil {
		return nil, false, classify(err)
	}
	if more = len(rows) == most; !more { // only then are all vendors looked through for new ones
		opened, err := db.q().OpenKitchens(ctx, 1000)
		if err != nil {
			return nil, false, fmt.Errorf("open kitchens: %w", classify(err))
		}
		more = opened > 0
	}
	due, err = db.withHistory(ctx, rows, since)
	return due, more, err
}

// withHistory adds to kitchens what they made ready since a moment.
func (db *DB) withHistory(ctx context.Context, rows []query.KitchensToLearnRow, since time.Time) ([]KitchenToLearn, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	out, at := make([]KitchenToLearn, len(rows)), map[domain.ID]*KitchenToLearn{}
	ids := make([]domain.ID, len(rows))
	for i, r := range rows {
		place, err := placeNamed(r.Timezone)
		if err != nil {
			return nil, fmt.Errorf("vendor %s: %w", r.ID, err)
		}
		out[i] = KitchenToLearn{VendorID: r.ID, City: r.City, Cuisines: r.Cuisines, Place: place, Stated: eta.Stated{Minutes: r.PrepMinutes}}
		ids[i], at[r.ID] = r.ID, &out[i]
	}
	cooked, err := db.q().OrdersCooked(ctx, query.OrdersCookedParams{VendorIds: ids, Since: since, Most: eta.History})
	if err != nil {
		return nil, fmt.Errorf("read what was cooked: %w", classify(err))
	}
	for _, c := range cooked {
		k := at[c.VendorID]
		k.History = append(k.History, eta.Cooked{
			AskedAt: orZero(c.AskedAt), AcceptedAt: *c.AcceptedAt, ReadyBy: *c.ReadyBy, ReadyAt: *c.ReadyAt, Planned: c.Planned,
		})
	}
	return out, nil
}

// Learned is what came of a kitchen that was to be learned.
type Learned struct {
	VendorID domain.ID
	eta.Kitchen
	Own    eta.Record // of its orders alone
	Orders int        // of which it is known how long their cooking took
}

// SaveKitchens keeps what was learned.
func (db *DB) SaveKitchens(ctx context.Context, all []Learned) error {
	params := make([]query.SaveKitchenParams, len(all))
	for i, l := range all {
		params[i] = query.SaveKitchenParams{
			VendorID: l.VendorID, Cooking: l.Cooking[:], Margin: l.Margin[:], Usual: l.Usual[:], Load: l.Load[:], Answer: l.Answer, Late: l.Late,
			Orders: l.Orders, Own: fromPast(l.Own),
		}
	}
	var failed error
	q := db.q().SaveKitchen(ctx, params)
	q.Exec(func(_ int, err error) { failed = firstOf(failed, err) })
	if failed != nil {
		return fmt.Errorf("save kitchens: %w", classify(failed))
	}
	return nil
}

// Kind is whom vendors are alike: those of a cuisine in a city; without a city, of a cuisine; without both, all. In lower case.
type Kind struct{ City, Cuisine string }

// KitchensAlike gives what vendors take on average that have so many orders at least, by kind.
func (db *DB) KitchensAlike(ctx context.Context, least int) (map[Kind]eta.Group, error) {
	rows, err := db.q().KitchensAlike(ctx, least)
	if err != nil {
		return nil, fmt.Errorf("compare kitchens: %w", classify(err))
	}
	out := make(map[Kind]eta.Group, len(rows))
	for _, r := range rows {
		out[Kind{r.City, r.Cuisine}] = eta.Group{Vendors: r.Vendors, Mean: toPast(r.Mean)}
	}
	return out, nil
}

func fromPast(r eta.Record) []int {
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	return []int{
		seconds(r.Cooking.Typical), seconds(r.Cooking.Cautious), seconds(r.Answer.Typical), seconds(r.Answer.Cautious),
		seconds(r.Late.Typical), seconds(r.Late.Cautious),
	}
}

func toPast(seconds []int) eta.Record {
	spread := func(at int) eta.Spread {
		return eta.Spread{Typical: time.Duration(seconds[at]) * time.Second, Cautious: time.Duration(seconds[at+1]) * time.Second}
	}
	return eta.Record{Cooking: spread(0), Answer: spread(2), Late: spread(4)}
}
