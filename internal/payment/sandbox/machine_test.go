package sandbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment"
)

// Whatever is asked in whatever order: no more is refunded than captured, no more captured than authorised, and amounts only grow.
func TestAmountsOnlyGrowWithinEachOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := &record{State: payment.Created, Intent: intent{Amount: rapid.Int64Range(1, 50).Draw(t, "amount")}}
		now, n := noon, byte(0)
		told := map[payment.Kind]int64{}
		tell := func(facts []fact) {
			for _, f := range facts {
				told[f.kind] += f.amount
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			before := *r
			switch rapid.SampledFrom([]string{"pay", "answer", "leave", "wait", "operate", "operate", "operate"}).Draw(t, "step") {
			case "pay":
				facts, _ := r.pay(rapid.SampledFrom(Cards).Draw(t, "card"), now, time.Minute)
				tell(facts)
			case "answer":
				facts, _ := r.answer(rapid.Bool().Draw(t, "yes"))
				tell(facts)
			case "leave":
				if rapid.IntRange(0, 9).Draw(t, "leaves") == 0 {
					facts, _ := r.giveUp()
					tell(facts)
				}
			case "wait":
				now = now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "seconds")) * time.Second)
				tell(r.settle(now))
			case "operate":
				kind := rapid.SampledFrom([]string{opCapture, opVoid, opRefund}).Draw(t, "kind")
				amount := rapid.Int64Range(0, 60).Draw(t, "part")
				if r.refusal(kind, amount, domain.Nil) == "" {
					n++
					due := now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "delay")) * time.Second)
					r.Operations = append(r.Operations, operation{ID: domain.ID{n}, Kind: kind, Amount: amount, State: opPending, Due: due})
				}
			}
			require.True(t, 0 <= r.Refunded && r.Refunded <= r.Captured && r.Captured <= r.Authorized && r.Authorized <= r.Intent.Amount, "%+v", r)
			require.True(t, r.Refunded >= before.Refunded && r.Captured >= before.Captured && r.Authorized >= before.Authorized)
			require.False(t, r.State == payment.Voided && r.Captured > 0)
		}
		require.Equal(t, r.Captured, told[payment.KindCaptured], "the merchant hears of all of it")
		require.Equal(t, r.Refunded, told[payment.KindRefunded])
	})
}
