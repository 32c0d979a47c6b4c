// Package desk is what the console does: its actions, each a form that says first what it will mean, done through the REST
// API with the operator's own token. Every action says by what it is seen to have come true.
package desk

import (
	"context"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// API is the part of the REST API that actions need; *client.Client is one.
type API interface {
	Me(ctx context.Context) (dto.User, error)
	Orders(ctx context.Context, f client.OrderFilter, p client.Page) (dto.OrderList, error)
	Order(ctx context.Context, id domain.ID) (dto.Order, error)
	Timeline(ctx context.Context, id domain.ID) ([]dto.Event, error)
	Decision(ctx context.Context, deliveryID domain.ID) (dto.DeliveryDecision, error)
	Notes(ctx context.Context, id domain.ID) ([]dto.Note, error)
	AddNote(ctx context.Context, key string, id domain.ID, text string) (dto.Note, error)
	Ledger(ctx context.Context, id domain.ID) ([]dto.LedgerTransfer, error)
	View(ctx context.Context, id domain.ID, doing string) ([]dto.Viewer, error)
	Leave(ctx context.Context, id domain.ID) error
	Refunds(ctx context.Context, id domain.ID, p client.Page) (dto.RefundList, error)
	RefundOrder(ctx context.Context, key string, id domain.ID, r dto.RefundRequest, opts ...client.CallOption) (dto.Refund, error)
	QuoteRefund(ctx context.Context, id domain.ID, r dto.RefundRequest) (dto.RefundQuote, error)
	CancelQuote(ctx context.Context, id domain.ID, reason dto.CancelReason) (dto.CancelQuote, error)
	CancelOrder(ctx context.Context, id domain.ID, reason dto.CancelReason, opts ...client.CallOption) (dto.Order, error)
	RestoreOrder(ctx context.Context, id domain.ID, opts ...client.CallOption) (dto.Order, error)
	AssignDelivery(ctx context.Context, deliveryID domain.ID, r dto.AssignRequest, opts ...client.CallOption) (dto.Order, error)
	TakeAway(ctx context.Context, deliveryID domain.ID, reason dto.TakeAwayReason, opts ...client.CallOption) (dto.Order, error)
	RescueDelivery(ctx context.Context, deliveryID domain.ID, r dto.RescueRequest, opts ...client.CallOption) (dto.Order, error)
	LoseDelivery(ctx context.Context, deliveryID domain.ID, opts ...client.CallOption) (dto.Order, error)
	Vendor(ctx context.Context, id domain.ID) (dto.Vendor, error)
	PauseVendor(ctx context.Context, vendorID domain.ID, r dto.PauseRequest, opts ...client.CallOption) (dto.Vendor, error)
	ResumeVendor(ctx context.Context, vendorID domain.ID, opts ...client.CallOption) (dto.Vendor, error)
	Hours(ctx context.Context, vendorID domain.ID) (dto.Hours, error)
	Closures(ctx context.Context, vendorID domain.ID) (dto.ClosureList, error)
	ApproveCourier(ctx context.Context, id domain.ID, opts ...client.CallOption) (dto.Courier, error)
	CourierDocuments(ctx context.Context, id domain.ID) (dto.CourierDocumentList, error)
	SuspendCourier(ctx context.Context, id domain.ID, reason string, opts ...client.CallOption) (dto.Courier, error)
	DeskVendors(ctx context.Context, f client.DeskFilter, p client.Page) (dto.DeskVendorList, error)
	DeskVendor(ctx context.Context, id domain.ID) (dto.DeskVendor, error)
	DeskCouriers(ctx context.Context, f client.DeskFilter, p client.Page) (dto.DeskCourierList, error)
	DeskCourier(ctx context.Context, id domain.ID) (dto.DeskCourier, error)
	DeskDish(ctx context.Context, id domain.ID) (dto.DeskDish, error)
	DeskStreams(ctx context.Context) (dto.DeskStreams, error)
	Alert(ctx context.Context, id domain.ID) (dto.Alert, error)
	AcknowledgeAlert(ctx context.Context, id domain.ID, opts ...client.CallOption) (dto.Alert, error)
	UnacknowledgeAlert(ctx context.Context, id domain.ID, opts ...client.CallOption) (dto.Alert, error)
	SnoozeAlert(ctx context.Context, id domain.ID, minutes int, opts ...client.CallOption) (dto.Alert, error)
	WakeAlert(ctx context.Context, id domain.ID, opts ...client.CallOption) (dto.Alert, error)
	PutAvailability(ctx context.Context, dishID domain.ID, r dto.AvailabilityRequest, opts ...client.CallOption) (dto.Dish, error)
}

// Operator is who sits before the console. The zero Operator is nobody known.
type Operator struct {
	Name string // "asha@support", clean
	Role domain.Role
	Can  domain.Permissions
}

// ReadOperator cleans what the API tells of an account.
func ReadOperator(u dto.User) Operator {
	local, _, _ := strings.Cut(u.Email, "@")
	o := Operator{Name: sanitize.Line(local + "@" + string(u.Role)), Role: domain.Role(u.Role)}
	for _, p := range u.Permissions {
		if some, err := domain.ParsePermissions([]string{string(p)}); err == nil { // a newer server may know more of them
			o.Can |= some
		}
	}
	return o
}

// May says whether the operator has permissions; admins have all.
func (o Operator) May(needs domain.Permissions) bool {
	return domain.Actor{Role: o.Role, Permissions: o.Can}.May(needs)
}
