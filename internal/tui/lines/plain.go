package lines

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
)

// plain writes one entry for people: time, place, order (or other subject), event, details.
func plain(e board.Entry) string {
	if g := e.Gap; g != nil {
		return fmt.Sprintf("GAP      %s lost: %s", Places(*g), g.Reason)
	}
	return row(e, e.Event.At.UTC().Format("2006-01-02T15:04:05.000Z"), time.UTC)
}

// row writes an event behind its time.
func row(e board.Entry, at string, loc *time.Location) string {
	v := e.Event
	subject := e.Number
	if subject == "" {
		text := v.SubjectID.String()
		subject = string(v.Subject) + "-" + text[len(text)-4:]
	}
	return strings.TrimRight(fmt.Sprintf("%s %8d %-11s %-22s %s", at, v.Seq, subject, v.Type, Details(v, loc)), " ")
}

// Places names the events of a gap; those of an epoch that has ended have no last one.
func Places(g board.Gap) string {
	switch {
	case g.Epoch != "":
		return fmt.Sprintf("events from %d on", g.From)
	case g.To == g.From:
		return fmt.Sprintf("event %d", g.From)
	}
	return fmt.Sprintf("events %d to %d", g.From, g.To)
}

// Details says what an event carries, in a few words: names of the data with their values, by name, but for those that the
// reader has before them anyway. Times are of the day, in loc.
func Details(e board.Event, loc *time.Location, known ...string) string {
	var parts []string
	if !e.CourierID.IsNil() && strings.HasPrefix(e.Type, "delivery.") {
		parts = append(parts, board.ShortCourier(e.CourierID))
	}
	data := e.Told()
	names := make([]string, 0, len(data))
	for name := range data {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		if text := detail(data[name], loc); text != "" {
			parts = append(parts, name+"="+text)
		}
	}
	return strings.Join(parts, " ")
}

func detail(value any, loc *time.Location) string {
	switch v := value.(type) {
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return at.In(loc).Format("15:04:05")
		}
		if strings.ContainsRune(v, ' ') {
			return strconv.Quote(v)
		}
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case map[string]any:
		amount, isAmount := v["amount"].(float64)
		currency, isCurrency := v["currency"].(string)
		if isAmount && isCurrency {
			return currency + domain.Money{Amount: int64(amount), Currency: domain.Currency(currency)}.Decimal()
		}
		return "{…}"
	case []any:
		return strconv.Itoa(len(v)) + "×"
	}
	return ""
}

// Entry writes one entry for a log on the screen: shorter than a plain line, with the time of the day in loc.
func Entry(e board.Entry, loc *time.Location) string {
	if e.Gap != nil {
		return plain(e)
	}
	return row(e, e.Event.At.In(loc).Format("15:04:05"), loc)
}
