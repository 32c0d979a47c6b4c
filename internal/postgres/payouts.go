package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/domain/payout"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Payout is a payout as it is kept.
type Payout struct {
	payout.Payout
	To         ledger.Account // of a vendor or a courier
	Payee      string         // their name; "" of one that is held
	Entries    int
	Until      time.Time // what was owed by then is in it
	ApprovedBy domain.ID // Nil until it is approved
	TransferID domain.ID // Nil until it is in the books
	Note       string    // the bank's reference, or why it failed
	Mask       string    // the end of the account that the bank was told, or is told if it is exported now; "": none
	Approved   string    // the end of the account that it was approved to go to; "": there was none, or it is a draft
	CreatedAt  time.Time
	UpdatedAt  time.Time

	bankKey    string // what the bank was told
	bankSealed []byte

	approvedBank int // the version of the account that it was approved to go to; 0: there was none
}

// PayoutLine is a line of a statement, or of a courier's cash.
type PayoutLine struct {
	TransferID  domain.ID
	Kind        ledger.Kind
	At          time.Time
	OrderID     domain.ID // Nil where it concerns no order
	OrderNumber string
	Amount      domain.Money
	Parts       ledger.Parts // what the amount is made of
	Cash        int64        // that the courier took with the order, in minor units: for their information, not a part
}

// CashFlow is what a courier took for us and handed in, for their information: it is no part of what they have earned.
type CashFlow struct{ Taken, Deposited domain.Money }

// DraftPayouts puts together what one vendor or courier, or with Nil everybody, is owed until a moment. Somebody who is owed
// nothing, or less, has none: it is carried over. Two of these at once wait for each other, and no entry is in two payouts.
func (tx *Tx) DraftPayouts(ctx context.Context, ownerID domain.ID, until time.Time, by domain.Actor) ([]Payout, error) {
	accounts, err := tx.LockPayees(ctx, orNull(ownerID))
	if err != nil {
		return nil, fmt.Errorf("lock payees: %w", err)
	}
	p := query.DraftPayoutsParams{AccountIds: accounts, Until: until, MadeBy: orNull(by.ID)}
	for range accounts {
		p.Ids = append(p.Ids, id.New())
	}
	rows, err := tx.Queries.DraftPayouts(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("draft payouts: %w", classify(err))
	}
	out := make([]Payout, len(rows))
	for i, r := range rows {
		out[i] = toPayout(r.Payout, r.Payee)
		out[i].Mask = r.Mask
	}
	return out, nil
}

// BeginPayoutWeek notes that the week's payouts are drafted, and gives the moment, by the database's clock. It is false when they
// are drafted already. The transaction may take a minute.
func (tx *Tx) BeginPayoutWeek(ctx context.Context) (time.Time, bool, error) {
	now, err := tx.Moment(ctx)
	if err != nil {
		return now, false, fmt.Errorf("begin week of payouts: %w", err)
	}
	week := payout.WeekOf(now)
	n, err := tx.Queries.BeginPayoutWeek(ctx, pgtype.Date{Time: time.Date(week.Year, week.Month, week.Day, 0, 0, 0, 0, time.UTC), Valid: true})
	if err != nil {
		return now, false, fmt.Errorf("begin week of payouts: %w", classify(err))
	}
	if n == 0 {
		return now, false, nil
	}
	return now, true, tx.AllowMinute(ctx)
}

// HoldPayout locks a payout. NotFound when there is none.
func (tx *Tx) HoldPayout(ctx context.Context, payoutID domain.ID) (Payout, error) {
	r, err := tx.LockPayout(ctx, payoutID)
	if err != nil {
		return Payout{}, missing("payout", fmt.Errorf("lock payout: %w", err))
	}
	return toPayout(r, ""), nil
}

// SavePayout stores a payout that is held and was moved, with what the step does to the books: an exported one is in them, and
// one that fails afterwards is taken back; its entries are owed again.
func (tx *Tx) SavePayout(ctx context.Context, p *Payout) error {
	switch {
	case p.State == payout.Exported:
		t := ledger.Payout(p.ID, p.To, p.Amount)
		t.ID = id.New()
		if err := tx.Transfer(ctx, t); err != nil {
			return err
		}
		p.TransferID = t.ID
	case p.Owed():
		if err := tx.takeBack(ctx, p); err != nil {
			return err
		}
	}
	n, err := tx.Queries.SavePayout(ctx, query.SavePayoutParams{
		ID: p.ID, State: string(p.State), Version: p.Version, ApprovedBy: orNull(p.ApprovedBy), TransferID: orNull(p.TransferID), Note: p.Note,
		WasVersion: p.Version - 1,
	})
	if err != nil {
		return fmt.Errorf("save payout: %w", classify(err))
	}
	if n == 0 {
		return domain.Errorf(domain.Conflict, string(domain.Conflict), "somebody else changed the payout at the same moment")
	}
	return nil
}

func (tx *Tx) takeBack(ctx context.Context, p *Payout) error {
	if err := tx.OweAgain(ctx, p.ID); err != nil {
		return fmt.Errorf("owe again: %w", err)
	}
	if p.TransferID.IsNil() {
		return nil
	}
	t, err := tx.TransferByID(ctx, p.TransferID)
	if err != nil {
		return err
	}
	back, err := ledger.Reversal(t)
	if err != nil {
		return err
	}
	return tx.Transfer(ctx, back)
}

// PayoutFilter selects payouts; its zero value selects all.
type PayoutFilter struct {
	Owner domain.ID
	State payout.State
}

// Payouts lists payouts before one, newest first; Nil begins with the newest.
func (db *DB) Payouts(ctx context.Context, f PayoutFilter, before domain.ID, limit int) ([]Payout, error) {
	rows, err := db.q().PayoutsBefore(ctx, query.PayoutsBeforeParams{
		Before: orNull(before), OwnerID: orNull(f.Owner), State: orAny(string(f.State)), Most: int32(limit), //nolint:gosec // a page's size
	})
	if err != nil {
		return nil, fmt.Errorf("list payouts: %w", classify(err))
	}
	out := make([]Payout, len(rows))
	for i, r := range rows {
		out[i] = toPayout(r.Payout, r.Payee)
		out[i].Mask = r.Mask
	}
	return out, nil
}

// Payout reads one. NotFound when there is none.
func (db *DB) Payout(ctx context.Context, payoutID domain.ID) (Payout, error) {
	r, err := db.q().PayoutByID(ctx, payoutID)
	if err != nil {
		return Payout{}, missing("payout", fmt.Errorf("read payout: %w", classify(err)))
	}
	p := toPayout(r.Payout, r.Payee)
	p.Mask = r.Mask
	return p, nil
}

// PayoutLines gives a part of a payout's statement, oldest first: what comes after a line, the zero line for the beginning.
func (db *DB) PayoutLines(ctx context.Context, p Payout, after PayoutLine, limit int) ([]PayoutLine, error) {
	rows, err := db.q().PayoutLines(ctx, query.PayoutLinesParams{
		PayoutID: p.ID, AfterAt: after.At, AfterID: after.TransferID, Most: int32(limit), //nolint:gosec // a page's size
	})
	if err != nil {
		return nil, fmt.Errorf("read statement: %w", classify(err))
	}
	out := make([]PayoutLine, len(rows))
	for i, r := range rows {
		bill := ledger.Bill{Food: r.Food, Packaging: r.Packaging, VendorDiscount: r.VendorDiscount, Delivery: r.Delivery, Surge: r.Surge, Tip: r.Tip}
		out[i] = PayoutLine{
			TransferID: r.TransferID, Kind: ledger.Kind(r.Kind), At: r.At, OrderID: orNil(r.OrderID), OrderNumber: r.OrderNumber,
			Amount: domain.Money{Amount: r.Amount, Currency: p.Amount.Currency}, Cash: r.Cash,
			Parts: bill.PartsOf(p.To.Kind, ledger.Kind(r.Kind), r.Amount, r.Commission, r.Carried),
		}
	}
	return out, nil
}

// PayoutCash is what a courier took and handed in since their payout before, up to this one.
func (db *DB) PayoutCash(ctx context.Context, p Payout) (CashFlow, error) {
	r, err := db.q().CashOfPayout(ctx, p.ID)
	if err != nil {
		return CashFlow{}, fmt.Errorf("add up cash: %w", classify(err))
	}
	money := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: p.Amount.Currency} }
	return CashFlow{money(r.Taken), money(r.Deposited)}, nil
}

// Owing is what a vendor or a courier has earned that is in no payout, in one currency. Both may be below zero.
type Owing struct {
	Total domain.Money
	Open  domain.Money // of it: of orders that may still be complained about
}

// Owing adds up what somebody is owed, by currency.
func (db *DB) Owing(ctx context.Context, to ledger.Account) ([]Owing, error) {
	rows, err := db.q().Owed(ctx, query.OwedParams{OwnerID: to.Owner, Kind: string(to.Kind)})
	if err != nil {
		return nil, fmt.Errorf("add up what is owed: %w", classify(err))
	}
	out := make([]Owing, len(rows))
	for i, r := range rows {
		c := domain.Currency(r.Currency)
		out[i] = Owing{domain.Money{Amount: r.Amount, Currency: c}, domain.Money{Amount: r.Open, Currency: c}}
	}
	return out, nil
}

// Cash is what a courier has in their pocket for us, by currency.
func (db *DB) Cash(ctx context.Context, courierID domain.ID) ([]domain.Money, error) {
	rows, err := db.q().CashBalances(ctx, courierID)
	if err != nil {
		return nil, fmt.Errorf("read cash: %w", classify(err))
	}
	out := make([]domain.Money, len(rows))
	for i, r := range rows {
		out[i] = domain.Money{Amount: -r.Balance, Currency: domain.Currency(r.Currency)}
	}
	return out, nil
}

func toPayout(r query.Payout, payee string) Payout {
	return Payout{
		Payout: payout.Payout{
			ID: r.ID, State: payout.State(r.State), Version: r.Version, MadeBy: orNil(r.MadeBy),
			Amount: domain.Money{Amount: r.Amount, Currency: domain.Currency(r.Currency)},
		},
		To: ledger.Account{Kind: ledger.AccountKind(r.Kind), Owner: r.OwnerID}, Payee: payee, Entries: r.Entries, Until: r.Until,
		ApprovedBy: orNil(r.ApprovedBy), TransferID: orNil(r.TransferID), Note: r.Note, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		Mask: r.BankMask, bankKey: orZero(r.BankKey), bankSealed: r.BankSealed,
		Approved: r.ApprovedMask, approvedBank: orZero(r.ApprovedBank),
	}
}
