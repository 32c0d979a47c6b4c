package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// maxRequest bounds a request's body, in bytes.
const maxRequest = 16 << 10

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /v1/payments", s.merchants(s.begin))
	mux.HandleFunc("GET /v1/payments/{reference}", s.merchants(s.status))
	mux.HandleFunc("POST /v1/payments/{reference}/{kind}", s.merchants(s.operate))
	mux.HandleFunc("GET /pay/{reference}", s.page)
	mux.HandleFunc("POST /pay/{reference}", s.pay)
	return mux
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// merchants lets only those in who know the secret.
func (s *Server) merchants(handle http.HandlerFunc) http.HandlerFunc {
	want := []byte("Bearer " + s.bearer)
	return func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			answer(w, http.StatusUnauthorized, problem{"unauthenticated"})
			return
		}
		handle(w, r)
	}
}

func (s *Server) begin(w http.ResponseWriter, r *http.Request) {
	var i intent
	if !read(w, r, &i) {
		return
	}
	if !leads(i.ReturnURL) || i.PaymentID.IsNil() || i.OrderID.IsNil() || len(i.Number) > 32 || i.Amount < 1 || i.Amount > domain.MaxAmount || !domain.Currency(i.Currency).Known() {
		answer(w, http.StatusBadRequest, problem{"invalid_intent"})
		return
	}
	rec, err := s.book.begin(i, "pay_"+rand.Text())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, s.standing(rec))
}

// leads says whether an address is none that runs in the page itself.
func leads(returnURL string) bool {
	u, err := url.Parse(returnURL)
	return err == nil && len(returnURL) <= rules.MaxReturnURL && !slices.Contains([]string{"javascript", "data", "vbscript"}, u.Scheme)
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	rec, err := s.book.get(r.PathValue("reference"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer(w, http.StatusOK, s.standing(rec))
}

// operate takes an operation on, or tells how the one with its ID stands.
func (s *Server) operate(w http.ResponseWriter, r *http.Request) {
	kind := r.PathValue("kind")
	if !slices.Contains([]string{opCapture, opVoid, opRefund, opGiveBack, opChargeBack, opReinstate}, kind) {
		answer(w, http.StatusNotFound, problem{"not_found"})
		return
	}
	var o order
	if !read(w, r, &o) {
		return
	}
	if o.ID.IsNil() || o.Amount < 0 || o.Amount > domain.MaxAmount {
		answer(w, http.StatusBadRequest, problem{"invalid_operation"})
		return
	}
	var refusal string
	other := false
	rec, err := s.book.change(r.PathValue("reference"), func(rec *record, now time.Time) ([]fact, bool) {
		if known := rec.find(o.ID); known != nil {
			other = known.Kind != kind || known.Amount != o.Amount
			return nil, false
		}
		if refusal = rec.refusal(kind, o.Amount, o.Of); refusal != "" {
			return nil, false
		}
		rec.Operations = append(rec.Operations, operation{ID: o.ID, Kind: kind, Amount: o.Amount, State: opPending, Due: now.Add(s.options.Delay), Of: o.Of})
		return rec.settle(now), true
	})
	switch {
	case err != nil:
		s.fail(w, r, err)
	case other:
		s.fail(w, r, errOther)
	case refusal != "":
		answer(w, http.StatusUnprocessableEntity, problem{refusal})
	default:
		op := rec.find(o.ID)
		answer(w, http.StatusOK, outcome{op.ID, op.State, op.Code})
	}
}

// standing is a payment in the words of the wire.
func (s *Server) standing(r *record) standing {
	return standing{
		Reference: r.Reference, PaymentID: r.Intent.PaymentID, State: r.State, Currency: r.Intent.Currency, Amount: r.Intent.Amount,
		Authorized: r.Authorized, Captured: r.Captured, Refunded: r.Refunded, Code: r.Code,
		HostedURL: s.options.PublicURL + "/pay/" + r.Reference,
	}
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, errUnknown):
		answer(w, http.StatusNotFound, problem{"not_found"})
	case errors.Is(err, errOther):
		answer(w, http.StatusUnprocessableEntity, problem{"key_reused"})
	case errors.Is(err, errFull):
		answer(w, http.StatusServiceUnavailable, problem{"full"})
	default:
		s.options.Log.ErrorContext(r.Context(), "sandbox cannot keep what it does", logkey.Error, err.Error())
		answer(w, http.StatusInternalServerError, problem{"internal"})
	}
}

// read decodes a body, or answers with 400.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err == nil {
		err = json.Unmarshal(body, into, json.RejectUnknownMembers(true))
	}
	if err != nil {
		answer(w, http.StatusBadRequest, problem{"invalid_body"})
	}
	return err == nil
}

func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"code":"internal"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
