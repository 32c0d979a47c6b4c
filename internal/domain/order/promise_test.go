package order

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestPromisesAreWeighed says of each state what is promised, when that is at risk, and when it is broken.
func TestPromisesAreWeighed(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration) time.Time { return noon.Add(d) }
	for name, tt := range map[string]struct {
		p    Promised
		risk Risk
		left time.Duration
	}{
		"nothing is promised":                     {Promised{State: Preparing}, OnTime, 0},
		"it has ended":                            {Promised{State: Delivered, PromisedAt: in(-time.Hour)}, OnTime, 0},
		"an answer is due in two minutes":         {Promised{State: Placed, DeadlineAt: in(2 * time.Minute), PromisedAt: in(time.Hour)}, OnTime, 2 * time.Minute},
		"in less":                                 {Promised{State: Placed, DeadlineAt: in(2*time.Minute - 1), PromisedAt: in(time.Hour)}, AtRisk, 2*time.Minute - 1},
		"food is due in less than three":          {Promised{State: Preparing, ReadyBy: in(3*time.Minute - 1), PromisedAt: in(time.Hour)}, AtRisk, 3*time.Minute - 1},
		"food is due at this moment":              {Promised{State: Preparing, ReadyBy: noon, PromisedAt: in(time.Hour)}, AtRisk, 0},
		"it is late":                              {Promised{State: Accepted, ReadyBy: in(-1), PromisedAt: in(time.Hour)}, Breached, -1},
		"it is ready, whenever it was due":        {Promised{State: Ready, ReadyBy: in(-1), PromisedAt: in(time.Hour)}, OnTime, time.Hour},
		"the door is near, and nobody can tell":   {Promised{State: PickedUp, PromisedAt: in(time.Minute)}, AtRisk, time.Minute},
		"the door is near, and so is the courier": {Promised{State: PickedUp, PromisedAt: in(time.Minute), EstimatedAt: in(30 * time.Second)}, OnTime, 30 * time.Second},
		"the door is late":                        {Promised{State: PickedUp, PromisedAt: in(-time.Minute)}, Breached, -time.Minute},
		"it is foretold to be late":               {Promised{State: Accepted, ReadyBy: in(20 * time.Minute), PromisedAt: in(30 * time.Minute), EstimatedAt: in(45 * time.Minute)}, AtRisk, -15 * time.Minute},
		"foretold to be late by half a minute":    {Promised{State: PickedUp, PromisedAt: in(time.Minute), EstimatedAt: in(90 * time.Second)}, OnTime, -30 * time.Second},
		"by a minute":                             {Promised{State: PickedUp, PromisedAt: in(time.Minute), EstimatedAt: in(2 * time.Minute)}, AtRisk, -time.Minute},
		"foretold for this moment":                {Promised{State: PickedUp, PromisedAt: in(time.Minute), EstimatedAt: noon}, OnTime, time.Minute},
		"for one that is over":                    {Promised{State: PickedUp, PromisedAt: in(time.Minute), EstimatedAt: in(-1)}, AtRisk, time.Minute},
	} {
		require.Equal(t, tt.risk, tt.p.Risk(noon), name)
		require.Equal(t, tt.left, tt.p.Next(noon).Left, name)
	}
}

// TestEachCauseIsToldOnce follows an order whose food is late, promised anew, late again, and brought late.
func TestEachCauseIsToldOnce(t *testing.T) {
	t.Parallel()
	o := Order{State: Preparing, ReadyBy: noon.Add(10 * time.Minute), PromisedAt: noon.Add(40 * time.Minute)}
	look := func(at time.Time) []string {
		t.Helper()
		var told []string
		for _, e := range o.Look(at) {
			told = append(told, e.Type+" "+e.Data["promise"].(string))
		}
		require.Empty(t, o.Look(at), "once each")
		return told
	}
	o.Rewatch(noon)
	require.Equal(t, noon.Add(13*time.Minute+time.Microsecond), o.Watched.At)
	require.Empty(t, look(noon.Add(13*time.Minute)))
	require.Equal(t, []string{"sla.breached food"}, look(o.Watched.At))
	require.Equal(t, Breached, o.Watched.Risk)
	require.Equal(t, noon.Add(37*time.Minute+time.Microsecond), o.Watched.At, "the door's")

	o.ReadyBy = noon.Add(20 * time.Minute) // another promise, another cause
	o.Rewatch(noon.Add(14 * time.Minute))
	require.Equal(t, OnTime, o.Watched.Risk, "what is better needs no look")
	require.Equal(t, noon.Add(23*time.Minute+time.Microsecond), o.Watched.At)
	require.Equal(t, []string{"sla.breached food"}, look(noon.Add(25*time.Minute)))

	o.Estimated.Now = noon.Add(39 * time.Minute)
	o.Rewatch(noon.Add(25 * time.Minute))
	require.Equal(t, noon.Add(39*time.Minute+time.Microsecond), o.Watched.At, "the guess counts until then")
	o.Estimated.Now = noon.Add(40*time.Minute + 30*time.Second)
	o.Rewatch(noon.Add(25 * time.Minute))
	require.Equal(t, noon.Add(40*time.Minute+time.Microsecond), o.Watched.At, "half a minute too late is foretold by chance")
	o.Estimated.Now = noon.Add(50 * time.Minute)
	o.Rewatch(noon.Add(25 * time.Minute))
	require.Equal(t, noon.Add(25*time.Minute), o.Watched.At, "at once")
	require.Equal(t, []string{"sla.at_risk door"}, look(noon.Add(25*time.Minute)))
	require.Equal(t, Food, o.Watched.Promise, "the worst")
	o.State = Ready
	o.Rewatch(noon.Add(30 * time.Minute))
	require.Equal(t, Door, o.Watched.Promise)
	require.Equal(t, []string{"sla.breached door"}, look(noon.Add(time.Hour)))
	require.True(t, o.Watched.At.IsZero(), "worse it cannot be")

	o.State = Delivered
	o.Rewatch(noon.Add(time.Hour))
	require.Equal(t, Watched{Told: o.Watched.Told}, o.Watched)
}

// TestALookIsTheLast: whatever an order's times are, a look tells all there is, and the next one is later.
func TestALookIsTheLast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		when := func(name string) time.Time {
			if rapid.Bool().Draw(t, name+" is set") {
				return noon.Add(time.Duration(rapid.IntRange(-600, 600).Draw(t, name)) * time.Second)
			}
			return time.Time{}
		}
		var o Order
		now := noon
		seen := map[string]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "changes") {
			if rapid.Bool().Draw(t, "changed") {
				o.State = rapid.SampledFrom(States).Draw(t, "state")
				o.ReadyBy, o.PromisedAt, o.Estimated.Now = when("ready"), when("promised"), when("estimated")
				o.Timers = []Timer{{At: noon.Add(5 * time.Minute), Verb: VerbExpire}}
				o.Rewatch(now)
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "later")) * time.Second)
			due := !o.Watched.At.IsZero() && !o.Watched.At.After(now)
			before := o.Watched
			events := o.Look(now)
			if len(events) > 0 && !due {
				t.Fatalf("nobody would have looked: %v at %v, watched %+v", events, now, before)
			}
			for _, e := range events {
				key := e.Type + e.Data["promise"].(string) + e.Data["dueAt"].(time.Time).String()
				if _, again := seen[key]; again && before.Told[Promise(e.Data["promise"].(string))].Due.Equal(e.Data["dueAt"].(time.Time)) {
					t.Fatalf("told twice: %s", key)
				}
				seen[key] = true
			}
			if more := o.Look(now); len(more) > 0 || !o.Watched.At.IsZero() && o.Watched.At.Before(now) {
				t.Fatalf("the look at %v left %v, %+v", now, more, o.Watched)
			}
		}
	})
}
