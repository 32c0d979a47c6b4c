package api

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// maxWebhook bounds what a gateway posts, in bytes: an event with the thing that it is about.
const maxWebhook = 256 << 10

func (h *handlers) payOrder(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	s, err := h.Billing.Begin(c.Context(), c.actor, id, c.param("returnUrl"))
	if err != nil {
		return answer{}, err
	}
	a, err := ok(dto.PaymentSession{PaymentID: s.PaymentID, Provider: s.Provider, ClientSecret: some(s.ClientSecret), HostedURL: some(s.HostedURL), ReturnURL: some(s.ReturnURL)})
	a.header = map[string]string{"Cache-Control": "no-store"} // who has it may pay
	return a, err
}

// takeWebhook reads the body as it came: it is what was signed.
func (h *handlers) takeWebhook(c *call) (answer, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.Body, maxWebhook))
	if err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return answer{}, tooLarge("body", maxWebhook)
		}
		return answer{}, readError(err)
	}
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{}) // as readBody does
	if err := h.Billing.Webhook(c.Context(), mux.Vars(c.Request)["provider"], c.Header, body); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) refundOrder(c *call) (answer, error) {
	id, w, err := refundWish(c)
	if err != nil {
		return answer{}, err
	}
	if w.Seen, err = c.version(); err != nil {
		return answer{}, err
	}
	a, err := h.Billing.Refund(c.Context(), c.actor, id, w, func(r billing.Refund) (domain.Answer, error) {
		text, err := encode(fromRefund(r))
		return domain.Answer{Status: http.StatusCreated, Body: text}, err
	})
	return answer{status: a.Status, raw: a.Body}, err
}

func (h *handlers) quoteRefund(c *call) (answer, error) {
	id, w, err := refundWish(c)
	if err != nil {
		return answer{}, err
	}
	q, err := h.Billing.QuoteRefund(c.Context(), c.actor, id, w)
	if err != nil {
		return answer{}, err
	}
	r := fromRefund(q)
	return ok(dto.RefundQuote{Amount: r.Amount, To: dto.RefundQuoteTo(r.To), Bearer: dto.RefundQuoteBearer(q.Bearer)})
}

func refundWish(c *call) (domain.ID, billing.RefundWish, error) {
	id, err := c.id()
	if err != nil {
		return domain.Nil, billing.RefundWish{}, err
	}
	req, err := body[dto.RefundRequest](c)
	if err != nil {
		return domain.Nil, billing.RefundWish{}, err
	}
	w := billing.RefundWish{Reason: payment.RefundReason(req.Reason), Wallet: req.To != nil && *req.To == dto.RefundRequestToWallet}
	if req.Amount != nil {
		w.Amount = &domain.Money{Amount: req.Amount.Amount, Currency: domain.Currency(req.Amount.Currency)}
	}
	for _, item := range req.Items {
		w.Items = append(w.Items, postgres.RefundItem{Position: item.Position, Portions: item.Portions})
	}
	return id, w, nil
}

func fromRefund(r billing.Refund) dto.Refund {
	to := dto.RefundToSource
	if r.Wallet {
		to = dto.RefundToWallet
	}
	out := dto.Refund{
		ID: r.ID, State: dto.RefundState(r.State), Amount: fromMoney(r.Amount), To: to, Reason: r.Reason, Bearer: some(dto.RefundBearer(r.Bearer)), At: r.At.UTC(),
	}
	for _, i := range r.Items {
		out.Items = append(out.Items, dto.RefundItem{Position: i.Position, Portions: i.Portions})
	}
	return out
}

func (h *handlers) listRefunds(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	found, err := h.Billing.Refunds(c.Context(), c.actor, id, before, c.limit()+1)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(r billing.Refund) domain.ID { return r.ID })
	return ok(dto.RefundList{Data: each(found, fromRefund), NextCursor: next})
}

func (h *handlers) listLedger(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	after, err := c.before()
	if err != nil {
		return answer{}, err
	}
	found, err := h.Billing.Ledger(c.Context(), c.actor, id, after, c.limit()+1)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(t billing.Booked) domain.ID { return t.ID })
	return ok(dto.Ledger{Data: each(found, fromBooked), NextCursor: next})
}

func fromBooked(t billing.Booked) dto.LedgerTransfer {
	out := dto.LedgerTransfer{ID: t.ID, Kind: dto.LedgerTransferKind(t.Kind), Reference: t.Source, At: t.At.UTC(), Entries: make([]dto.LedgerEntry, len(t.Entries))}
	for i, e := range t.Entries {
		entry := dto.LedgerEntry{
			Account: dto.LedgerEntryAccount(e.Account.Kind), Provider: some(e.Account.Provider), Side: dto.LedgerEntrySideCredit,
			Amount: fromMoney(domain.Money{Amount: e.Amount, Currency: t.Currency}),
		}
		if e.Amount < 0 {
			entry.Side, entry.Amount.Amount = dto.LedgerEntrySideDebit, -e.Amount
		}
		if !e.Account.Owner.IsNil() {
			entry.Owner = &dto.Party{ID: e.Account.Owner, Name: t.Owners[i]}
		}
		out.Entries[i] = entry
	}
	return out
}

func (h *handlers) getWallet(c *call) (answer, error) {
	balances, err := h.Billing.Wallet(c.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	wallet := dto.Wallet{Balances: make([]dto.Money, len(balances))}
	for i, b := range balances {
		wallet.Balances[i] = fromMoney(b)
	}
	return ok(wallet)
}

func (h *handlers) creditWallet(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.CreditRequest](c)
	if err != nil {
		return answer{}, err
	}
	amount := domain.Money{Amount: req.Amount.Amount, Currency: domain.Currency(req.Amount.Currency)}
	a, err := h.Billing.Credit(c.Context(), c.actor, id, amount, req.Reason, func(credit billing.Credit) (domain.Answer, error) {
		text, err := encode(dto.Credit{ID: credit.ID, Amount: fromMoney(credit.Amount)})
		return domain.Answer{Status: http.StatusCreated, Body: text}, err
	})
	return answer{status: a.Status, raw: a.Body}, err
}
