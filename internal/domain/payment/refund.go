package payment

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// RefundReason says why a customer is given something back after their order has ended.
type RefundReason string

// refundReasons are the codes and who bears them, in the words of the ledger.
var refundReasons = []struct {
	code   RefundReason
	bearer string
}{
	{"MISSING_ITEM", "vendor"}, {"WRONG_ITEM", "vendor"}, {"QUALITY", "vendor"},
	{"DAMAGED", "courier"}, {"NOT_RECEIVED", "courier"},
	{"LATE", "platform"}, {"GOODWILL", "platform"}, {"OPS", "platform"},
}

// Bearer is who bears a refund for the reason: vendor, courier or platform. Invalid for an unknown one.
func (r RefundReason) Bearer() (string, error) {
	for _, known := range refundReasons {
		if known.code == r {
			return known.bearer, nil
		}
	}
	return "", domain.Invalidf("reason", "enum", "%q is no reason of a refund", clip(string(r)))
}

// RefundReasons lists the codes.
func RefundReasons() []RefundReason {
	codes := make([]RefundReason, 0, len(refundReasons))
	for _, known := range refundReasons {
		codes = append(codes, known.code)
	}
	return slices.Clip(codes)
}

func clip(text string) string { return text[:min(len(text), 40)] }
