// Package money proves the money of orders: the machines of an order, its delivery and its payments together with the books,
// by whatever may happen to them in any order. What happens is drawn by one driver for two worlds, one of the rules alone, in
// memory, and one of the use cases on a real Postgres. The short form runs with `make test`, the full one with ZOOP_TRUST=full.
package money

import (
	"errors"
	"flag"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/domain/payment"
	"github.com/zoop-dev/zoop/internal/domain/payout"
)

func full() bool { return os.Getenv("ZOOP_TRUST") == "full" }

// times is how often something is done: in full, or in the short form.
func times(inFull, short int) int {
	if full() {
		return inFull
	}
	return short
}

// sequences sets how many are drawn, unless the command line says so.
func sequences(t *testing.T, inFull, short int) {
	t.Helper()
	f := flag.Lookup("rapid.checks")
	if was := f.Value.String(); was == f.DefValue {
		set(t, f, strconv.Itoa(times(inFull, short)))
		t.Cleanup(func() { set(t, f, was) })
	}
}

func set(t *testing.T, f *flag.Flag, value string) {
	t.Helper()
	if err := f.Value.Set(value); err != nil {
		t.Fatal(err)
	}
}

// world is a marketplace of one vendor in one currency, in which steps are made.
type world interface {
	do(step) error
	look() scene
}

// live draws what happens in a world and sees after each step that the money is right. Nothing is left of a step that was refused.
func live(t *rapid.T, w world, seen reached) {
	before := w.look()
	for range 10 + upTo(t, "steps", 50) {
		s := drawStep(t, before)
		err := w.do(s)
		if err != nil && !refused(s, err) {
			t.Fatalf("%s: %v", s, err)
		}
		after := w.look()
		if err != nil && before.String() != after.String() {
			t.Fatalf("%s was refused (%v), yet\n%s\nbecame\n%s", s, err, before, after)
		}
		if wrong := after.wrong(); wrong != "" {
			t.Fatalf("after %s (%v): %s\n%s", s, err, wrong, after)
		}
		seen.note(s, err, after)
		before = after
	}
}

// reached counts what was done and where orders came to, so that a driver that comes nowhere is noticed.
type reached map[string]int

func (r reached) note(s step, err error, after scene) {
	if err == nil {
		r[string(s.Verb)]++
	}
	for _, o := range after.Orders {
		r["order "+string(o.State)]++
		for _, p := range o.Payments {
			r["payment "+string(p.State)]++
		}
	}
	for _, p := range after.Payouts {
		r["payout "+string(p.State)]++
	}
}

// everything sees that there was nothing that did not happen.
func (r reached) everything(t *testing.T) {
	t.Helper()
	for _, v := range verbs {
		require.NotZero(t, r[string(v)], "%s", v)
	}
	r.everywhere(t)
}

// everywhere sees that there was no state in which nothing was.
func (r reached) everywhere(t *testing.T) {
	t.Helper()
	for _, s := range order.States {
		require.NotZero(t, r["order "+string(s)], "%s", s)
	}
	for _, s := range payment.States {
		require.NotZero(t, r["payment "+string(s)], "%s", s)
	}
	for _, s := range payout.States {
		require.NotZero(t, r["payout "+string(s)], "%s", s)
	}
}

// refused says whether a step may end with the error: with one of the rules. What a gateway says is refused only with a claim of more
// than there is, for it would say it again and again; and what happens by itself never is.
func refused(s step, err error) bool {
	switch {
	case s.Verb == pass, s.Verb == operate:
		return false
	case s.Verb == hear && domain.KindOf(err) != domain.NotFound:
		return errors.Is(err, payment.ErrClaim)
	case s.Verb == unasked && domain.KindOf(err) != domain.NotFound: // it tells it again, once it has told that it was captured
		return errors.Is(err, domain.Errorf(domain.Conflict, "payment.illegal_transition", ""))
	}
	return domain.KindOf(err) != ""
}
