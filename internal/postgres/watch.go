package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// StaleCarts locks and gives open carts that are to be compared with what their vendors offer now, at most limit of them: those
// whose vendor has changed since, and those whose time to watch has come. None that somebody else holds.
func (tx *Tx) StaleCarts(ctx context.Context, limit int) ([]Cart, error) {
	rows, err := tx.Queries.StaleCarts(ctx, int32(limit)) //nolint:gosec // a batch
	if err != nil {
		return nil, fmt.Errorf("find stale carts: %w", err)
	}
	out := make([]Cart, len(rows))
	for i, r := range rows {
		if out[i], err = toCart(r.Cart); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Offerings is Offering for many carts, in the same order, with one look at each vendor, another at it for each coupon,
// and one at all addresses. Only what problems depend on is each customer's own: a coupon is, promotions without a code are not.
func (tx *Tx) Offerings(ctx context.Context, carts []Cart) ([]Offering, error) {
	addresses, err := tx.addressesOf(ctx, carts)
	if err != nil {
		return nil, err
	}
	of := map[watchKey][]Cart{}
	for _, c := range carts {
		of[watchKeyOf(c)] = append(of[watchKeyOf(c)], c)
	}
	offers := map[watchKey]Offering{}
	for key, theirs := range of {
		if offers[key], err = offering(ctx, tx.tx, theirs[0], dishIDs(theirs...)); err != nil {
			return nil, err
		}
	}
	out := make([]Offering, len(carts))
	for i, c := range carts {
		out[i] = offers[watchKeyOf(c)]
		out[i].Address = addresses[addressKey{c.CustomerID, c.AddressID}]
	}
	return out, nil
}

// watchKey is what carts have in common that are offered the same; the customer is Nil for those without a coupon.
type watchKey struct{ vendorID, customerID domain.ID }

func watchKeyOf(c Cart) watchKey {
	if c.CouponCode == "" {
		return watchKey{vendorID: c.VendorID}
	}
	return watchKey{c.VendorID, c.CustomerID}
}

type addressKey struct{ customerID, addressID domain.ID }

func (tx *Tx) addressesOf(ctx context.Context, carts []Cart) (map[addressKey]*order.Address, error) {
	var ids []domain.ID
	for _, c := range carts {
		if !c.AddressID.IsNil() {
			ids = append(ids, c.AddressID)
		}
	}
	rows, err := tx.AddressesByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read addresses of carts: %w", err)
	}
	out := make(map[addressKey]*order.Address, len(rows))
	for _, r := range rows {
		out[addressKey{r.Address.UserID, r.Address.ID}] = addressCopy(r.Address, r.FirstName, r.Phone)
	}
	return out, nil
}

// TellCart appends an event about a held cart, for its customer.
func (tx *Tx) TellCart(ctx context.Context, c *Cart, event domain.Event) (err error) {
	c.Events, err = tx.Append(ctx, domain.Record{
		Subject: domain.SubjectCart, SubjectID: c.ID, Version: c.Events, ActorRole: domain.RoleSystem, CustomerID: c.CustomerID,
	}, event)
	return err
}

// SaveWatches writes what held carts were compared with, and what their customers were told.
func (tx *Tx) SaveWatches(ctx context.Context, carts []Cart) error {
	var p query.SaveWatchesParams
	for _, c := range carts {
		at := c.WatchAt
		if at.IsZero() {
			at = time.Unix(0, 0)
		}
		p.CustomerIds, p.Told, p.Events = append(p.CustomerIds, c.CustomerID), append(p.Told, c.Told), append(p.Events, c.Events)
		p.VendorVersions, p.WatchAt = append(p.VendorVersions, c.VendorVersion), append(p.WatchAt, at)
	}
	if err := tx.Queries.SaveWatches(ctx, p); err != nil {
		return fmt.Errorf("save watches: %w", err)
	}
	return nil
}

// SettleChecks forgets vendors whose open carts have all been compared with them, the second time that they have been.
func (db *DB) SettleChecks(ctx context.Context) error {
	if err := db.q().SettleChecks(ctx); err != nil {
		return fmt.Errorf("settle checks: %w", classify(err))
	}
	return nil
}

// DishesLike gives dishes of a vendor, also ones of the past, and apart from them what their categories offer now.
func (db *DB) DishesLike(ctx context.Context, o Offering, ids []domain.ID) (asked map[domain.ID]DishOnMenu, offered []DishOnMenu, err error) {
	return dishesLike(ctx, db.q(), o, ids)
}

// DishesLike is DB.DishesLike within a transaction.
func (tx *Tx) DishesLike(ctx context.Context, o Offering, ids []domain.ID) (asked map[domain.ID]DishOnMenu, offered []DishOnMenu, err error) {
	return dishesLike(ctx, tx.Queries, o, ids)
}

func dishesLike(
	ctx context.Context, q *query.Queries, o Offering, ids []domain.ID,
) (asked map[domain.ID]DishOnMenu, offered []DishOnMenu, err error) {
	rows, err := q.DishesLike(ctx, query.DishesLikeParams{VendorID: o.Vendor.ID, Ids: ids})
	if err != nil {
		return nil, nil, fmt.Errorf("read dishes of a category: %w", classify(err))
	}
	asked = map[domain.ID]DishOnMenu{}
	for _, r := range rows {
		dish, err := toDishOnMenu(r.Dish, r.Schedule, o.Vendor.Currency)
		if err != nil {
			return nil, nil, err
		}
		asked[dish.ID] = dish
		if !dish.Gone {
			offered = append(offered, dish)
		}
	}
	return asked, offered, nil
}
