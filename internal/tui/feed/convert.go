package feed

import (
	"time"
	"unique"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

func toSnapshot(f dto.Feed) board.Snapshot {
	s := board.Snapshot{
		Epoch: f.Epoch, Seq: f.Seq, Orders: make([]board.Order, len(f.Orders)),
		OrdersLeftOut: max(0, f.TotalOrders-len(f.Orders)), AlertsLeftOut: max(0, f.TotalAlerts-len(f.Alerts)),
	}
	for i, o := range f.Orders {
		s.Orders[i] = board.Order{
			ID: o.ID, Number: sanitize.Line(o.Number), State: order.State(one(string(o.State))), Version: o.Version, VendorID: o.Vendor.ID,
			Vendor: one(o.Vendor.Name), CourierID: party(o.Courier), City: one(o.City),
			Fulfilment: order.Fulfilment(one(string(o.Fulfilment))), Total: money(o.Total), PlacedAt: o.PlacedAt, PromisedAt: o.PromisedAt,
			ReadyBy: instant(o.ReadyBy), DeadlineAt: instant(o.DeadlineAt), EstimatedAt: instant(o.EstimatedAt),
		}
	}
	for _, a := range f.Alerts {
		s.Alerts = append(s.Alerts, Alert(a))
	}
	return s
}

// Alert cleans an alert of the API.
func Alert(a dto.Alert) board.Alert {
	out := board.Alert{
		ID: a.ID, Kind: alert.Kind(a.Kind), Severity: alert.Severity(a.Severity), Version: a.Version, Subject: domain.Subject(a.Subject), SubjectID: a.SubjectID,
		VendorID: orNil(a.VendorID), City: sanitize.Line(a.City), OpenedAt: a.OpenedAt, Acknowledged: a.AcknowledgedAt != nil, SnoozedUntil: instant(a.SnoozedUntil),
	}
	if a.Name != nil {
		out.Name = sanitize.Line(*a.Name)
	}
	if a.AcknowledgedBy != nil {
		out.ByID, out.By = a.AcknowledgedBy.ID, sanitize.Line(a.AcknowledgedBy.Name)
	}
	return out
}

// Order cleans an order of the API.
func Order(o dto.Order) board.Order {
	return board.Order{
		ID: o.ID, Number: sanitize.Line(o.Number), State: order.State(o.State), Version: o.Version, VendorID: o.Vendor.ID,
		Vendor: sanitize.Line(o.Vendor.Name), CourierID: party(o.Courier), City: sanitize.Line(o.City),
		Fulfilment: order.Fulfilment(o.Fulfilment), Total: money(o.Quote.Total), PlacedAt: o.PlacedAt, PromisedAt: o.PromisedAt,
		ReadyBy: instant(o.ReadyBy), DeadlineAt: instant(o.DeadlineAt), EstimatedAt: instant(o.EstimatedAt),
	}
}

// Event cleans an event of the API.
func Event(e dto.Event) board.Event {
	out := board.Event{
		Subject: domain.Subject(e.Subject), SubjectID: e.SubjectID, Version: e.Version, Type: sanitize.Line(e.Type),
		Actor: domain.Role(e.Actor.Role), VendorID: orNil(e.VendorID), CustomerID: orNil(e.CustomerID), CourierID: orNil(e.CourierID),
		ActorID: orNil(e.Actor.ID), At: e.At, Data: sanitize.Map(e.Data),
	}
	if e.Actor.Name != nil {
		out.ActorName = sanitize.Line(*e.Actor.Name)
	}
	if e.Seq != nil {
		out.Seq = *e.Seq
	}
	if e.City != nil {
		out.City = sanitize.Line(*e.City)
	}
	return out
}

func fromDTO(events []dto.Event) board.Events {
	out := make(board.Events, len(events))
	for i, e := range events {
		out[i] = Event(e)
		out[i].ActorName = "" // which the stream does not tell
	}
	return out
}

// one cleans a text of which there are few, so that it is in memory once and not with each event.
func one(text string) string { return unique.Make(sanitize.Line(text)).Value() }

func fromRecords(records []domain.Record) board.Events {
	out := make(board.Events, len(records))
	for i, r := range records {
		out[i] = board.Event{
			Seq: r.Seq, Subject: r.Subject, SubjectID: r.SubjectID, Version: r.Version, Type: one(r.Type), Actor: domain.Role(one(string(r.ActorRole))), ActorID: r.ActorID,
			City: one(r.City), VendorID: r.VendorID, CustomerID: r.CustomerID, CourierID: r.CourierID, At: r.At,
		}
		if len(r.Data) > len("{}") {
			out[i].Raw = r.Data
		}
	}
	return out
}

func money(m dto.Money) domain.Money {
	return domain.Money{Amount: m.Amount, Currency: domain.Currency(one(m.Currency))}
}

func party(p *dto.Party) domain.ID {
	if p == nil {
		return domain.Nil
	}
	return p.ID
}

func orNil(id *domain.ID) domain.ID {
	if id == nil {
		return domain.Nil
	}
	return *id
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
