package api

import (
	"time"

	"github.com/go-json-experiment/json"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/pricing"
)

func fromMoney(m domain.Money) dto.Money {
	return dto.Money{Amount: m.Amount, Currency: string(m.Currency)}
}

func fromPoint(p domain.Point) dto.Point { return dto.Point{Lat: p.Lat, Lng: p.Lng} }

// some gives the address of a value, or nil for the zero value: how an optional field of the contract is left out.
func some[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// at is some for times, in UTC.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func fromQuoted(q ordering.Quoted) dto.Cart {
	cart := dto.Cart{
		Vendor: dto.Party{ID: q.VendorID, Name: q.VendorName}, Items: fromItems(q.Items), Fulfilment: dto.Fulfilment(q.Fulfilment),
		AddressID: some(q.AddressID), Quote: fromQuote(q.Quote), Problems: make([]dto.CartProblem, len(q.Problems)), MinAge: some(q.MinAge),
		ReadyAt: at(q.ReadyAt), PromisedAt: at(q.PromisedAt), Version: q.Version,
		CouponCode: some(q.CouponCode),
	}
	cart.Quote.ID, cart.Quote.ExpiresAt = some(q.QuoteID), at(q.ExpiresAt)
	for i, p := range q.Problems {
		cart.Problems[i] = fromProblem(p)
	}
	return cart
}

func fromProblem(p ordering.Problem) dto.CartProblem {
	out := dto.CartProblem{
		Code: dto.CartProblemCode(p.Code), Message: p.Message, DishID: some(p.DishID), AvailableAt: at(p.Until), Blocks: p.Blocks(),
	}
	if p.Code == ordering.PriceChanged {
		was, now := fromMoney(p.Was), fromMoney(p.Now)
		out.Was, out.Now = &was, &now
	}
	if p.Missing != (domain.Money{}) {
		missing := fromMoney(p.Missing)
		out.Missing = &missing
	}
	if len(p.Substitutes) > 0 {
		list := make([]dto.Substitute, len(p.Substitutes))
		for i, d := range p.Substitutes {
			list[i] = dto.Substitute{DishID: d.ID, Name: d.Name, Price: fromMoney(d.Price), Diet: dto.Diet(d.Diet), Allergens: d.Allergens}
		}
		out.Substitutes = list
	}
	return out
}

func fromItems(items []order.Item) []dto.LineItem {
	out := make([]dto.LineItem, len(items))
	for i, item := range items {
		out[i] = dto.LineItem{
			DishID: item.DishID, Name: item.Name, Quantity: item.Quantity, UnitPrice: fromMoney(item.Unit), Note: some(item.Note),
			Options: make([]dto.ChosenOption, len(item.Options)),
		}
		for j, o := range item.Options {
			out[i].Options[j] = dto.ChosenOption{ID: o.ID, Name: o.Name, Price: fromMoney(o.Price)}
		}
	}
	return out
}

func fromQuote(q pricing.Quote) dto.Quote {
	out := dto.Quote{Lines: make([]dto.QuoteLine, len(q.Lines)), Total: fromMoney(q.Total)}
	for i, l := range q.Lines {
		out.Lines[i] = dto.QuoteLine{
			Kind: dto.QuoteLineKind(l.Kind), Label: l.Label, Amount: fromMoney(l.Amount), Bearer: dto.QuoteLineBearer(l.Bearer), Tax: fromTax(l.Tax),
		}
	}
	return out
}

func fromTax(d *pricing.TaxDetail) *dto.TaxDetail {
	if d == nil {
		return nil
	}
	out := &dto.TaxDetail{Category: dto.TaxCategory(d.Category), RateBps: int(d.Rate), Value: fromMoney(d.Value)}
	for _, p := range d.Parts {
		out.Parts = append(out.Parts, dto.TaxPart{Label: p.Label, Amount: fromMoney(p.Amount)})
	}
	return out
}

func fromSummary(s order.Summary) dto.OrderSummary {
	return dto.OrderSummary{
		ID: s.ID, Number: s.Number, State: dto.OrderState(s.State), Version: s.Version, Vendor: dto.Party{ID: s.VendorID, Name: s.VendorName},
		Customer: dto.Party{ID: s.CustomerID, Name: s.CustomerName}, Courier: courierParty(s), City: s.City,
		Fulfilment: dto.Fulfilment(s.Fulfilment), Total: fromMoney(s.Total), PlacedAt: s.PlacedAt.UTC(), PromisedAt: s.PromisedAt.UTC(),
		EstimatedAt: estimated(s.Order), ReadyBy: at(s.ReadyBy), ScheduledFor: at(s.ScheduledFor), DeadlineAt: at(s.DeadlineAt()),
	}
}

// estimated is when the customer of a live order will have it.
func estimated(o order.Order) *time.Time {
	if !o.State.Live() {
		return nil
	}
	return at(o.Estimated.Now)
}

func courierParty(s order.Summary) *dto.Party {
	if s.CourierID.IsNil() {
		return nil
	}
	return &dto.Party{ID: s.CourierID, Name: s.CourierName}
}

func fromOrder(o ordering.Order) dto.Order {
	out := dto.Order{
		ID: o.ID, Number: o.Number, State: dto.OrderState(o.State), Version: o.Version, Vendor: dto.Party{ID: o.VendorID, Name: o.VendorName},
		Customer: dto.Party{ID: o.CustomerID, Name: o.CustomerName}, Courier: courierParty(o.Summary), City: o.City,
		Items: fromItems(o.Items), Quote: fromQuote(o.Quote),
		Payment: dto.Payment{
			Method: dto.PaymentMethod(o.PaymentMethod), State: dto.PaymentState(o.PaymentState), Refunded: unlessNone(o.Refunded), Refunding: unlessNone(o.Refunding),
		},
		Fulfilment: dto.Fulfilment(o.Fulfilment), Note: some(o.Note), PlacedAt: o.PlacedAt.UTC(), PromisedAt: o.PromisedAt.UTC(),
		EstimatedAt: estimated(o.Order), ScheduledFor: at(o.ScheduledFor), ReadyBy: at(o.ReadyBy), DeadlineAt: at(o.DeadlineAt()), DeliveryPin: some(o.PIN), OrderCode: some(o.OrderCode), MinAge: some(o.MinAge),
	}
	if !o.DeliveryID.IsNil() {
		out.Delivery = &dto.OrderDelivery{ID: o.DeliveryID, State: dto.DeliveryState(o.DeliveryState), LeaveAtDoor: some(o.LeaveAtDoor)}
		if o.Photographed {
			out.Delivery.Photo = some("/api/v1/orders/" + o.ID.String() + "/handover/photo")
		}
	}
	if a := o.Address; a != nil {
		out.Address = &dto.OrderAddress{
			Label: some(a.Label), Line1: a.Line1, Line2: some(a.Line2), City: a.City, Postcode: some(a.Postcode), Location: fromPoint(a.Location),
			Instructions: some(a.Instructions), ContactName: some(a.ContactName), ContactPhone: some(a.ContactPhone),
		}
	}
	if r := o.Revision; r != nil {
		out.Revision = &dto.Revision{Number: r.Number, State: dto.RevisionState(r.State), Items: fromItems(r.Items), Quote: fromQuote(r.Quote)}
	}
	if o.CancelReason != "" {
		out.Cancel = fromCancel(o)
	}
	return out
}

// unlessNone is absent where there is nothing.
func unlessNone(m domain.Money) *dto.Money {
	if m.Amount == 0 {
		return nil
	}
	out := fromMoney(m)
	return &out
}

// fromCancel tells the outcome once there is one.
func fromCancel(o ordering.Order) *dto.CancelInfo {
	info := &dto.CancelInfo{Reason: string(o.CancelReason), By: dto.Role(o.CancelledBy)}
	if outcome := o.Outcome; outcome.Policy != 0 {
		fee, refund, liable := fromMoney(outcome.Fee), fromMoney(outcome.Refund), dto.Liable(outcome.Liable)
		info.Fee, info.Refund, info.Liable = &fee, &refund, &liable
		if o.Outcome.Strike {
			info.Strike = &outcome.Strike
		}
	}
	return info
}

func fromRecords(records []domain.Record) ([]dto.Event, error) {
	out := make([]dto.Event, len(records))
	for i, r := range records {
		out[i] = dto.Event{
			Version: r.Version, Type: r.Type, At: r.At.UTC(), Subject: dto.EventSubject(r.Subject), SubjectID: r.SubjectID,
			VendorID: some(r.VendorID), CustomerID: some(r.CustomerID), CourierID: some(r.CourierID), City: some(r.City),
			Actor: dto.EventActor{Role: dto.Role(r.ActorRole)}, Seq: some(r.Seq),
		}
		if err := json.Unmarshal(r.Data, &out[i].Data); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// nameActors tells of events of records, in the same order, which member of the staff caused them. Whoever reads it must be one, too.
func nameActors(events []dto.Event, records []domain.Record, names map[domain.ID]string) {
	for i, r := range records {
		if r.ActorRole.Staff() {
			events[i].Actor.ID, events[i].Actor.Name = some(r.ActorID), some(names[r.ActorID])
		}
	}
}
