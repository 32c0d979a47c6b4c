package sandbox

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// view is what the page shows.
type view struct {
	Number   string
	Amount   string
	State    payment.State
	Asked    bool   // the bank waits for the customer
	Thinking bool   // the customer waits for the bank
	Open     bool   // a card can be tried
	Code     string // what the bank said last
	Problem  string // with what was just posted
	Cards    []Card
	Back     template.URL // the merchant has checked it: it may be of an app's own scheme
}

// page shows the payment: cards to pay with, the bank's question, or how it ended.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	rec, err := s.book.get(r.PathValue("reference"))
	if err != nil {
		http.Error(w, "no such payment", http.StatusNotFound)
		return
	}
	show(w, http.StatusOK, rec, "")
}

// pay takes what the customer did on the page: a card, an answer to the bank, or giving up.
func (s *Server) pay(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	card, known := find(r.PostForm.Get("card"))
	verb := r.PostForm.Get("do")
	refusal := ""
	rec, err := s.book.change(r.PathValue("reference"), func(rec *record, now time.Time) (facts []fact, changed bool) {
		switch {
		case verb == "approve" || verb == "refuse":
			facts, refusal = rec.answer(verb == "approve")
		case verb == "leave":
			facts, refusal = rec.giveUp()
		case !known:
			refusal = "no_such_card"
		default:
			facts, refusal = rec.pay(card, now, s.options.SlowAfter)
		}
		return facts, refusal == ""
	})
	switch {
	case err != nil:
		http.Error(w, "the payment is not there, or cannot be kept", http.StatusNotFound)
	case refusal != "":
		show(w, http.StatusConflict, rec, refusal)
	default:
		http.Redirect(w, r, "/pay/"+rec.Reference, http.StatusSeeOther) // so that reloading pays nothing twice
	}
}

func show(w http.ResponseWriter, status int, r *record, problem string) {
	v := view{
		Number: r.Intent.Number, Amount: domain.Money{Amount: r.Intent.Amount, Currency: domain.Currency(r.Intent.Currency)}.String(),
		State: r.State, Asked: r.Challenged, Thinking: !r.AnswerAt.IsZero(), Open: r.payable() == "" && !r.Challenged,
		Code: r.Code, Problem: problem, Cards: Cards,
		Back: template.URL(r.Intent.ReturnURL), //nolint:gosec // begin takes no other addresses than those that lead somewhere
	}
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, v); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address is the right to pay
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes())
}
