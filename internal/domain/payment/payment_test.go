package payment

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

func inr(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }

// at is a payment of 100 that has reached a state, 40 of it given back when only a part is.
func at(s State) Payment {
	p := New(domain.ID{1}, domain.ID{2}, Card, "sandbox", inr(100))
	p.State = s
	if s.Taken() {
		p.Captured = inr(100)
	}
	switch s {
	case PartiallyRefunded:
		p.Refunded = inr(40)
	case Refunded:
		p.Refunded = inr(100)
	}
	return p
}

// verbs is every verb and where it leads, by the state it starts from: the design's table once more.
var verbs = map[string]struct {
	do   func(*Payment) (domain.Event, error)
	from map[State]State
}{
	"authorize":      {(*Payment).Authorize, map[State]State{Created: Authorized}},
	"fail":           {(*Payment).Fail, map[State]State{Created: Failed}},
	"void":           {(*Payment).Void, map[State]State{Created: Voided, Authorized: Voided}},
	"capture":        {func(p *Payment) (domain.Event, error) { return p.Capture(inr(100)) }, map[State]State{Created: Captured, Authorized: Captured}},
	"refund part":    {func(p *Payment) (domain.Event, error) { return p.Refund(inr(50)) }, map[State]State{Captured: PartiallyRefunded, PartiallyRefunded: PartiallyRefunded}},
	"reinstate part": {func(p *Payment) (domain.Event, error) { return p.Reinstate(inr(10)) }, map[State]State{PartiallyRefunded: PartiallyRefunded, Refunded: PartiallyRefunded}},
	"reinstate all":  {func(p *Payment) (domain.Event, error) { return p.Reinstate(p.Refunded) }, map[State]State{PartiallyRefunded: Captured, Refunded: Captured}},
	"refund all":     {func(p *Payment) (domain.Event, error) { return p.Refund(p.Refundable()) }, map[State]State{Captured: Refunded, PartiallyRefunded: Refunded}},
}

func TestEveryVerbInEveryState(t *testing.T) {
	t.Parallel()
	for name, verb := range verbs {
		for _, from := range States {
			p := at(from)
			event, err := verb.do(&p)
			to, legal := verb.from[from]
			if !legal {
				require.Equal(t, domain.Conflict, domain.KindOf(err), "%s when %s", name, from)
				require.Equal(t, at(from), p, "a refused verb changes nothing")
				continue
			}
			require.NoError(t, err, "%s when %s", name, from)
			require.Equal(t, to, p.State)
			if strings.HasPrefix(name, "reinstate") {
				to = "reinstated"
			}
			require.Equal(t, "payment."+string(to), event.Type)
		}
	}
}

func TestAmountsHaveBounds(t *testing.T) {
	t.Parallel()
	p := at(Authorized)
	for _, wrong := range []domain.Money{inr(101), inr(0), inr(-1), {Amount: 100, Currency: "USD"}} {
		_, err := p.Capture(wrong)
		require.ErrorIs(t, err, ErrCapture)
	}
	_, err := p.Capture(inr(70)) // the order has become cheaper
	require.NoError(t, err)
	for _, wrong := range []domain.Money{inr(71), inr(0), inr(-1), {Amount: 1, Currency: "USD"}} {
		_, err := p.Refund(wrong)
		require.ErrorIs(t, err, ErrRefund)
	}
	_, err = p.Refund(inr(30))
	require.NoError(t, err)
	_, err = p.Refund(inr(41))
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, map[string]any{"refundable": told(inr(40))}, e.Details)

	free := New(domain.ID{1}, domain.ID{2}, Wallet, "", inr(0))
	_, err = free.Capture(inr(0))
	require.NoError(t, err)
}

// Of two who ask a gateway for the last of the money one is refused at once; what the gateway does not do may be asked again.
func TestWhatIsAskedForIsSetAside(t *testing.T) {
	t.Parallel()
	p := at(Captured)
	require.NoError(t, p.AskRefund(inr(60)))
	require.ErrorIs(t, p.AskRefund(inr(41)), ErrRefund)
	_, err := p.Refund(inr(41))
	require.ErrorIs(t, err, ErrRefund)
	require.Equal(t, Captured, p.State, "nothing is given back yet")
	require.NoError(t, p.RefundFailed(inr(60)))
	require.ErrorIs(t, p.RefundFailed(inr(1)), ErrRefund)
	require.NoError(t, p.AskRefund(inr(100)))
	event, err := p.RefundDone(inr(100))
	require.NoError(t, err)
	require.Equal(t, "payment.refunded", event.Type)
	_, err = p.RefundDone(inr(1))
	require.ErrorIs(t, err, ErrRefund)
}

func TestAGatewaysWordsWinByRank(t *testing.T) {
	t.Parallel()
	for from, row := range map[State]map[State]State{
		Created:           {Authorized: Authorized, Captured: Captured, Failed: Failed, Voided: Voided},
		Failed:            {Created: Failed, Authorized: Authorized, Captured: Captured},
		Authorized:        {Created: Authorized, Failed: Authorized, Authorized: Authorized, Voided: Voided, Captured: Captured},
		Voided:            {Authorized: Voided, Failed: Voided, Captured: Captured},
		Captured:          {Authorized: Captured, Failed: Captured, Voided: Captured, Captured: Captured},
		PartiallyRefunded: {Captured: PartiallyRefunded},
		Refunded:          {Created: Refunded, Captured: Refunded},
	} {
		for seen, to := range row {
			p := at(from)
			events, err := p.Advance(Seen{State: seen})
			require.NoError(t, err, "%s seen when %s", seen, from)
			require.Equal(t, to, p.State, "%s seen when %s", seen, from)
			require.Equal(t, from == to, len(events) == 0)
		}
	}
}

func TestAGatewayCannotClaimTooMuch(t *testing.T) {
	t.Parallel()
	for _, seen := range []Seen{{Captured, 101}, {Captured, -1}} {
		p := at(Authorized)
		_, err := p.Advance(seen)
		require.ErrorIs(t, err, ErrClaim, "%+v", seen)
		require.Equal(t, at(Authorized), p)
	}
	for _, state := range []State{"lost", PartiallyRefunded, Refunded} {
		p := at(Created)
		_, err := p.Advance(Seen{State: state})
		require.Equal(t, domain.Invalid, domain.KindOf(err), state)
		require.Equal(t, at(Created), p)
	}
}

// TestRefundsNeverExceedCaptures does whatever comes to mind, in any order.
func TestRefundsNeverExceedCaptures(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := New(domain.ID{1}, domain.ID{2}, Card, "sandbox", inr(rapid.Int64Range(0, 50).Draw(t, "amount")))
		amount := rapid.Custom(func(t *rapid.T) domain.Money { return inr(rapid.Int64Range(-5, 60).Draw(t, "n")) })
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			was := p
			var err error
			switch m := amount.Draw(t, "money"); rapid.IntRange(0, 10).Draw(t, "verb") {
			case 0:
				_, err = p.Authorize()
			case 1:
				_, err = p.Fail()
			case 2:
				_, err = p.Void()
			case 3:
				_, err = p.Capture(m)
			case 4:
				_, err = p.Refund(m)
			case 5:
				err = p.AskRefund(m)
			case 6:
				_, err = p.RefundDone(m)
			case 7:
				if err = p.RefundFailed(m); err == nil {
					_, _, err = p.Absorb()
				}
			case 8:
				_, err = p.TakeBack(m)
			case 9:
				if _, err = p.Reinstate(m); err == nil {
					was.State = p.State // the only way back
				}
			default:
				_, err = p.Advance(Seen{rapid.SampledFrom(States).Draw(t, "seen"), m.Amount})
			}
			if err != nil && p != was {
				t.Fatalf("%v, yet %+v became %+v", err, was, p)
			}
			sound(t, p)
			if rank(p.State) < rank(was.State) {
				t.Fatalf("%s after %s", p.State, was.State)
			}
		}
	})
}

// sound is what Postgres checks, too.
func sound(t *rapid.T, p Payment) {
	captured, back, asked := p.Captured.Amount, p.Refunded.Amount, p.Refunding.Amount
	if back < 0 || asked < 0 || back+asked > captured || captured > p.Amount.Amount {
		t.Fatalf("amounts: %+v", p)
	}
	if excess := p.Excess.Amount; excess < 0 || excess > 0 && back+asked != captured {
		t.Fatalf("excess: %+v", p)
	}
	ok := map[State]bool{
		Created: captured == 0, Authorized: captured == 0, Failed: captured == 0, Voided: captured == 0,
		Captured: back == 0, PartiallyRefunded: 0 < back && back < captured, Refunded: 0 < back && back == captured,
	}
	if !ok[p.State] {
		t.Fatalf("state and amounts: %+v", p)
	}
}

// TestDisorderDoesNotMatter: in whatever order and how often a gateway says things, a payment ends in the same state.
func TestDisorderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		captured := rapid.Int64Range(1, 100).Draw(t, "captured")
		said := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Seen {
			return Seen{State: rapid.SampledFrom(States[:rank(Captured)+1]).Draw(t, "state"), Captured: captured}
		}), 1, 8).Draw(t, "said")
		again := slices.Concat(said, rapid.SliceOf(rapid.SampledFrom(said)).Draw(t, "again"))
		one, other := hear(t, said), hear(t, rapid.Permutation(again).Draw(t, "in disorder"))
		if one != other {
			t.Fatalf("%+v, in disorder %+v", one, other)
		}
	})
}

func hear(t *rapid.T, said []Seen) Payment {
	p := at(Created)
	for _, s := range said {
		if _, err := p.Advance(s); err != nil {
			t.Fatal(err)
		}
	}
	return p
}
