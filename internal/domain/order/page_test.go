package order

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/orders.md anew")

// docs/orders.md is the machine and the policy as people read them; `make generate` writes it.
func TestThePageIsTheTables(t *testing.T) {
	t.Parallel()
	const path = "../../../docs/orders.md"
	page := page()
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(page), 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	if page != string(have) {
		t.Fatal("run make generate, and look at what changed")
	}
}

func page() string {
	var b strings.Builder
	b.WriteString("# An order's life\n\nMade from the tables in `internal/domain/order` by `make generate`. Why it is so: [0029](adr/0029-an-orders-clock-and-its-end.md).\n\n" +
		"```mermaid\nstateDiagram-v2\n    direction LR\n")
	for _, from := range States {
		if from == PendingPayment || from == Placed || from == Scheduled {
			fmt.Fprintf(&b, "    [*] --> %s: customer\n", from)
		}
		for _, tr := range Machine.Table[from] {
			if tr.To != from {
				fmt.Fprintf(&b, "    %s --> %s: %s (%s)\n", from, tr.To, tr.Verb, who(tr))
			}
		}
		if Machine.Final(from) {
			fmt.Fprintf(&b, "    %s --> [*]\n", from)
		}
	}
	b.WriteString("```\n\nAnd where it stands:\n\n| state | may happen | by | event |\n|---|---|---|---|\n")
	for _, at := range States {
		for _, tr := range Machine.Table[at] {
			if tr.To == at {
				fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", at, tr.Verb, who(tr), tr.Event)
			}
		}
	}
	fmt.Fprintf(&b, "\n## What an early end costs (policy %d)\n\nThe share of the total, without the tip, that is spent by then, and who bears it. Only a customer who bears it pays a fee; "+
		"everybody else's is refunded in full. An order in cash has no fee and no refund, for nothing is paid by then: what its customer would bear the platform does. ↺ portions go back to the menu, ⚑ a strike.\n\n| reason |", CurrentPolicy)
	states := slices.SortedFunc(maps.Keys(lost), func(a, b State) int { return cmp.Compare(slices.Index(States, a), slices.Index(States, b)) })
	for _, s := range states {
		fmt.Fprintf(&b, " %s |", s)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(states)) + "\n")
	for _, group := range []Group{GroupCustomer, GroupVendor, GroupPlatform, GroupDelivery} {
		for _, reason := range Reasons[group] {
			fmt.Fprintf(&b, "| `%s` |", reason)
			for _, s := range states {
				fmt.Fprintf(&b, " %s |", cell(Policies[CurrentPolicy].Terms[reason][s]))
			}
			b.WriteString("\n")
		}
	}
	p := Policies[CurrentPolicy]
	fmt.Fprintf(&b, "\nA customer loses nothing within %s of the accept. `TOO_SLOW`, when the promise is missed by more than %s, is the vendor's until the food is ready, "+
		"and then the platform's.\n\nStaff undo the cancel of an order that was accepted within %s: one by card only before its gateway is asked to give the money back or to "+
		"let it go, two minutes after the cancel (`refund_grace`). Until then the refund is pending.\n", p.FreeFor, p.LateAfter, RestoreWithin)
	return b.String()
}

func who(tr transition) string {
	var out []string
	for _, r := range tr.By {
		out = append(out, string(r))
	}
	return strings.ReplaceAll(strings.Join(out, ", "), "admin, support", "staff")
}

func cell(t Terms) string {
	out := fmt.Sprintf("%d%% %s", t.Lost/100, t.Liable)
	if t.Restock {
		out += " ↺"
	}
	if t.Strike {
		out += " ⚑"
	}
	return out
}
