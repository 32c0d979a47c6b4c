package page

import (
	"strconv"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/feed"
)

// Details is what only the API tells of an order. Its texts are clean.
type Details struct {
	Order    board.Order
	Customer string
	Items    []Item
	Quote    []QuoteLine
	Payment  string
	Delivery string // "" for an order that its customer collects
	Note     string
	Cancel   string // why and by whom it ended; "" when it did not
	Timeline []board.Event
}

// Item is one line of the order.
type Item struct {
	Text  string
	Price domain.Money
}

// QuoteLine is one line of what the customer pays.
type QuoteLine struct {
	Text   string
	Amount domain.Money
}

// ReadDetails cleans what the API told.
func ReadDetails(o dto.Order, events []dto.Event) Details {
	d := Details{
		Order: feed.Order(o), Customer: sanitize.Line(o.Customer.Name),
		Payment: sanitize.Line(string(o.Payment.Method) + " " + string(o.Payment.State)),
	}
	for _, item := range o.Items {
		text := strconv.Itoa(item.Quantity) + " x " + item.Name
		for i, option := range item.Options {
			if i == 0 {
				text += ": "
			} else {
				text += ", "
			}
			text += option.Name
		}
		price := domain.Money{Amount: item.UnitPrice.Amount, Currency: domain.Currency(item.UnitPrice.Currency)}
		d.Items = append(d.Items, Item{sanitize.Line(text), price.Times(item.Quantity)})
		if item.Note != nil && *item.Note != "" {
			d.Items = append(d.Items, Item{Text: "    " + sanitize.Line(*item.Note)})
		}
	}
	for _, line := range o.Quote.Lines {
		if line.Kind == "item" { // told by the items
			continue
		}
		amount := domain.Money{Amount: line.Amount.Amount, Currency: domain.Currency(line.Amount.Currency)}
		d.Quote = append(d.Quote, QuoteLine{sanitize.Line(line.Label), amount})
	}
	if o.Delivery != nil {
		d.Delivery = sanitize.Line(string(o.Delivery.State))
	}
	if o.Note != nil {
		d.Note = sanitize.Line(*o.Note)
	}
	if o.Cancel != nil {
		d.Cancel = sanitize.Line(o.Cancel.Reason + " by " + string(o.Cancel.By))
	}
	for _, e := range events {
		d.Timeline = append(d.Timeline, feed.Event(e))
	}
	return d
}
