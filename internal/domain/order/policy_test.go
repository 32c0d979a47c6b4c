package order

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
)

// TestThePolicyCoversEveryReasonInEveryState holds every version.
func TestThePolicyCoversEveryReasonInEveryState(t *testing.T) {
	t.Parallel()
	var ending []State // from which an order may end before its time
	for state, row := range Machine.Table {
		for _, tr := range row {
			switch tr.Verb {
			case VerbCancel, VerbReject, VerbExpire, VerbFail, VerbReturn:
				ending = append(ending, state)
			}
		}
	}
	parties := []Party{OfCustomer, OfVendor, OfCourier, OfPlatform}
	require.Contains(t, Policies, CurrentPolicy)
	for version, policy := range Policies {
		for group, reasons := range Reasons {
			for _, reason := range reasons {
				for _, state := range ending {
					terms, ok := policy.Terms[reason][state]
					require.True(t, ok, "version %d: %s when %s", version, reason, state)
					require.Contains(t, parties, terms.Liable)
					require.True(t, terms.Lost >= 0 && terms.Lost <= 10_000)
					cooked := state == Preparing || state == Ready || state == Undeliverable
					require.Equal(t, !cooked, terms.Restock, "what is cooked does not go back: %s when %s", reason, state)
					if state == Scheduled || state == Placed {
						require.Zero(t, terms.Lost, "free: %s when %s", reason, state)
					}
					if group == GroupVendor || group == GroupPlatform {
						require.NotEqual(t, OfCustomer, terms.Liable, "not the customer's fault: %s", reason)
					}
				}
			}
		}
	}
}

func TestWhatACancelCosts(t *testing.T) {
	t.Parallel()
	in := func(state State) Order {
		o := placed()
		o.State, o.AcceptedAt, o.ReadyBy, o.PromisedAt = state, noon, noon.Add(20*time.Minute), noon.Add(40*time.Minute)
		return o
	}
	for name, tc := range map[string]struct {
		state  State
		by     domain.Role
		reason Reason
		after  time.Duration // the accept
		fee    int64         // of 100.00, with a tip of 10.00
		lost   int64
		liable Party
		back   bool
		strike bool
	}{
		"before the accept":         {Placed, domain.RoleCustomer, "CHANGED_MIND", 0, 0, 0, OfCustomer, true, false},
		"scheduled":                 {Scheduled, domain.RoleCustomer, "CHANGED_MIND", 0, 0, 0, OfCustomer, true, false},
		"at once":                   {Accepted, domain.RoleCustomer, "MISTAKE", time.Minute - 1, 0, 0, OfCustomer, true, false},
		"a minute later":            {Accepted, domain.RoleCustomer, "MISTAKE", time.Minute, 18_00, 18_00, OfCustomer, true, false},
		"in the pan":                {Preparing, domain.RoleCustomer, "CHANGED_MIND", 5 * time.Minute, 45_00, 45_00, OfCustomer, false, false},
		"packed":                    {Ready, domain.RoleCustomer, "CHANGED_MIND", 15 * time.Minute, 90_00, 90_00, OfCustomer, false, false},
		"slow, but as promised":     {Preparing, domain.RoleCustomer, TooSlow, 35 * time.Minute, 45_00, 45_00, OfCustomer, false, false},
		"slower than promised":      {Preparing, domain.RoleCustomer, TooSlow, 36 * time.Minute, 0, 45_00, OfVendor, false, false},
		"waits for a courier":       {Ready, domain.RoleCustomer, TooSlow, 56 * time.Minute, 0, 90_00, OfPlatform, false, false},
		"staff for the customer":    {Preparing, domain.RoleSupport, "CHANGED_MIND", 5 * time.Minute, 45_00, 45_00, OfCustomer, false, false},
		"no courier":                {Ready, domain.RoleSupport, "NO_COURIER", 50 * time.Minute, 0, 90_00, OfPlatform, false, false},
		"the vendor has no more":    {Accepted, domain.RoleVendor, ItemUnavailable, 5 * time.Minute, 0, 18_00, OfVendor, true, true},
		"the vendor closes":         {Preparing, domain.RoleVendor, "CLOSING_EARLY", 5 * time.Minute, 0, 45_00, OfVendor, false, true},
		"nobody came to collect it": {Ready, domain.RoleSupport, CustomerAbsent, 2 * time.Hour, 90_00, 90_00, OfCustomer, false, false},
		"not paid after all":        {Accepted, domain.RoleSystem, Unpaid, time.Minute, 0, 18_00, OfPlatform, true, false},
	} {
		o := in(tc.state)
		want := Outcome{
			Policy: 1, Fee: inr(tc.fee), Refund: inr(100_00 - tc.fee), Lost: inr(tc.lost), Liable: tc.liable, Restock: tc.back, Strike: tc.strike,
		}
		now := noon.Add(tc.after)
		quoted, err := o.Quote(tc.by, now, tc.reason)
		require.NoError(t, err, name)
		require.Equal(t, want, quoted, name)
		require.Equal(t, tc.state, o.State, "a quote changes nothing")
		require.Zero(t, o.Outcome)
		_, err = o.Cancel(tc.by, now, tc.reason)
		require.NoError(t, err, name)
		require.Equal(t, quoted, o.Outcome, "%s: what was quoted", name)
	}
	o := in(Preparing)
	o.Cash = true
	quoted, err := o.Quote(domain.RoleCustomer, noon.Add(5*time.Minute), "CHANGED_MIND")
	require.NoError(t, err)
	require.Equal(t, Outcome{Policy: 1, Fee: inr(0), Refund: inr(0), Lost: inr(45_00), Liable: OfPlatform}, quoted, "nothing was paid that it could be kept of")
	o = in(PickedUp)
	_, err = o.Quote(domain.RoleCustomer, noon, "MISTAKE")
	require.ErrorContains(t, err, "illegal_transition")
	o = in(Placed)
	for by, reason := range map[domain.Role]Reason{domain.RoleCustomer: "FRAUD", domain.RoleVendor: "MISTAKE", domain.RoleSystem: "TOO_BUSY"} {
		_, err = o.Quote(by, noon, reason)
		require.Equal(t, domain.Invalid, domain.KindOf(err), "%s gives no %s", by, reason)
	}
}

// TestAnOutcomeAddsUp holds for any total and tip: what is kept and what goes back is the total, and nobody pays for more than that.
func TestAnOutcomeAddsUp(t *testing.T) {
	t.Parallel()
	var reasons []Reason
	for _, group := range []Group{GroupVendor, GroupCustomer, GroupPlatform, GroupDelivery} {
		reasons = append(reasons, Reasons[group]...)
	}
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(0, 1_000_000).Draw(t, "total")
		o := Order{
			State: rapid.SampledFrom(States).Draw(t, "state"), Total: inr(total), Tip: inr(rapid.Int64Range(0, total).Draw(t, "tip")),
			AcceptedAt: noon, ReadyBy: noon, PromisedAt: noon, Fulfilment: Delivery, Cash: rapid.Bool().Draw(t, "cash"),
		}
		out := o.outcome(rapid.SampledFrom(reasons).Draw(t, "reason"), noon.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "s"))*time.Second))
		switch {
		case out.Fee.Add(out.Refund) != o.Total && !o.Cash, o.Cash && out.Refund.Amount != 0:
			t.Fatalf("%v and %v are not %v", out.Fee, out.Refund, o.Total)
		case out.Fee.Amount < 0 || !o.Cash && out.Refund.Amount < o.Tip.Amount || out.Lost.Amount > o.Total.Amount-o.Tip.Amount:
			t.Fatalf("out of bounds: %+v of %+v", out, o)
		case out.Fee.Amount > 0 && (out.Liable != OfCustomer || o.Cash):
			t.Fatal("a fee for what is somebody else's fault")
		}
	})
}

// Where money has thousandths a fee has none of them, so that a gateway can give back exactly the rest.
func TestAFeeThatAGatewayCanKeep(t *testing.T) {
	t.Parallel()
	o := Order{State: Preparing, Total: domain.Money{Amount: 10_010, Currency: "KWD"}, Tip: domain.Money{Currency: "KWD"}, AcceptedAt: noon, Policy: 1}
	_, err := o.Cancel(domain.RoleCustomer, noon.Add(time.Hour), "CHANGED_MIND")
	require.NoError(t, err)
	require.EqualValues(t, 5_005, o.Outcome.Lost.Amount)
	require.EqualValues(t, 5_000, o.Outcome.Fee.Amount)
	require.EqualValues(t, 5_010, o.Outcome.Refund.Amount)
}
