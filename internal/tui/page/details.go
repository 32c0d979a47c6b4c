package page

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/feed"
	"github.com/zoop-dev/zoop/internal/tui/words"
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
	Refunds  []string
	Ledger   []Transfer // what the books say, oldest first
	Notes    []string
	Decision []string // how it came to its courier, or why it waits; the newest attempt first
	Raw      []string // as the API tells it
	Timeline []board.Event
}

// More is what the API tells besides an order and its timeline. What it does not tell is said in Problem instead.
type More struct {
	Refunds  []dto.Refund
	Ledger   []dto.LedgerTransfer
	Notes    []dto.Note
	Decision *dto.DeliveryDecision
	Problem  string // why some of it is missing; ""
}

// Transfer is a fact in the books, with its entries.
type Transfer struct {
	Text    string
	Entries []QuoteLine // an account, and by how much it is debited (below zero) or credited
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

// ReadDetails cleans what the API told. zone is where times of the day are, money writes an amount.
func ReadDetails(o dto.Order, events []dto.Event, more More, zone *time.Location, money func(domain.Money) string) Details {
	d := Details{
		Order: feed.Order(o), Customer: sanitize.Line(o.Customer.Name),
		Payment: sanitize.Line(string(o.Payment.Method) + " " + string(o.Payment.State)), Items: items(o.Items),
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
	d.Raw = raw(o)
	clock := func(at time.Time) string { return at.In(zone).Format("15:04:05") }
	for _, r := range more.Refunds {
		text := clock(r.At) + " " + money(domain.Money{Amount: r.Amount.Amount, Currency: domain.Currency(r.Amount.Currency)}) + " to the " + string(r.To) +
			", " + words.Code(r.Reason) + ", " + string(r.State)
		if r.Bearer != nil {
			text += ", borne by " + string(*r.Bearer)
		}
		d.Refunds = append(d.Refunds, sanitize.Line(text))
	}
	d.Ledger = ledger(more.Ledger, clock)
	for _, n := range more.Notes {
		d.Notes = append(d.Notes, sanitize.Line(clock(n.At)+" "+n.By.Name+": "+n.Text))
	}
	if more.Decision != nil {
		d.Decision = decision(*more.Decision, clock)
	}
	if more.Problem != "" {
		d.Notes = append(d.Notes, more.Problem)
	}
	return d
}

func items(lines []dto.LineItem) (out []Item) {
	for _, item := range lines {
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
		out = append(out, Item{sanitize.Line(text), price.Times(item.Quantity)})
		if item.Note != nil && *item.Note != "" {
			out = append(out, Item{Text: "    " + sanitize.Line(*item.Note)})
		}
	}
	return out
}

func ledger(transfers []dto.LedgerTransfer, clock func(time.Time) string) []Transfer {
	out := make([]Transfer, len(transfers))
	for i, t := range transfers {
		out[i].Text = sanitize.Line(clock(t.At) + " " + string(t.Kind) + " " + t.Reference.String())
		for _, e := range t.Entries {
			amount := domain.Money{Amount: e.Amount.Amount, Currency: domain.Currency(e.Amount.Currency)}
			if e.Side == dto.LedgerEntrySideDebit {
				amount.Amount = -amount.Amount
			}
			out[i].Entries = append(out[i].Entries, QuoteLine{sanitize.Line(words.Account(e)), amount})
		}
	}
	return out
}

// raw is an order as the API tells it, line by line.
func raw(o dto.Order) []string {
	encoded, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		return []string{err.Error()}
	}
	lines := strings.Split(string(encoded), "\n")
	for i := range lines {
		lines[i] = string(sanitize.JSON([]byte(lines[i])))
	}
	return lines
}

// maxCandidates bounds the couriers that are shown of an attempt.
const maxCandidates = 5

// decision says how a delivery came to its courier.
func decision(d dto.DeliveryDecision, clock func(time.Time) string) []string {
	if len(d.Attempts) == 0 {
		return []string{sanitize.Line(words.NotLookedAt(d, clock))}
	}
	var out []string
	for i, a := range d.Attempts {
		out = append(out, sanitize.Line(words.Attempt(a, clock)))
		if i > 0 {
			continue
		}
		for _, c := range a.Candidates[:min(len(a.Candidates), maxCandidates)] {
			text := strconv.Itoa(c.Score.Total) + " s  " + words.Courier(c.Courier)
			if c.Chosen {
				text += ", chosen"
			}
			for j, kept := range c.KeptFor {
				if j == 0 {
					text += ", kept for "
				} else {
					text += ", "
				}
				text += kept.Number
			}
			out = append(out, "  "+sanitize.Line(text))
		}
		for _, e := range a.Excluded {
			out = append(out, "  "+sanitize.Line("not "+words.Some(e)+": "+words.Exclusion(e.Reason)))
		}
	}
	return out
}
