package billing_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
)

// TestLedgerOfAnOrder: all that the books say of an order, in its order, page by page the same.
func TestLedgerOfAnOrder(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID, other := b.handed(2, "is accepted"), b.handed(1, "is accepted")
	_, err := b.refund(b.support, orderID, billing.RefundWish{Reason: "GOODWILL", Wallet: true, Amount: rupees(500)})
	require.NoError(t, err)
	all, err := b.Ledger(b.ctx, b.support, orderID, domain.Nil, 100)
	require.NoError(t, err)
	var kinds []ledger.Kind
	for i, booked := range all {
		require.NoError(t, booked.Check())
		kinds = append(kinds, booked.Kind)
		require.Negative(t, booked.Entries[0].Amount, "debits first")
		require.Len(t, booked.Owners, len(booked.Entries))
		require.True(t, i == 0 || !booked.At.Before(all[i-1].At))
		for n, e := range booked.Entries {
			want := map[ledger.AccountKind]string{ledger.AccountVendor: "Casa Lima", ledger.AccountWallet: "Asha"}[e.Account.Kind]
			require.Equal(t, want, booked.Owners[n], e.Account.Kind)
		}
	}
	require.Equal(t, []ledger.Kind{ledger.OrderCaptured, ledger.OrderSettled, ledger.OrderRefunded}, kinds)
	var paged []billing.Booked
	after := domain.Nil
	for range all {
		page, err := b.Ledger(b.ctx, b.admin, orderID, after, 1)
		require.NoError(t, err)
		require.Len(t, page, 1)
		paged, after = append(paged, page...), page[0].ID
	}
	require.Equal(t, all, paged)
	rest, err := b.Ledger(b.ctx, b.admin, orderID, after, 1)
	require.NoError(t, err)
	require.Empty(t, rest)
	strange, err := b.Ledger(b.ctx, b.admin, other, all[0].ID, 100)
	require.NoError(t, err)
	for _, booked := range strange {
		require.NotEqual(t, all[0].ID, booked.ID)
	}
	_, err = b.Ledger(b.ctx, b.admin, newID(), domain.Nil, 1)
	require.Equal(t, domain.NotFound, domain.KindOf(err))
}

// TestRefundOfWhatWasSeen: whoever was not told of another's refund gives nothing back on top of it.
func TestRefundOfWhatWasSeen(t *testing.T) {
	b := setup(t, sandbox.Options{})
	orderID := b.handed(2, "is accepted")
	seen := int(b.scan(`SELECT version FROM orders WHERE id = $1`, orderID.String()))
	wish := billing.RefundWish{Reason: "GOODWILL", Wallet: true, Amount: rupees(500), Seen: seen}
	_, err := b.refund(b.support, orderID, wish)
	require.NoError(t, err)
	_, err = b.refund(b.admin, orderID, wish)
	require.Equal(t, domain.Precondition, domain.KindOf(err))
	require.EqualValues(t, 500, b.scan(`SELECT sum(amount) FROM refunds WHERE order_id = $1`, orderID.String()))
}
