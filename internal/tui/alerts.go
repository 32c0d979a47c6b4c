package tui

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/alert"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/page"
	"github.com/zoop-dev/zoop/internal/tui/theme"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

// calm is how much is left of what is at no risk, whichever the promise; a minute more than that, because orders are sorted by the second
// and shown a little later.
const calm = 4 * time.Minute

// urgent counts what wants somebody, critical and not: orders by their promises, and alerts about anything else. What is snoozed, or looked
// after, is not counted.
func urgent(b board.Batch, now time.Time) (crit, warn int) {
	quiet := map[domain.ID]bool{}
	for _, a := range b.Alerts {
		switch of := ofPromise(a.Kind); {
		case a.Quiet(now) && of:
			quiet[a.SubjectID] = true
		case a.Quiet(now), of: // the order is counted, which may be ahead of its alert
		case a.Severity == alert.Crit:
			crit++
		default:
			warn++
		}
	}
	for _, o := range b.Orders {
		if left, ok := o.Left(now); !ok || left > calm {
			break // the worst come first: nothing after it is at risk
		}
		if quiet[o.ID] {
			continue
		}
		switch o.Risk(now) {
		case order.Breached:
			crit++
		case order.AtRisk:
			warn++
		case order.OnTime:
		}
	}
	return crit, warn
}

// ofPromise says whether alerts of a kind come from what the board itself sees of an order.
func ofPromise(k alert.Kind) bool {
	return k == alert.SLAAtRisk || k == alert.SLABreached || k == alert.Unanswered
}

// openAlert shows what an alert is about: its order, or its vendor or courier with theirs.
func (m *model) openAlert(a *board.Alert) tea.Cmd {
	switch a.Subject {
	case domain.SubjectOrder:
		if m.o.Desk == nil {
			m.say(words.AlertSubject(a) + " is not on the board")
			return nil
		}
		return m.find(a.SubjectID.String())
	case domain.SubjectVendor:
		return m.leadToVendor(a.SubjectID, a.Name)
	case domain.SubjectCourier:
		return m.lead(func(v page.View) bool {
			couriers, ok := v.(*page.Couriers)
			if ok {
				couriers.Lead(a.SubjectID, m.o.Now())
			}
			return ok
		})
	case domain.SubjectCart, domain.SubjectAlert:
	}
	m.say("nothing is known of " + words.AlertSubject(a))
	return nil
}

// lead turns to the view that takes the operator to what they want to see.
func (m *model) lead(takes func(v page.View) bool) tea.Cmd {
	return m.turn(slices.IndexFunc(m.views, takes))
}

// alertNews says what the selected alert means.
func (m *model) alertNews() (text string, style theme.Style, ok bool) {
	a := m.subject().Alert
	if a == nil || m.over != nil {
		return "", style, false
	}
	style = m.theme.Warn
	if a.Severity == alert.Crit {
		style = m.theme.Crit
	}
	return words.Alert(a), style, true
}
