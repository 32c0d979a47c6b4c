package sandbox

import "strings"

// Card is one of the sandbox's cards: what its bank does.
type Card struct {
	Number string // sixteen digits, of nobody
	Does   string // for people
	does   behaviour
}

type behaviour struct {
	decline     string // why the bank says no; "" when it does not
	challenge   bool   // the bank asks the customer: 3-D Secure
	slow        bool   // the bank answers after SlowAfter
	silent      bool   // no webhook ever tells of the payment
	failCapture bool
	failRefund  bool
}

// Cards are all of them. Numbers begin with 4000 00, which no bank issues, and end with a digit that makes them valid (Luhn).
var Cards = []Card{
	{"4000000000000010", "is accepted", behaviour{}},
	{"4000000000000028", "is declined for want of funds", behaviour{decline: "insufficient_funds"}},
	{"4000000000000036", "asks for 3-D Secure", behaviour{challenge: true}},
	{"4000000000000044", "is accepted, but the bank answers only after a long time", behaviour{slow: true}},
	{"4000000000000051", "is accepted, but no webhook ever tells", behaviour{silent: true}},
	{"4000000000000069", "is accepted, but cannot be captured", behaviour{failCapture: true}},
	{"4000000000000077", "is accepted, but cannot be refunded", behaviour{failRefund: true}},
}

// find gives the card of a number as people type it.
func find(number string) (Card, bool) {
	number = strings.NewReplacer(" ", "", "-", "").Replace(number)
	for _, c := range Cards {
		if c.Number == number {
			return c, true
		}
	}
	return Card{}, false
}

// behaves is what the bank of a number does.
func behaves(number string) behaviour {
	c, _ := find(number)
	return c.does
}
