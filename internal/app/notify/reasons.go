package notify

import (
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// unmade says whether an order ended without being made.
func unmade(s order.State) bool {
	return s == order.Cancelled || s == order.Rejected || s == order.Expired || s == order.PaymentFailed || s == order.Returned
}

// causes are the reasons of vendors and of the marketplace in words; what a customer chose they need not be told.
var causes = map[order.Reason]string{
	"ITEM_UNAVAILABLE":  "something that you ordered is gone",
	"TOO_BUSY":          "the kitchen has more orders than it can make in time",
	"CLOSING_EARLY":     "they close early today",
	"STORE_CLOSED":      "they are closed",
	"POS_OFFLINE":       "their till does not work",
	"PRICE_MISMATCH":    "a price was wrong",
	"INSTRUCTIONS":      "they cannot do what your note asks for",
	order.VendorTimeout: "they did not answer in time",
	"VENDOR_SUSPENDED":  "they may not take orders at the moment",
	"NO_COURIER":        "no courier could bring it",
	"PAYMENT_FAILED":    "the payment failed",
	"OPS":               "something went wrong on our side",
	"CUSTOMER_ABSENT":   "the courier waited and called, and could not reach you",
	"REFUSED":           "it was not taken at the door",
	"BAD_ADDRESS":       "the courier could not find the address",
	"UNSAFE":            "the courier could not come to you safely",
	"DAMAGED":           "it was damaged on the way",
	"AGE_CHECK":         "it may be handed only to somebody of age",
}

// why says in a sentence how an order ended that is not made.
func why(o postgres.OrderView) string {
	cause, known := causes[o.CancelReason]
	switch {
	case o.CancelledBy == domain.RoleCustomer:
		return "You cancelled it."
	case o.State == order.Expired:
		return clean(o.VendorName) + " did not answer in time."
	case o.State == order.Rejected && known:
		return clean(o.VendorName) + " could not take it: " + cause + "."
	case o.State == order.Rejected:
		return clean(o.VendorName) + " could not take it."
	case o.State == order.Returned && known:
		return "It could not be delivered: " + cause + "."
	case known:
		return "It was cancelled: " + cause + "."
	}
	return "It was cancelled."
}

// refund says what becomes of the money of an order that is not made.
func refund(o postgres.OrderView) string {
	switch {
	case o.PaymentMethod == "cod":
		return "You were to pay in cash, so there is nothing to pay and nothing to give back."
	case o.PaymentState == "created", o.PaymentState == "voided":
		return "Nothing was charged."
	}
	return o.Total.String() + " go back the way you paid."
}
