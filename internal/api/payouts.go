package api

import (
	"io"
	"strconv"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/sheet"
)

func (h *handlers) listPayouts(c *call) (answer, error) {
	found, next, err := h.payouts(c, c.limit())
	if err != nil {
		return answer{}, err
	}
	return ok(dto.PayoutList{Data: fromPayouts(found), NextCursor: next})
}

func (h *handlers) payouts(c *call, limit int) ([]postgres.Payout, *string, error) {
	owner, err := c.idParam("owner")
	if err != nil {
		return nil, nil, err
	}
	before, err := c.before()
	if err != nil {
		return nil, nil, err
	}
	found, err := h.Payouts.List(c.Context(), postgres.PayoutFilter{Owner: owner, State: payout.State(c.param("state"))}, before, limit+1)
	if err != nil {
		return nil, nil, err
	}
	found, next := cutPage(found, limit, payoutID)
	return found, next, nil
}

func payoutID(p postgres.Payout) domain.ID { return p.ID }

func (h *handlers) getPayout(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	p, err := h.Payouts.Get(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	a, err := ok(fromPayout(p))
	return versioned(a, p.Version), err
}

func (h *handlers) exportPayouts(c *call) (answer, error) {
	found, _, err := h.payouts(c, int(c.number("limit", 1000)))
	if err != nil {
		return answer{}, err
	}
	return csvAnswer("payouts.csv", func(w io.Writer) error {
		out := sheet.New(w)
		if err := out.Row("payout", "kind", "owner", "payee", "minor units", "currency", "state", "until", "note", "bank account"); err != nil {
			return err
		}
		for _, p := range found {
			err := out.Row(p.ID.String(), string(p.To.Kind), p.To.Owner.String(), p.Payee, strconv.FormatInt(p.Amount.Amount, 10), string(p.Amount.Currency),
				string(p.State), sheetTime(p.Until), p.Note, p.Mask)
			if err != nil {
				return err
			}
		}
		return out.Flush()
	}), nil
}

func (h *handlers) draftPayouts(c *call) (answer, error) {
	req, err := body[dto.PayoutRequest](c)
	if err != nil {
		return answer{}, err
	}
	made, err := h.Payouts.Draft(c.Context(), c.actor, deref(req.Owner))
	if err != nil {
		return answer{}, err
	}
	return created(dto.PayoutList{Data: fromPayouts(made)})
}

// movePayout serves a verb; what is final says why, or has the bank's reference.
func (h *handlers) movePayout(verb string) handler {
	return func(c *call) (answer, error) {
		id, version, err := c.target()
		if err != nil {
			return answer{}, err
		}
		var req dto.PayoutNote
		if verb == payout.VerbPay || verb == payout.VerbFail {
			if req, err = body[dto.PayoutNote](c); err != nil {
				return answer{}, err
			}
		}
		p, err := h.Payouts.Step(c.Context(), c.actor, id, version, verb, req.Note)
		if err != nil {
			return answer{}, err
		}
		a, err := ok(fromPayout(p))
		return versioned(a, p.Version), err
	}
}

func (h *handlers) listVendorPayouts(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return c.earnings(func(before domain.ID, limit int) ([]postgres.Payout, []postgres.Owing, error) {
		return h.Payouts.OfVendor(c.Context(), c.actor, id, before, limit)
	})
}

func (h *handlers) getEarnings(c *call) (answer, error) {
	days, err := h.earningDays(c)
	if err != nil {
		return answer{}, err
	}
	a, err := c.earnings(func(before domain.ID, limit int) ([]postgres.Payout, []postgres.Owing, error) {
		return h.Payouts.OfCourier(c.Context(), c.actor, before, limit)
	})
	if out, is := a.body.(dto.Earnings); is {
		out.Days = days
		a.body = out
	}
	return a, err
}

// earningDays are those that the query asks for.
func (h *handlers) earningDays(c *call) ([]dto.EarningDay, error) {
	var ask billing.Days
	for name, day := range map[string]*domain.Date{"from": &ask.From, "to": &ask.To} {
		if text := c.param(name); text != "" {
			var err error
			if *day, err = domain.ParseDate(name, text); err != nil {
				return nil, err
			}
		}
	}
	ask.Zone = c.param("zone")
	days, err := h.Payouts.Days(c.Context(), c.actor, ask)
	if err != nil {
		return nil, err
	}
	out := make([]dto.EarningDay, len(days))
	for i, d := range days {
		out[i] = dto.EarningDay{
			Day: d.Day.String(), OnlineMinutes: int(d.Online.Minutes()), Deliveries: d.Deliveries, Earned: fromMoneys(d.Earned), PerHour: fromMoneys(d.PerHour()),
		}
	}
	return out, nil
}

func (h *handlers) listEarningLines(c *call) (answer, error) {
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	lines, err := h.Payouts.EarningLines(c.Context(), c.actor, before, c.limit()+1)
	if err != nil {
		return answer{}, err
	}
	lines, next := cutPage(lines, c.limit(), func(l postgres.PayoutLine) domain.ID { return l.TransferID })
	list := dto.EarningLineList{Data: make([]dto.StatementLine, len(lines)), NextCursor: next}
	for i, l := range lines {
		list.Data[i] = fromPayoutLine(l)
	}
	return ok(list)
}

func (c *call) earnings(read func(before domain.ID, limit int) ([]postgres.Payout, []postgres.Owing, error)) (answer, error) {
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	found, owed, err := read(before, c.limit()+1)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), payoutID)
	out := dto.Earnings{Data: fromPayouts(found), NextCursor: next, Owed: make([]dto.Owing, len(owed))}
	for i, o := range owed {
		out.Owed[i] = dto.Owing{Total: fromMoney(o.Total), Open: fromMoney(o.Open)}
	}
	return ok(out)
}

func (h *handlers) getStatement(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return c.statement(h.Payouts.Statement(c.Context(), id))
}

func (h *handlers) getVendorStatement(c *call) (answer, error) {
	vendorID, err := c.id()
	if err != nil {
		return answer{}, err
	}
	id, err := c.idNamed("payoutId")
	if err != nil {
		return answer{}, err
	}
	return c.statement(h.Payouts.StatementOf(c.Context(), c.actor, ledger.Vendor(vendorID), id))
}

func (h *handlers) getCourierStatement(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return c.statement(h.Payouts.StatementOf(c.Context(), c.actor, ledger.Courier(c.actor.ID), id))
}

func (c *call) statement(s billing.Statement, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	switch c.param("form") {
	case "csv":
		return csvAnswer("payout-"+s.ID.String()+".csv", func(w io.Writer) error { return writeStatement(w, s) }), nil
	case "html":
		return answer{status: 200, stream: func(w io.Writer) error { return statementPage(w, s) }, header: map[string]string{
			"Content-Type": "text/html; charset=utf-8",
		}}, nil
	}
	out := dto.Statement{Payout: fromPayout(s.Payout), Lines: []dto.StatementLine{}}
	var total ledger.Parts
	err = s.Lines(func(page []postgres.PayoutLine) error {
		for _, l := range page {
			out.Lines = append(out.Lines, fromPayoutLine(l))
			total = total.Plus(l.Parts)
		}
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	out.Totals = fromParts(total)
	if s.Cash != nil {
		out.Cash = &dto.CashFlow{Taken: fromMoney(s.Cash.Taken), Deposited: fromMoney(s.Cash.Deposited)}
	}
	return ok(out)
}

func (h *handlers) getCash(c *call) (answer, error) {
	cash, rooms, err := h.Payouts.Cash(c.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	out := fromCash(cash)
	out.Limits = fromCashRooms(rooms)
	return ok(out)
}

func (h *handlers) createDeposit(c *call) (answer, error) {
	req, err := body[dto.Deposit](c)
	if err != nil {
		return answer{}, err
	}
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	left, err := h.Payouts.Deposit(c.Context(), c.actor, id, domain.Money{Amount: req.Amount.Amount, Currency: domain.Currency(req.Amount.Currency)})
	if err != nil {
		return answer{}, err
	}
	return created(fromCash(left))
}
