package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Unpaid is an order's newest payment, as its gateway is told of it.
type Unpaid struct {
	ID         domain.ID
	CustomerID domain.ID
	Number     string // of the order
	OrderState order.State
	Method     payment.Method
	Provider   string
	State      payment.State
	Amount     domain.Money
}

// Unpaid reads an order's newest payment. NotFound when there is none.
func (db *DB) Unpaid(ctx context.Context, orderID domain.ID) (Unpaid, error) {
	r, err := db.q().PaymentToBegin(ctx, orderID)
	if err != nil {
		return Unpaid{}, missing("order", fmt.Errorf("read payment: %w", classify(err)))
	}
	return Unpaid{
		ID: r.ID, CustomerID: r.CustomerID, Number: r.Number, OrderState: order.State(r.OrderState), Method: payment.Method(r.Method),
		Provider: r.Provider, State: payment.State(r.State), Amount: domain.Money{Amount: r.Amount, Currency: domain.Currency(r.Currency)},
	}, nil
}

// CapturePayment asks the gateway for the money of an order that was accepted, and takes what a wallet has set aside. It gives
// the event that tells of it; of what a gateway does it is told when it is done.
func (tx *Tx) CapturePayment(ctx context.Context, o *LockedOrder) (domain.Event, error) {
	if o.PaidBy == payment.COD {
		return domain.Event{}, nil
	}
	p, err := tx.HoldPayment(ctx, o)
	if err != nil || p.State != payment.Authorized {
		return domain.Event{}, err
	}
	if p.Provider != "" {
		return domain.Event{}, tx.AskGateway(ctx, payment.Operation{ID: id.New(), PaymentID: p.ID, Verb: payment.VerbCapture, Amount: o.Total})
	}
	event, err := p.Capture(p.Amount)
	if err != nil {
		return domain.Event{}, err
	}
	return event, tx.SavePayment(ctx, p)
}

// PayFromWallet sets the price of a new order aside in its customer's wallet, and takes it at once where the vendor has accepted.
// Conflict "wallet.insufficient" when there is not enough: then the transaction is lost.
func (tx *Tx) PayFromWallet(ctx context.Context, n NewOrder) error {
	o, err := tx.HoldOrder(ctx, n.ID)
	if err != nil {
		return err
	}
	p, err := tx.HoldPayment(ctx, o)
	if err != nil {
		return err
	}
	if _, err := p.Authorize(); err != nil {
		return err
	}
	if err := tx.SavePayment(ctx, p); err != nil {
		return err
	}
	if err := tx.Transfer(ctx, p.Order.Captured(p.ID, ledger.Wallet(n.CustomerID), p.Amount.Amount)); err != nil {
		return err
	}
	if o.State != order.Accepted {
		return nil
	}
	captured, err := tx.CapturePayment(ctx, o)
	if err != nil {
		return err
	}
	return tx.StoreOrder(ctx, o, domain.System, captured)
}

// DueOperation is an operation that a gateway is to be asked for now.
type DueOperation struct {
	payment.Operation
	Provider  string
	Reference string // "" for a payment that the gateway was never told of
	Attempts  int    // this one included
}

// TakeOperations takes up to most operations that are due. Until the lease ends nobody else does.
func (db *DB) TakeOperations(ctx context.Context, lease time.Duration, most int) ([]DueOperation, error) {
	rows, err := db.q().TakeOperations(ctx, query.TakeOperationsParams{Seconds: lease.Seconds(), Most: int32(most)}) //nolint:gosec // a few
	if err != nil {
		return nil, fmt.Errorf("take operations: %w", classify(err))
	}
	out := make([]DueOperation, len(rows))
	for i, r := range rows {
		amount := domain.Money{Amount: r.Amount, Currency: domain.Currency(r.Currency)}
		out[i] = DueOperation{payment.Operation{ID: r.ID, PaymentID: r.PaymentID, Verb: r.Verb, Amount: amount}, r.Provider, r.ProviderRef, r.Attempts}
	}
	return out, nil
}

// PendingOperations counts the operations that are due and have not ended, by verb, and says for how long the oldest has been.
func (db *DB) PendingOperations(ctx context.Context) (waiting map[string]int64, oldest time.Duration, err error) {
	rows, err := db.q().PendingOperations(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("count operations: %w", classify(err))
	}
	waiting = map[string]int64{}
	for _, r := range rows {
		waiting[r.Verb] = r.N
		oldest = max(oldest, time.Duration(r.Oldest*float64(time.Second)))
	}
	return waiting, oldest, nil
}

// PutOffOperation has an operation asked for again after a while; code says why.
func (db *DB) PutOffOperation(ctx context.Context, operationID domain.ID, after time.Duration, code string) error {
	err := db.q().PutOffOperation(ctx, query.PutOffOperationParams{ID: operationID, Seconds: after.Seconds(), Error: code})
	if err != nil {
		return fmt.Errorf("put off operation: %w", classify(err))
	}
	return nil
}

// EndOperation ends an operation of a held payment, as done or, with a code, as failed; with the nil ID, whatever of the verb
// is pending. It gives what was pending: nothing when somebody has ended it before.
func (tx *Tx) EndOperation(ctx context.Context, p *LockedPayment, verb string, operationID domain.ID, code string) ([]payment.Operation, error) {
	state := "done"
	if code != "" {
		state = "failed"
	}
	rows, err := tx.Queries.EndOperation(ctx, query.EndOperationParams{PaymentID: p.ID, Verb: verb, ID: orNull(operationID), State: state, Error: code})
	if err != nil {
		return nil, fmt.Errorf("end operation: %w", err)
	}
	out := make([]payment.Operation, len(rows))
	for i, r := range rows {
		out[i] = payment.Operation{ID: r.ID, PaymentID: p.ID, Verb: verb, Amount: domain.Money{Amount: r.Amount, Currency: p.Amount.Currency}}
	}
	return out, nil
}

// AskVoid asks the gateway to let go a held payment that nobody wants any more, unless it was asked before.
func (tx *Tx) AskVoid(ctx context.Context, p *LockedPayment) error {
	asked, err := tx.AskedFor(ctx, query.AskedForParams{PaymentID: p.ID, Verb: payment.VerbVoid})
	if err != nil {
		return fmt.Errorf("look for a void: %w", err)
	}
	if asked {
		return nil
	}
	return tx.askFrom(ctx, payment.Operation{ID: id.New(), PaymentID: p.ID, Verb: payment.VerbVoid, Amount: p.Amount}, p.due)
}

// Capturing says whether the gateway is asked, or was, to take a held payment.
func (tx *Tx) Capturing(ctx context.Context, p *LockedPayment) (bool, error) {
	asked, err := tx.AskedFor(ctx, query.AskedForParams{PaymentID: p.ID, Verb: payment.VerbCapture})
	if err != nil {
		return false, fmt.Errorf("look for a capture: %w", err)
	}
	return asked, nil
}

// AskPaymentIn has a payment's gateway asked what became of it after a while; a zero one: no more.
func (tx *Tx) AskPaymentIn(ctx context.Context, paymentID domain.ID, after time.Duration) error {
	var err error
	if after == 0 {
		err = tx.AskNoMore(ctx, paymentID)
	} else {
		err = tx.Queries.AskPaymentIn(ctx, query.AskPaymentInParams{ID: paymentID, Seconds: after.Seconds()})
	}
	if err != nil {
		return fmt.Errorf("set when to ask: %w", err)
	}
	return nil
}

// Silent is a payment of which nothing was heard in time.
type Silent struct {
	ID        domain.ID
	Provider  string
	Reference string
	Old       bool // begun more than a day ago
}

// TakeSilent takes up to most payments of which nothing was heard in time; they are due again after a while.
func (db *DB) TakeSilent(ctx context.Context, again time.Duration, most int) ([]Silent, error) {
	rows, err := db.q().TakeSilentPayments(ctx, query.TakeSilentPaymentsParams{Seconds: again.Seconds(), Most: int32(most)}) //nolint:gosec // a few
	if err != nil {
		return nil, fmt.Errorf("take silent payments: %w", classify(err))
	}
	out := make([]Silent, len(rows))
	for i, r := range rows {
		out[i] = Silent{r.ID, r.Provider, r.ProviderRef, r.Old}
	}
	return out, nil
}

// PaymentByReference finds the payment that a gateway has a name for. NotFound when there is none.
func (db *DB) PaymentByReference(ctx context.Context, provider, reference string) (domain.ID, error) {
	found, err := db.q().PaymentByReference(ctx, query.PaymentByReferenceParams{Provider: provider, ProviderRef: reference})
	return found, missing("payment", classify(err))
}

// NoteEvent notes that a gateway has told of something. It is false when it was told before.
func (tx *Tx) NoteEvent(ctx context.Context, provider, eventID string) (bool, error) {
	n, err := tx.NoteGatewayEvent(ctx, query.NoteGatewayEventParams{Provider: provider, EventID: eventID})
	if err != nil {
		return false, fmt.Errorf("note event: %w", err)
	}
	return n == 1, nil
}

// ForgetEvents forgets some of what gateways told so long ago that they do not repeat it, and says how many.
func (db *DB) ForgetEvents(ctx context.Context) (int64, error) {
	n, err := db.q().ForgetGatewayEvents(ctx)
	return n, classify(err)
}

// TransferOf finds a transfer by its kind and source. NotFound when there is none.
func (tx *Tx) TransferOf(ctx context.Context, kind ledger.Kind, source domain.ID) (ledger.Transfer, error) {
	found, err := tx.Queries.TransferOf(ctx, query.TransferOfParams{Kind: string(kind), Source: source})
	if errors.Is(err, pgx.ErrNoRows) {
		return ledger.Transfer{}, domain.Missing("transfer")
	}
	if err != nil {
		return ledger.Transfer{}, fmt.Errorf("find transfer: %w", err)
	}
	return tx.TransferByID(ctx, found)
}

// Wallets are what a customer has in their wallet, one a currency.
func (db *DB) Wallets(ctx context.Context, customerID domain.ID) ([]domain.Money, error) {
	rows, err := db.q().Wallets(ctx, &customerID)
	if err != nil {
		return nil, fmt.Errorf("read wallets: %w", classify(err))
	}
	out := make([]domain.Money, len(rows))
	for i, r := range rows {
		out[i] = domain.Money{Amount: r.Balance, Currency: domain.Currency(r.Currency)}
	}
	return out, nil
}
