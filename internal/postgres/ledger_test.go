package postgres_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// bookkeeper has a database whose books a test looks at.
type bookkeeper struct {
	*postgres.DB
	t *testing.T
}

func newBooks(t *testing.T) bookkeeper {
	t.Helper()
	t.Parallel()
	db, err := postgres.FromPool(t.Context(), dbtest.New(t))
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return bookkeeper{db, t}
}

func (o bookkeeper) post(transfers ...ledger.Transfer) error {
	return o.InTx(context.Background(), func(tx *postgres.Tx) error { return tx.Transfer(context.Background(), transfers...) })
}

func (o bookkeeper) scan(sql string, args ...any) (n int) {
	o.t.Helper()
	require.NoError(o.t, o.Pool().QueryRow(o.t.Context(), sql, args...).Scan(&n))
	return n
}

// try does statements in one transaction.
func (o bookkeeper) try(statements ...string) error {
	tx, err := o.Pool().Begin(o.t.Context())
	require.NoError(o.t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	for _, s := range statements {
		if _, err := tx.Exec(o.t.Context(), s); err != nil {
			return err
		}
	}
	return tx.Commit(o.t.Context())
}

// sound says that every balance that is kept is the sum of its entries, and that nothing is lost.
func (o bookkeeper) sound() {
	o.t.Helper()
	require.Zero(o.t, o.scan(`SELECT count(*) FROM accounts a WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM entries e WHERE e.account_id = a.id)`))
	require.Zero(o.t, o.scan(`SELECT coalesce(sum(amount), 0)::int FROM entries`))
	require.Zero(o.t, o.scan(`SELECT count(*) FROM entries e WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.id = e.account_id)`))
}

func newID() domain.ID { return id.New() }

func inr(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }

func constraint(t *testing.T, err error) string {
	t.Helper()
	var pg *pgconn.PgError
	require.ErrorAs(t, err, &pg)
	return pg.ConstraintName
}

func TestATransferOpensItsAccounts(t *testing.T) {
	o := newBooks(t)
	customer := newID()
	require.NoError(t, o.post(ledger.ToppedUp(newID(), customer, "sandbox", inr(500)), ledger.Credited(newID(), customer, inr(250))))
	require.NoError(t, o.post(ledger.Credited(newID(), customer, domain.Money{Amount: 7, Currency: "USD"})))
	require.NoError(t, o.post(ledger.Transfer{Kind: ledger.OrderSettled, Source: newID(), Currency: "INR"}), "it moves nothing")
	require.Equal(t, 3, o.scan(`SELECT count(*) FROM transfers`))
	require.Equal(t, 2, o.scan(`SELECT count(*) FROM accounts WHERE owner_id = $1`, customer.String()), "one a currency")
	balance, err := o.WalletBalance(t.Context(), customer, "INR")
	require.NoError(t, err)
	require.Equal(t, inr(750), balance)
	balance, err = o.WalletBalance(t.Context(), newID(), "INR")
	require.NoError(t, err)
	require.Equal(t, inr(0), balance, "nobody's is empty")
	o.sound()
}

func TestTheSameSourceTwice(t *testing.T) {
	o := newBooks(t)
	customer, source := newID(), newID()
	require.NoError(t, o.post(ledger.Credited(source, customer, inr(500))))
	require.ErrorIs(t, o.post(ledger.Credited(source, customer, inr(500))), postgres.ErrPosted)
	// Whoever takes it for done goes on in the same transaction, and what else was posted with it is written.
	require.NoError(t, o.InTx(t.Context(), func(tx *postgres.Tx) error {
		err := tx.Transfer(t.Context(), ledger.Credited(source, customer, inr(500)), ledger.ToppedUp(source, customer, "stripe", inr(20)))
		require.ErrorIs(t, err, postgres.ErrPosted)
		return nil
	}))
	require.Equal(t, 520, o.scan(`SELECT balance FROM accounts WHERE kind = 'wallet'`))
	require.Equal(t, 2, o.scan(`SELECT count(*) FROM transfers`))
	o.sound()
}

func TestAReversalIsWrittenOnce(t *testing.T) {
	o := newBooks(t)
	courier := newID()
	captured := ledger.Order{ID: newID(), VendorID: newID(), CourierID: courier, Bill: ledger.Bill{Currency: "INR", Food: 900}}.Captured(newID(), ledger.Cash(courier), 900)
	captured.OrderID = domain.Nil // there is no such order
	captured.ID = newID()
	require.NoError(t, o.post(captured))
	back := func() error {
		return o.InTx(t.Context(), func(tx *postgres.Tx) error {
			read, err := tx.TransferByID(t.Context(), captured.ID)
			require.NoError(t, err)
			require.ElementsMatch(t, captured.Entries, read.Entries)
			require.Equal(t, captured.Source, read.Source)
			reversal, err := ledger.Reversal(read)
			require.NoError(t, err)
			return tx.Transfer(t.Context(), reversal)
		})
	}
	require.NoError(t, back())
	require.ErrorIs(t, back(), postgres.ErrPosted)
	require.Zero(t, o.scan(`SELECT balance FROM accounts WHERE kind = 'courier_cash'`))
	o.sound()
}

// TestAWalletIsNeverOverdrawn has twenty spend from a wallet that ten of them empty.
func TestAWalletIsNeverOverdrawn(t *testing.T) {
	o := newBooks(t)
	customer := newID()
	require.NoError(t, o.post(ledger.Credited(newID(), customer, inr(100))))
	require.ErrorContains(t, o.post(ledger.Payout(newID(), ledger.Wallet(newID()), inr(1))), "wallet.insufficient", "nobody's is empty")
	won, lost := o.race(20, func() error { return o.post(ledger.Payout(newID(), ledger.Wallet(customer), inr(10))) })
	require.Equal(t, 10, won)
	for _, err := range lost {
		require.ErrorContains(t, err, "wallet.insufficient")
		require.Equal(t, domain.Conflict, domain.KindOf(err))
	}
	require.Zero(t, o.scan(`SELECT balance FROM accounts WHERE owner_id = $1`, customer.String()))
	o.sound()
}

// race does something so many times at once: how often it went well, and the errors.
func (o bookkeeper) race(n int, do func() error) (won int, lost []error) {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = do() })
	}
	wg.Wait()
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			lost = append(lost, err)
		}
	}
	return won, lost
}

// TestAccountsAreOpenedAtOnce has many post the first thing to the same accounts.
func TestAccountsAreOpenedAtOnce(t *testing.T) {
	o := newBooks(t)
	courier := newID()
	cash := func() error {
		order := ledger.Order{ID: newID(), VendorID: newID(), CourierID: courier, Bill: ledger.Bill{Currency: "INR", Food: 100, Delivery: 10, Commission: 20}}
		captured, settled := order.Captured(newID(), order.Till(), 110), order.Settled()
		captured.OrderID, settled.OrderID = domain.Nil, domain.Nil
		return o.post(captured, settled)
	}
	won, lost := o.race(24, cash)
	require.Empty(t, lost)
	require.Equal(t, -110*won, o.scan(`SELECT balance FROM accounts WHERE kind = 'courier_cash'`))
	require.Equal(t, 10*won, o.scan(`SELECT sum(e.amount)::int FROM entries e JOIN accounts a ON a.id = e.account_id WHERE a.kind = 'courier'`))
	o.sound()

	require.NoError(t, o.post(ledger.Deposited(newID(), courier, inr(110*24))))
	require.ErrorContains(t, o.post(ledger.Deposited(newID(), courier, inr(1))), "cash.exceeds")
}

func TestTheBooksProveEveryTransfer(t *testing.T) {
	o := newBooks(t)
	require.NoError(t, o.post(ledger.Credited(newID(), newID(), inr(5)))) // opens Refunds
	const begin = `INSERT INTO transfers (id, kind, source, at) VALUES ('00000000-0000-0000-0000-000000000001', 'payout', gen_random_uuid(), now())`
	enter := func(amount, account string) string {
		return `INSERT INTO entries (transfer_id, account_id, amount, at) VALUES ('00000000-0000-0000-0000-000000000001', ` + account + `, ` + amount + `, now())`
	}
	open := func(kind, currency string) string {
		return `INSERT INTO accounts (id, kind, currency) VALUES (account_id('` + kind + `', NULL, '', '` + currency + `'), '` + kind + `', '` + currency + `')`
	}
	const refunds, held, bank, dollars = `account_id('refunds', NULL, '', 'INR')`, `account_id('held', NULL, '', 'INR')`, `account_id('bank', NULL, '', 'INR')`, `account_id('bank', NULL, '', 'USD')`
	const proof = "entries_sum_to_zero"
	require.Equal(t, proof, constraint(t, o.try(begin, enter("5", refunds))), "does not sum to zero")
	require.Equal(t, proof, constraint(t, o.try(begin, enter("5", refunds), enter("-5", held))), "nobody has opened that account")
	require.Equal(t, proof, constraint(t, o.try(begin, open("bank", "USD"), enter("5", refunds), enter("-5", dollars))), "of two currencies")
	require.NoError(t, o.try(begin, open("bank", "INR"), enter("5", refunds), enter("-5", bank)), "in any order")
	require.Equal(t, proof, constraint(t, o.try(open("held", "INR"), enter("1", held))), "nor is anything added later")
	for _, wrong := range []string{
		`INSERT INTO accounts (id, kind, currency) VALUES (gen_random_uuid(), 'fees', 'INR')`,                                             // a second one
		`INSERT INTO accounts (id, kind, currency) VALUES (account_id('vendor', NULL, '', 'INR'), 'vendor', 'INR')`,                       // nobody's
		`INSERT INTO accounts (id, kind, currency, balance) VALUES (account_id('fees', NULL, '', 'INR'), 'fees', 'INR', 0)`,               // kept by nobody
		`INSERT INTO transfers (id, kind, source, at) VALUES (gen_random_uuid(), 'gift', gen_random_uuid(), now())`,                       // of no kind
		`INSERT INTO entries SELECT id, account_id('bank', NULL, '', 'INR'), 0, now() FROM transfers WHERE kind = 'wallet.credited'`,      // of nothing
		`INSERT INTO transfers (id, kind, source, at) SELECT gen_random_uuid(), kind, source, now() FROM transfers WHERE kind = 'payout'`, // a second time
	} {
		require.NotEmpty(t, constraint(t, o.try(wrong)), wrong)
	}
}

func TestTheBooksRefuseChange(t *testing.T) {
	o := newBooks(t)
	require.NoError(t, o.post(ledger.Credited(newID(), newID(), inr(5))))
	for _, change := range []string{
		"UPDATE transfers SET at = now()", "DELETE FROM transfers", "TRUNCATE transfers CASCADE",
		"UPDATE entries SET amount = -amount", "DELETE FROM entries", "TRUNCATE entries",
		"DELETE FROM accounts", "TRUNCATE accounts CASCADE",
	} {
		require.Equal(t, "append_only", constraint(t, o.try(change)), change)
		require.Equal(t, "append_only", constraint(t, o.try("SET LOCAL session_replication_role = replica", change)), change)
	}
	o.sound()
}
