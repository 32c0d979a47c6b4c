package notify_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/lettertest"
	"github.com/zoop-dev/zoop/internal/mail"
	"github.com/zoop-dev/zoop/internal/postgres"
)

func code(p account.Purpose) postgres.Posted {
	return postgres.Posted{Attempt: 1, MaxAttempts: 3, Preferences: letter.DefaultPreferences(), Letter: letter.Letter{
		Kind: letter.Code, To: "asha@example.com", Secret: "314159", Until: time.Now().Add(time.Minute),
		Data: map[string]string{letter.Purpose: string(p), letter.Role: "vendor"},
	}}
}

// requireHarmless asserts that a message holds nothing of what strangers tried.
func requireHarmless(t *testing.T, m mail.Message) {
	t.Helper()
	for _, text := range []string{m.Subject, m.Text, m.HTML} {
		require.NotContains(t, text, "\u202e")
		require.NotContains(t, text, "\x1b")
		require.NotContains(t, text, "evil.example", "a mail program would make a link of it")
		require.NotContains(t, text, "\nBcc")
		require.NotContains(t, text, "<no value>")
		require.NotContains(t, text, "\r")
	}
	require.NotContains(t, m.Subject, "\n")
	require.NotContains(t, m.HTML, "<b>")
	require.NotContains(t, m.HTML, "src=", "nothing is fetched")
	require.NotContains(t, m.HTML, "href=")
	require.Contains(t, m.HTML, `<html lang="en">`)
	require.Contains(t, m.HTML, `content="light dark"`)
}

func TestCodes(t *testing.T) {
	f := setup(t)
	for purpose, says := range map[account.Purpose]string{
		account.SignIn: "sign in", account.SignUp: "open a vendor account", account.Already: "There is one already",
	} {
		outcome, err := f.Deliver(t.Context(), code(purpose))
		require.NoError(t, err)
		require.Equal(t, letter.Sent, outcome)
		m := f.post.sent[len(f.post.sent)-1]
		require.Equal(t, "asha@example.com", m.To)
		require.Equal(t, "314159 is your zoop code", m.Subject)
		require.Equal(t, "code 314159", m.Brief)
		require.Contains(t, m.Text, says)
		require.Contains(t, m.Text, "\n\n    314159\n\n")
		require.Contains(t, m.Text, "for 5 minutes")
		require.Contains(t, m.HTML, says)
		require.Contains(t, m.HTML, ">314159<")
		requireHarmless(t, m)
	}
}

func TestADecoyAndALateCodeAreNotSent(t *testing.T) {
	f := setup(t)
	outcome, err := f.Deliver(t.Context(), code(account.Decoy))
	require.NoError(t, err)
	require.Equal(t, letter.Dropped, outcome)
	late := code(account.SignIn)
	late.Expired = true
	outcome, err = f.Deliver(t.Context(), late)
	require.Error(t, err)
	require.Equal(t, letter.Expired, outcome)
	require.Empty(t, f.post.sent)
}

func TestInvitation(t *testing.T) {
	f := setup(t)
	require.NoError(t, f.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		return tx.Post(t.Context(), letter.Letter{
			Kind: letter.Invitation, To: "ravi@example.com", Secret: "t0ken", Until: time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC),
			Data: map[string]string{letter.Inviter: evil, letter.Vendor: evil, letter.Role: "manager"},
		})
	}))
	m := f.read(letter.Invitation)
	require.Equal(t, "You are invited to zoop", m.Subject)
	require.Contains(t, m.Text, harmless+" invites you to help run "+harmless+" at zoop, as manager.")
	require.Contains(t, m.Text, "\n    t0ken\n")
	require.Contains(t, m.Text, "until 2 January 2040, 03:0")
	require.Contains(t, m.HTML, ">t0ken<")
	require.Equal(t, "invitation t0ken", m.Brief)
	requireHarmless(t, m)

	require.NoError(t, f.db.InTx(t.Context(), func(tx *postgres.Tx) error {
		return tx.Post(t.Context(), letter.Letter{
			Kind: letter.Invitation, To: "ravi@example.com", Until: time.Now().Add(time.Hour),
			Data: map[string]string{letter.Vendor: evil, letter.Role: "owner"},
		})
	}))
	m = f.read(letter.Invitation)
	require.Contains(t, m.Text, "You are invited to help run "+harmless+" at zoop, as owner.\n\nTo accept, sign in")
	require.NotContains(t, m.Text, "token")
	require.Contains(t, m.HTML, "open one, by ")
	requireHarmless(t, m)
}

func TestConfirmationIsAReceipt(t *testing.T) {
	f := setup(t)
	_, number := f.order()
	m := f.read(letter.OrderConfirmed)
	require.Equal(t, "asha@example.com", m.To)
	require.Contains(t, m.Subject, "Your order "+number+" from ")
	for _, says := range []string{
		harmless + ", your order " + number + " is with " + harmless,
		"Receipt (INR)\n\n498.00  2 × " + harmless + "\n    Your note: " + harmless + "\n",
		"24.90  GST 5.00%\n", "  Delivery\n", "  Total\n", "You pay in cash on delivery\n", "To your address: " + harmless + "\n",
		" UTC\nYour note: " + harmless + "\n",
	} {
		require.Contains(t, m.Text, says)
	}
	require.Contains(t, m.HTML, "<td style=\"padding:4px 0\">2 × &lt;b&gt;X&lt;/b&gt; Bcc")
	require.Contains(t, m.HTML, ">498.00</td>")
	require.NotContains(t, m.Text+m.HTML, "Secret Street", "the label is enough")
	requireHarmless(t, m)
}

func TestAnOrderThatIsNotMade(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*fixture, domain.ID) error
		says string
	}{
		"cancelled": {func(f *fixture, id domain.ID) error {
			_, err := f.orders.Cancel(t.Context(), f.customer, id, 0, "CHANGED_MIND")
			return err
		}, "You cancelled it."},
		"rejected": {func(f *fixture, id domain.ID) error {
			_, err := f.orders.Reject(t.Context(), f.owner, id, 0, "TOO_BUSY", nil)
			return err
		}, " could not take it: the kitchen has more orders than it can make in time."},
		"expired": {func(f *fixture, id domain.ID) error {
			f.exec("UPDATE orders SET deadline_at = now() - interval '1 second', deadline_verb = 'expire' WHERE id = $1", id)
			_, err := f.orders.FireDue(t.Context())
			return err
		}, " did not answer in time."},
		"lost with its courier": {func(f *fixture, id domain.ID) error {
			f.exec(`UPDATE orders SET state = 'returned', cancel_reason = 'NO_COURIER', cancelled_by = 'system', cancel_fee = 0, cancel_lost = 0,
			                          cancel_liable = 'platform', cancel_restock = false, cancel_strike = false WHERE id = $1`, id)
			return f.db.InTx(t.Context(), func(tx *postgres.Tx) error {
				return tx.Post(t.Context(), letter.AboutOrder(letter.OrderCancelled, f.customer.ID, id, time.Now()))
			})
		}, "It could not be delivered: no courier could bring it."},
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			id, number := f.order()
			confirmation := lettertest.Last(t, f.db)
			require.NoError(t, c.end(f, id))
			m := f.read(letter.OrderCancelled)
			require.Equal(t, "Your order "+number+" will not be made", m.Subject)
			require.Contains(t, m.Text, c.says)
			require.Contains(t, m.Text, "nothing to pay and nothing to give back")
			require.Contains(t, m.Text, "over INR ")
			requireHarmless(t, m)

			outcome, err := f.Deliver(t.Context(), confirmation)
			require.NoError(t, err)
			require.Equal(t, letter.Dropped, outcome, "a confirmation of what will not be made")
		})
	}
}

func TestRefund(t *testing.T) {
	f := setup(t)
	id, number := f.order()
	l := letter.AboutOrder(letter.Refunded, f.customer.ID, id, time.Now())
	l.Data = map[string]string{letter.Amount: "12345", letter.Currency: "KWD", letter.Reason: evil}
	require.NoError(t, f.db.InTx(t.Context(), func(tx *postgres.Tx) error { return tx.Post(t.Context(), l) }))
	m := f.read(letter.Refunded)
	require.Equal(t, "You get back KWD 12.345 for your order "+number, m.Subject)
	require.Contains(t, m.Text, ": "+harmless+".\n")
	requireHarmless(t, m)
}

func TestPreferencesAreHonouredWhenItIsSent(t *testing.T) {
	f := setup(t)
	id, _ := f.order()
	require.NoError(t, f.db.SetMailPreferences(t.Context(), f.customer.ID, letter.Preferences{Changes: true}))
	outcome, err := f.deliver()
	require.NoError(t, err)
	require.Equal(t, letter.Dropped, outcome)
	require.Empty(t, f.post.sent)
	_, err = f.orders.Cancel(t.Context(), f.customer, id, 0, "MISTAKE")
	require.NoError(t, err)
	f.read(letter.OrderCancelled)
}

func TestNobodysMailIsDropped(t *testing.T) {
	f := setup(t)
	f.order()
	p := lettertest.Last(t, f.db)
	for _, address := range []string{"", "x@customer.sim.zoop.test", "erased-1@invalid", "x@zoop.localhost"} {
		p.To = address
		outcome, err := f.Deliver(t.Context(), p)
		require.NoError(t, err)
		require.Equal(t, letter.Dropped, outcome)
	}
	p = lettertest.Last(t, f.db)
	p.UserID = f.owner.ID
	outcome, err := f.Deliver(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, letter.Dropped, outcome, "somebody else's order")
	require.Empty(t, f.post.sent)
}

func TestFailures(t *testing.T) {
	f := setup(t)
	for _, c := range []struct {
		err     error
		attempt int
		outcome letter.Outcome
	}{
		{&mail.Error{Step: "connect"}, 1, letter.Failed},
		{errors.New("broken"), 2, letter.Failed},
		{&mail.Error{Step: "connect"}, 3, letter.Dead},
		{&mail.Error{Step: "recipient", Code: 550, Permanent: true}, 1, letter.Dead},
	} {
		f.post.fail = c.err
		p := code(account.SignIn)
		p.Attempt = c.attempt
		outcome, err := f.Deliver(t.Context(), p)
		require.ErrorIs(t, err, c.err)
		require.Equal(t, c.outcome, outcome)
	}
	require.NotContains(t, f.logs.String(), "314159")
	require.NotContains(t, f.logs.String(), "@")
	require.Contains(t, f.logs.String(), "550")
	require.NoError(t, testutil.GatherAndCompare(f.registry, strings.NewReader(`
		# HELP zoop_letters_total Attempts to send letters, by kind and outcome: sent, failed (tried again), dead, dropped, expired.
		# TYPE zoop_letters_total counter
		zoop_letters_total{kind="code",outcome="dead"} 2
		zoop_letters_total{kind="code",outcome="failed"} 2
	`), "zoop_letters_total"))

	f.post.fail = &mail.Error{Step: "connect"}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, err := f.Deliver(stopped, code(account.SignIn))
	require.ErrorIs(t, err, context.Canceled, "River makes such a job available again at once")
}

// Every reason there is has words, unless it is the customer's own or says nothing.
func TestReasonsHaveWords(t *testing.T) {
	f := setup(t)
	id, _ := f.order()
	_, err := f.orders.Cancel(t.Context(), f.customer, id, 0, "MISTAKE")
	require.NoError(t, err)
	silent := []order.Reason{"OTHER", "FRAUD"}
	for _, group := range []order.Group{order.GroupVendor, order.GroupPlatform} {
		for _, reason := range order.Reasons[group] {
			f.exec("UPDATE orders SET cancelled_by = 'support', cancel_reason = $1 WHERE id = $2", string(reason), id)
			m := f.read(letter.OrderCancelled)
			said := strings.Contains(m.Text, "It was cancelled: ")
			require.NotEqual(t, said, reason == silent[0] || reason == silent[1], reason)
		}
	}
}

func TestWhoIsPaidElsewhereIsTold(t *testing.T) {
	f := setup(t)
	for account, says := range map[string]string{"••••3000": "go to the bank account that ends like this: ••••3000", "": "was taken away"} {
		require.NoError(t, f.db.InTx(t.Context(), func(tx *postgres.Tx) error {
			return tx.Post(t.Context(), letter.Letter{
				Kind: letter.BankChanged, UserID: f.owner.ID, Until: time.Now().Add(letter.BankTTL), Data: map[string]string{letter.Account: account, letter.Vendor: evil},
			})
		}))
		m := f.read(letter.BankChanged)
		require.Equal(t, "ravi@example.com", m.To)
		require.Contains(t, m.Text, says)
		require.Contains(t, m.HTML, says)
		require.Contains(t, m.Text, "payouts of "+harmless+" ")
		requireHarmless(t, m)
	}
}

func TestAWebhookThatWasDisabled(t *testing.T) {
	f := setup(t)
	for reason, says := range map[string]string{"gone": "answered that it is gone (410)", "failing": "nothing has arrived there for five days"} {
		require.NoError(t, f.db.InTx(t.Context(), func(tx *postgres.Tx) error {
			return tx.Post(t.Context(), letter.Letter{
				Kind: letter.WebhookDisabled, UserID: f.owner.ID, Until: time.Now().Add(letter.WebhookTTL),
				Data: map[string]string{letter.Vendor: evil, letter.Host: "pos.example.com", letter.Reason: reason},
			})
		}))
		m := f.read(letter.WebhookDisabled)
		require.Equal(t, "ravi@example.com", m.To)
		require.Contains(t, m.Text, says)
		require.Contains(t, m.HTML, says)
		requireHarmless(t, m)
	}
}
