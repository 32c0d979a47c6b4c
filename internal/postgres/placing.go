package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// NewOrder is an order to write for the first time.
type NewOrder struct {
	order.Order
	Number        string
	CustomerID    domain.ID
	Vendor        vendor.Profile
	Items         []order.Item
	Quote         pricing.Quote
	Address       *order.Address // nil for pickup
	Note          string
	PIN           string
	MinAge        int // whom it may be handed to; 0: anybody
	PlacedAt      time.Time
	DispatchAt    time.Time          // when a courier is looked for; zero: not before the vendor accepts
	Commission    domain.Money       // what the marketplace keeps
	CommissionBps domain.BasisPoints // the rule's rate that it is by
	PaymentID     domain.ID
	PaymentMethod payment.Method
	Provider      string    // the gateway of a card; "" for the others
	DeliveryID    domain.ID // Nil for pickup
}

// Place writes a new order with its items, quote, payment, delivery and events, and empties the cart it came from. The first
// event is its customer's doing, the others are the system's. It goes out with what is read next.
func (tx *Tx) Place(ctx context.Context, n NewOrder, by domain.Actor, placed domain.Event, then ...domain.Event) error {
	return tx.write("write order", func(tx *Tx) error { return tx.place(ctx, n, by, placed, then...) })
}

func (tx *Tx) place(ctx context.Context, n NewOrder, by domain.Actor, placed domain.Event, then ...domain.Event) error {
	address, err := fromAddressCopy(n.Address)
	if err != nil {
		return fmt.Errorf("encode address: %w", err)
	}
	n.Rewatch(n.PlacedAt)
	deadline, verb, timers := fromTimers(n.Timers)
	err = tx.InsertOrder(ctx, query.InsertOrderParams{
		ID: n.ID, Number: n.Number, State: string(n.State), Version: 1 + len(then), CustomerID: n.CustomerID, VendorID: n.Vendor.ID, City: n.Vendor.City,
		Fulfilment: string(n.Fulfilment), Currency: string(n.Quote.Total.Currency), Total: n.Quote.Total.Amount, Address: address, Note: n.Note,
		DeliveryPin: n.PIN, OrderCode: n.OrderCode, MinAge: n.MinAge, AcceptSeconds: n.Vendor.AcceptSeconds,
		PlacedAt: n.PlacedAt, PromisedAt: n.PromisedAt, DeadlineAt: deadline, DeadlineVerb: verb, Timers: timers,
		PrepMinutes: zeroNull(n.PrepMinutes), ReadyBy: zeroNull(n.ReadyBy), SlotAt: zeroNull(n.SlotAt),
		Tip: n.Tip.Amount, ScheduledFor: zeroNull(n.ScheduledFor), ReleaseAt: zeroNull(n.ReleaseAt), AcceptedAt: zeroNull(n.AcceptedAt), Policy: n.Policy,
		CommissionBps: int(n.CommissionBps), Commission: n.Commission.Amount, AskedAt: zeroNull(n.AskedAt),
		EstimatedAt: zeroNull(n.Estimated.Now), EstimatedPlaced: zeroNull(n.Estimated.Placed), EstimatedAccepted: zeroNull(n.Estimated.Accepted),
		SlaAt: zeroNull(n.Watched.At),
	})
	if err != nil {
		return fmt.Errorf("insert order: %w", err)
	}
	if err := tx.insertParts(ctx, n); err != nil {
		return err
	}
	if !n.DeliveryID.IsNil() {
		err = tx.InsertDelivery(ctx, query.InsertDeliveryParams{
			ID: n.DeliveryID, OrderID: n.ID, VendorID: n.Vendor.ID, PickupLat: n.Vendor.Location.Lat, PickupLng: n.Vendor.Location.Lng,
			DropoffLat: n.Address.Location.Lat, DropoffLng: n.Address.Location.Lng, DispatchAt: zeroNull(n.DispatchAt),
		})
		if err != nil {
			return fmt.Errorf("insert delivery: %w", err)
		}
	}
	head := domain.Record{
		Subject: domain.SubjectOrder, SubjectID: n.ID, ActorRole: by.Role, ActorID: by.ID,
		VendorID: n.Vendor.ID, CustomerID: n.CustomerID, City: n.Vendor.City,
	}
	if head.Version, err = tx.Append(ctx, head, placed); err != nil {
		return err
	}
	head.ActorRole, head.ActorID = domain.RoleSystem, domain.Nil
	if _, err = tx.Append(ctx, head, then...); err != nil {
		return err
	}
	if err := tx.DeleteCart(ctx, n.CustomerID); err != nil {
		return fmt.Errorf("empty cart: %w", err)
	}
	return nil
}

func (tx *Tx) insertParts(ctx context.Context, n NewOrder) error {
	items := query.InsertOrderItemsParams{OrderID: n.ID}
	for i, item := range n.Items {
		chosen := make([]chosenJSON, len(item.Options))
		for j, o := range item.Options {
			chosen[j] = chosenJSON{o.ID, o.Name, o.Price.Amount}
		}
		options, err := json.Marshal(chosen)
		if err != nil {
			return fmt.Errorf("encode chosen options: %w", err)
		}
		items.Positions = append(items.Positions, i)
		items.DishIds = append(items.DishIds, item.DishID)
		items.Names = append(items.Names, item.Name)
		items.Quantities = append(items.Quantities, item.Quantity)
		items.UnitPrices = append(items.UnitPrices, item.Unit.Amount)
		items.Options = append(items.Options, string(options))
		items.Notes = append(items.Notes, item.Note)
		items.Packagings = append(items.Packagings, item.Packaging.Amount)
		items.TaxCategories = append(items.TaxCategories, string(item.TaxCategory))
		items.TaxBps = append(items.TaxBps, int(item.TaxRate))
	}
	if err := tx.InsertOrderItems(ctx, items); err != nil {
		return fmt.Errorf("insert order items: %w", err)
	}
	if err := tx.insertLines(ctx, n.ID, n.Quote); err != nil {
		return err
	}
	err := tx.InsertPayment(ctx, query.InsertPaymentParams{
		ID: n.PaymentID, OrderID: n.ID, Method: string(n.PaymentMethod), Provider: n.Provider, State: string(payment.Created),
		Amount: n.Quote.Total.Amount, Currency: string(n.Quote.Total.Currency),
	})
	if err != nil {
		return fmt.Errorf("insert payment: %w", err)
	}
	return nil
}

func (tx *Tx) insertLines(ctx context.Context, orderID domain.ID, quote pricing.Quote) error {
	lines := query.InsertQuoteLinesParams{OrderID: orderID}
	for i, l := range quote.Lines {
		lines.Positions = append(lines.Positions, i)
		lines.Kinds = append(lines.Kinds, string(l.Kind))
		lines.Labels = append(lines.Labels, l.Label)
		lines.Amounts = append(lines.Amounts, l.Amount.Amount)
		lines.Bearers = append(lines.Bearers, string(l.Bearer))
		tax, err := fromTaxDetail(l.Tax)
		if err != nil {
			return err
		}
		lines.Taxes = append(lines.Taxes, tax)
	}
	if err := tx.InsertQuoteLines(ctx, lines); err != nil {
		return fmt.Errorf("insert quote lines: %w", err)
	}
	return nil
}

// TakeStock takes portions of dishes whose stock is counted, of a vendor that the order holds: Conflict when there are not enough
// of one. What the vendor's event tells: that the last portion is gone, or that fewer are left than another open cart wants.
func (tx *Tx) TakeStock(ctx context.Context, v vendor.Profile, customerID domain.ID, wanted map[domain.ID]int) error {
	if len(wanted) == 0 {
		return nil
	}
	p := query.TakeStockParams{CustomerID: customerID}
	for dishID, quantity := range wanted {
		p.Ids, p.Quantities = append(p.Ids, dishID), append(p.Quantities, quantity)
	}
	rows, err := tx.Queries.TakeStock(ctx, p)
	if err != nil {
		return fmt.Errorf("take stock: %w", err)
	}
	short := maps.Clone(wanted)
	var events []domain.Event
	for _, r := range rows {
		delete(short, r.ID)
		switch {
		case r.Left == 0:
			events = append(events, domain.Event{Type: "vendor.item_unavailable", Data: map[string]any{"dishId": r.ID.String()}})
		case r.Missed:
			events = append(events, domain.Event{Type: "vendor.menu_changed", Data: map[string]any{"dishId": r.ID.String(), "change": "few_left"}})
		}
	}
	for dishID, quantity := range short {
		return domain.Errorf(domain.Conflict, "not_enough_stock", "there are fewer than %d portions left", quantity).
			With("dishId", dishID.String())
	}
	return tx.tellVendor(ctx, v.ID, v.City, v.Version, events)
}

// GiveBackStock gives back the portions of an order that will not be made. That a dish is no longer sold out, or that there are
// enough portions for an open cart again, is told by the vendor's event. It locks the vendor before its dishes, as everybody does.
func (tx *Tx) GiveBackStock(ctx context.Context, o *LockedOrder) error {
	version, err := tx.LockVendorRow(ctx, o.VendorID)
	if err != nil {
		return fmt.Errorf("lock vendor: %w", err)
	}
	rows, err := tx.ReturnStock(ctx, o.ID)
	if err != nil {
		return fmt.Errorf("give back stock: %w", err)
	}
	var back []domain.Event
	for _, r := range rows {
		if r.Awaited {
			back = append(back, domain.Event{Type: "vendor.menu_changed", Data: map[string]any{"dishId": r.ID.String(), "change": "restocked"}})
		}
	}
	return tx.tellVendor(ctx, o.VendorID, o.City, version, back)
}

// tellVendor appends events about a vendor whose menu the marketplace itself changed. The caller holds the vendor at a version.
func (tx *Tx) tellVendor(ctx context.Context, id domain.ID, city string, version int, events []domain.Event) error {
	if len(events) == 0 {
		return nil
	}
	version, err := tx.Append(ctx, domain.Record{
		Subject: domain.SubjectVendor, SubjectID: id, Version: version, ActorRole: domain.RoleSystem, VendorID: id, City: city,
	}, events...)
	if err != nil {
		return err
	}
	return tx.SetVendorVersion(ctx, query.SetVendorVersionParams{ID: id, Version: version})
}
