package tui

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/page"
	"github.com/zoop-dev/zoop/internal/tui/settings"
)

const (
	wonderAfter = 250 * time.Millisecond // without a key, after which the API is asked for vendors
	maxVendors  = 20                     // of its answers that are shown
	mostAsked   = 100                    // for which it can be asked at once
	longestName = 80                     // letters that it looks for
)

// question is what the palette asks the API, and what came of it.
type question struct {
	n        int                // counts them: with each change of what is typed another begins, though it be the same text again
	cancel   context.CancelFunc // nil: no answer is waited for
	answered bool
	vendors  []page.Vendor // of this question and older ones
	problem  string        // why there was none
}

// The messages of the palette's question; of says which palette it is of, and n which of its questions.
type (
	wonderMsg struct {
		of *palette
		n  int
	}
	vendorsMsg struct {
		of   *palette
		n    int
		list dto.DeskVendorList
		err  error
	}
)

// leave gives up on an answer.
func (q *question) leave() {
	if q.cancel != nil {
		q.cancel()
		q.cancel = nil
	}
}

// commands are the palette's lines for vendors that the API knows and the board has not listed.
func (q *question) commands(typed string, listed map[domain.ID]bool) []command {
	var out []command
	for _, v := range q.vendors {
		if _, ok := fits(v.Name, typed); !ok || listed[v.ID] {
			continue
		}
		out = append(out, command{v.Name, "vendor in " + v.City + ", " + v.State, func(m *model) tea.Cmd { return m.leadToVendor(v.ID, v.Name) }})
	}
	return out
}

// wonder asks the API for vendors in a moment, unless something else is typed by then; what was asked before is void.
func (p *palette) wonder(m *model) tea.Cmd {
	p.asked.leave()
	p.asked.n++
	p.asked.answered, p.asked.problem = false, ""
	if !p.asks(m) || m.batch.Link.APIAway {
		return nil
	}
	return m.after(wonderAfter, wonderMsg{p, p.asked.n})
}

// asks says whether what is typed is a question for the API.
func (p *palette) asks(m *model) bool {
	typed := p.typed()
	return !p.actions && m.o.Desk != nil && typed != "" && len([]rune(typed)) <= longestName
}

func (m *model) onWonder(msg wonderMsg) tea.Cmd {
	p := msg.of
	if m.over != overlay(p) || p.asked.n != msg.n {
		return nil
	}
	ctx, cancel := context.WithTimeout(m.ctx, readTimeout)
	typed := p.typed()
	_, listed := m.vendorCommands(typed) // may come in the answer, too, and before the others
	most := min(mostAsked, maxVendors+len(listed))
	p.asked.cancel = cancel
	return func() tea.Msg {
		defer cancel()
		list, err := m.o.Desk.DeskVendors(ctx, client.DeskFilter{Text: typed}, client.Page{Limit: most})
		return vendorsMsg{p, msg.n, list, err}
	}
}

func (m *model) onVendors(msg vendorsMsg) {
	p := msg.of
	if m.over != overlay(p) || p.asked.n != msg.n {
		return
	}
	p.asked.cancel, p.asked.answered = nil, true
	if p.asked.problem = m.o.unanswered(msg.err); p.asked.problem != "" {
		return
	}
	typed := p.typed()
	_, listed := m.vendorCommands(typed)
	above := len(p.found(m)) - len(p.asked.commands(typed, listed))
	p.asked.take(msg.list.Data, p.cursor+1-above, func(v page.Vendor) bool {
		_, ok := fits(v.Name, typed)
		return ok && !listed[v.ID]
	})
}

// unanswered says why the API gave no vendors; "" where it did.
func (o Options) unanswered(err error) string {
	switch said := o.refusal(err); {
	case err == nil:
		return ""
	case said != "":
		return said
	case client.IsStatus(err, http.StatusTooManyRequests):
		return "the API is asked too often, type on in a moment"
	}
	return "the API is away"
}

// take adds vendors that are wanted below those that are shown already, of which the first so many stay where they are: on the last of them
// is the cursor. Where there are too many, the last of the others give way.
func (q *question) take(rows []dto.DeskVendor, stay int, wanted func(page.Vendor) bool) {
	known := map[domain.ID]bool{}
	q.vendors = slices.DeleteFunc(q.vendors, func(v page.Vendor) bool {
		known[v.ID] = wanted(v)
		return !known[v.ID]
	})
	var others []page.Vendor
	for _, row := range rows {
		if v := page.ReadVendor(row); wanted(v) && !known[v.ID] {
			others = append(others, v)
		}
	}
	kept := max(stay, maxVendors/2, maxVendors-len(others))
	q.vendors = append(q.vendors[:min(len(q.vendors), kept)], others...)
	q.vendors = q.vendors[:min(len(q.vendors), maxVendors)]
}

// nothing says why the palette finds nothing.
func (p *palette) nothing(m *model) string {
	switch {
	case !p.asks(m):
	case m.batch.Link.APIAway:
		return "nothing on the board fits; the API is away"
	case p.asked.problem != "":
		return "nothing on the board fits; " + p.asked.problem
	case !p.asked.answered:
		return "nothing on the board fits; asking the API for vendors"
	}
	return "nothing fits"
}

// leadToVendor shows a vendor in its view, whether it has work or not.
func (m *model) leadToVendor(id domain.ID, name string) tea.Cmd {
	return m.lead(func(v page.View) bool {
		vendors, ok := v.(*page.Vendors)
		if ok {
			vendors.Lead(id, name, m.o.Now())
		}
		return ok
	})
}

// vendorCommands are the palette's lines for vendors with live orders whose name fits what is typed, and which vendors have one: each shows
// those of its name in their view.
func (m *model) vendorCommands(typed string) (out []command, listed map[domain.ID]bool) {
	seen := map[string]bool{}
	listed = map[domain.ID]bool{}
	for _, o := range m.batch.Orders {
		if _, ok := fits(o.Vendor, typed); !ok || strings.ContainsAny(o.Vendor, `"=~<>`) {
			continue
		}
		if !seen[o.Vendor] {
			if len(out) == maxFound {
				continue
			}
			seen[o.Vendor] = true
			filter := settings.OfView + `vendors "` + o.Vendor + `"`
			out = append(out, command{o.Vendor, "vendor in " + o.City, func(m *model) tea.Cmd { return m.recall(filter) }})
		}
		listed[o.VendorID] = true
	}
	return out, listed
}
