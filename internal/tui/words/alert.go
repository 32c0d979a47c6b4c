package words

import (
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// alerts say what is wrong: in the list, and in a sentence about whom it is.
var alerts = map[alert.Kind][2]string{
	alert.SLAAtRisk:     {"will be late", "%s is about to be late at the door, or foretold to be"},
	alert.SLABreached:   {"late", "%s is late"},
	alert.Unanswered:    {"no answer", "%s is about to expire: its vendor does not answer"},
	alert.VendorSilent:  {"vendor silent", "%s lets orders expire"},
	alert.NoCourier:     {"no courier", "nobody takes %s"},
	alert.CourierLost:   {"courier lost", "nobody hears of the courier who has the food of %s"},
	alert.FoodStranded:  {"food stranded", "the food of %s is with somebody who cannot bring it"},
	alert.PaymentStuck:  {"payment stuck", "the gateway has not done what it was asked for %s"},
	alert.RefundFailed:  {"refund failed", "the gateway would not give money back for %s"},
	alert.PaymentExcess: {"paid back twice", "more was given back of %s than there was"},
	alert.CashLimit:     {"cash limit", "%s has as much cash as they may"},
}

// AlertKind says in at most 15 columns what is wrong.
func AlertKind(k alert.Kind) string {
	if w, ok := alerts[k]; ok {
		return w[0]
	}
	return Code(string(k)) // of a newer server
}

// Alert says what is wrong with whom.
func Alert(a *board.Alert) string {
	if w, ok := alerts[a.Kind]; ok {
		return strings.ReplaceAll(w[1], "%s", AlertSubject(a))
	}
	return AlertKind(a.Kind) + ": " + AlertSubject(a)
}

// AlertSubject names what an alert is about: an order by its number, a courier by the end of their ID.
func AlertSubject(a *board.Alert) string {
	switch {
	case a.Name != "":
		return a.Name
	case a.Subject == domain.SubjectCourier:
		return board.ShortCourier(a.SubjectID)
	}
	text := a.SubjectID.String()
	return string(a.Subject) + " " + text[len(text)-4:]
}
