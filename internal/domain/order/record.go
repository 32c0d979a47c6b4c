package order

import (
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Item is a line of an order: a dish as it was when it was ordered.
type Item struct {
	Position int // of the line; lines that are taken out leave holes
	DishID   domain.ID
	Name     string
	Quantity int
	Unit     domain.Money // one portion, options included
	Options  []Option
	Note     string

	Packaging   domain.Money       // of one portion
	TaxCategory domain.TaxCategory // "": nobody has kept it
	TaxRate     domain.BasisPoints
}

// Option is a chosen option as it was when it was ordered.
type Option struct {
	ID    domain.ID
	Name  string
	Price domain.Money
}

// Address is where an order goes: a copy, for the customer may change theirs later.
type Address struct {
	Label        string
	Line1        string
	Line2        string
	City         string
	Postcode     string
	Location     domain.Point
	Instructions string
	ContactName  string // whom the courier asks for
	ContactPhone string // E.164; "" where nobody gave one
}

// Text is the address on one line, for somebody who looks for it.
func (a Address) Text() string {
	parts := []string{a.Line1}
	if a.Line2 != "" {
		parts = append(parts, a.Line2)
	}
	return strings.Join(append(parts, strings.TrimSpace(a.Postcode+" "+a.City)), ", ")
}

// Summary is an order as lists show it.
type Summary struct {
	Order
	Number       string
	CustomerID   domain.ID
	CustomerName string
	VendorID     domain.ID
	VendorName   string
	CourierID    domain.ID // Nil until assigned
	CourierName  string
	City         string
	PlacedAt     time.Time
}
