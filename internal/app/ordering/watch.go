package ordering

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Bounds of the watch over open carts.
const (
	watchBatch = 100             // carts compared in one transaction
	watchFor   = 3 * time.Hour   // after its customer last looked at it, to the hour before
	watchStock = 6 * time.Second // after its customer last looked at it, if it has counted dishes; more than a statement may take
	maxTold    = 20              // problems that one event names
)

// CheckCarts compares open carts with what their vendors offer now, a hundred at most, and tells the customers whose problems are
// others than those they know of. It says whether there may be more.
//
// What a customer knows is kept with the cart as a digest, and replaced in the transaction that tells them more. So however
// many instances run it, and whenever one dies, each change is told once a cart, and changes that come together are told
// together; one that is undone in time is not told at all.
func (s *Service) CheckCarts(ctx context.Context) (more bool, err error) {
	told := false
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		told = false
		carts, err := tx.StaleCarts(ctx, watchBatch)
		if more = len(carts) == watchBatch; err != nil || len(carts) == 0 {
			return err
		}
		offers, err := tx.Offerings(ctx, carts)
		if err != nil {
			return err
		}
		quotes := make([]Quoted, len(carts))
		toTell := map[domain.ID][]*Quoted{} // by vendor
		for i, cart := range carts {
			q := &quotes[i]
			*q = quote(cart, offers[i])
			q.note(cart.QuotedAt)
			if q.Told != cart.Told && !q.WatchAt.IsZero() {
				told = true
				toTell[q.VendorID] = append(toTell[q.VendorID], q)
			}
		}
		for _, list := range toTell {
			if err := tell(ctx, tx, list); err != nil {
				return err
			}
		}
		for i, q := range quotes {
			carts[i] = q.Cart
		}
		return tx.SaveWatches(ctx, carts)
	})
	if told && err == nil {
		s.wake()
	}
	if more || err != nil {
		return more, err
	}
	return false, s.db.SettleChecks(ctx)
}

// tell tells the customers of carts of one vendor what stands against them. What may stand in for dishes is read once for all.
func tell(ctx context.Context, tx *postgres.Tx, list []*Quoted) error {
	missing := map[domain.ID]bool{}
	for _, q := range list {
		for id := range q.missing() {
			missing[id] = true
		}
	}
	if len(missing) > 0 {
		asked, offered, err := tx.DishesLike(ctx, list[0].offer, slices.Collect(maps.Keys(missing)))
		if err != nil {
			return err
		}
		for _, q := range list {
			q.substituted(asked, offered)
		}
	}
	for _, q := range list {
		if err := tx.TellCart(ctx, &q.Cart, q.changed()); err != nil {
			return err
		}
	}
	return nil
}

// note writes down with the cart what its customer knows once they have seen the quote, and when it is to be looked at again.
func (q *Quoted) note(touched time.Time) {
	q.Told, q.VendorVersion, q.WatchAt = digest(q.Problems), q.offer.Vendor.Version, q.watchAt(touched)
}

// watchAt is when the cart may have other problems by the mere passing of time, or has been left for so long that nobody
// waits to hear of them; zero once that is so.
func (q *Quoted) watchAt(touched time.Time) time.Time {
	now, v := q.offer.Now, q.offer.Vendor
	next := touched.UTC().Truncate(time.Hour).Add(watchFor) // whole hours: the index changes seldom
	if !next.After(now) {
		return time.Time{}
	}
	sooner := func(t time.Time) {
		if t.After(now) && t.Before(next) {
			next = t
		}
	}
	sooner(v.ClockAt(now).Until)
	sooner(q.plan.FreeAt)
	for _, c := range q.Choices {
		if dish, ok := q.offer.Dishes[c.DishID]; ok {
			if dish.Stock != nil { // an order that took of it while this was on its way did not see the cart
				sooner(touched.Add(watchStock))
			}
			sooner(menu.NextChange([]menu.Category{{Schedule: dish.Schedule, Dishes: []menu.Dish{dish.Dish}}}, now, v.Place))
		}
	}
	return next
}

// digest is the same for the same problems, whatever their order and words; "" for none.
func digest(problems []Problem) string {
	if len(problems) == 0 {
		return ""
	}
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = fmt.Sprintf("%s %s %d", p.Code, p.DishID, p.Now.Amount)
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:16])
}

// changed is the event that tells a cart's customer what now stands against it. The words are in the cart itself, and
// what substitutes are called.
func (q *Quoted) changed() domain.Event {
	problems := make([]map[string]any, 0, min(len(q.Problems), maxTold))
	for _, p := range q.Problems[:min(len(q.Problems), maxTold)] {
		about := map[string]any{"code": p.Code}
		if !p.DishID.IsNil() {
			about["dishId"] = p.DishID
		}
		if p.Code == PriceChanged {
			about["was"], about["now"] = amount(p.Was), amount(p.Now)
		}
		if len(p.Substitutes) > 0 {
			ids := make([]domain.ID, len(p.Substitutes))
			for i, d := range p.Substitutes {
				ids[i] = d.ID
			}
			about["substitutes"] = ids
		}
		problems = append(problems, about)
	}
	return domain.Event{Type: "cart.changed", Data: map[string]any{
		"vendorId": q.VendorID, "cartVersion": q.Version, "problems": problems, "more": len(q.Problems) > maxTold,
	}}
}

// amount is money as events carry it.
func amount(m domain.Money) map[string]any {
	return map[string]any{"amount": m.Amount, "currency": string(m.Currency)}
}
