package pricing

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestStatesOfAPromotion(t *testing.T) {
	t.Parallel()
	hour := time.Hour
	for _, tt := range []struct {
		starts, ends time.Duration // from now; 0: none
		paused       bool
		want         State
	}{
		{0, 0, false, Active}, {-hour, hour, false, Active}, {0, 0, true, Paused}, {hour, 0, false, Scheduled}, {hour, 0, true, Paused},
		{-hour, -1, false, Ended}, {0, -1, true, Ended}, {-hour, 1, false, Active},
	} {
		m := Managed{Paused: tt.paused}
		if tt.starts != 0 {
			m.StartsAt = noon().Add(tt.starts)
		}
		if tt.ends != 0 {
			m.EndsAt = noon().Add(tt.ends)
		}
		require.Equal(t, tt.want, m.StateAt(noon()), "%+v", tt)
	}
}

// Every verb, by a vendor and by staff, upon every state of a vendor's promotion.
func TestStepsOfAPromotion(t *testing.T) {
	t.Parallel()
	base := Managed{Maker: id(1)}
	paused, held, ended := base, base, base
	paused.Paused = true
	held.Paused, held.Held = true, true
	ended.EndsAt = noon()
	const done, same, conflict, forbidden = "done", "same", "promotion.ended", "promotion.held"
	for name, tt := range map[string]struct {
		m                    Managed
		pause, resume, end   string // by its vendor
		sPause, sResume, sEd string // by staff
	}{
		"active": {base, done, same, done, done, same, done},
		"paused": {paused, same, done, done, done, done, done},
		"held":   {held, same, forbidden, done, same, done, done},
		"ended":  {ended, conflict, conflict, same, conflict, conflict, same},
	} {
		for _, step := range []struct {
			verb  string
			staff bool
			want  string
		}{
			{VerbPause, false, tt.pause}, {VerbResume, false, tt.resume}, {VerbEnd, false, tt.end},
			{VerbPause, true, tt.sPause}, {VerbResume, true, tt.sResume}, {VerbEnd, true, tt.sEd},
		} {
			m := tt.m
			changed, err := m.Step(step.verb, step.staff, noon())
			if step.want == conflict || step.want == forbidden {
				var e *domain.Error
				require.ErrorAs(t, err, &e, "%s %+v", name, step)
				require.Equal(t, step.want, e.Code)
				require.Equal(t, tt.m, m)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, step.want == done, changed, "%s %+v", name, step)
			require.Equal(t, changed, m.Paused != tt.m.Paused || m.Held != tt.m.Held || m.EndsAt != tt.m.EndsAt)
			switch step.verb {
			case VerbPause:
				require.Equal(t, Paused, m.StateAt(noon()))
				require.Equal(t, step.staff || tt.m.Held, m.Held)
			case VerbResume:
				require.Equal(t, Active, m.StateAt(noon()))
			case VerbEnd:
				require.Equal(t, Ended, m.StateAt(noon()))
			}
		}
	}
	ours := Managed{}
	_, err := ours.Step(VerbPause, true, noon())
	require.NoError(t, err)
	require.False(t, ours.Held, "the marketplace's own is nobody's to resume but staff's")
	early := Managed{Promotion: june()}
	early.StartsAt, early.EndsAt = noon().Add(1), noon().Add(2)
	_, err = early.Step(VerbEnd, true, noon())
	require.NoError(t, err)
	require.Equal(t, Ended, early.StateAt(noon()))
	require.NoError(t, early.Check(), "its times are in order")
}

func TestWhatMayBecomeOfAPromotion(t *testing.T) {
	t.Parallel()
	before := noon().Add(-time.Hour)
	for field, change := range map[string]func(p *Promotion){
		"code": func(p *Promotion) { p.Code = "JULY" }, "share": func(p *Promotion) { p.Share++ }, "cap": func(p *Promotion) { p.Cap = 0 },
		"currency": func(p *Promotion) { p.Currency = "USD" }, "vendorShare": func(p *Promotion) { p.VendorShare = 0 },
		"benefit": func(p *Promotion) { p.Benefit, p.Share = FreeDelivery, 0 },
	} {
		m := Managed{Promotion: june(), Version: 3}
		next := june()
		change(&next)
		err := m.Become(next, true, before)
		var e *domain.Error
		require.ErrorAs(t, err, &e, field)
		require.Equal(t, "promotion.redeemed", e.Code)
		require.Equal(t, field, e.Details["field"])
		require.Equal(t, june(), m.Promotion)
		require.NoError(t, m.Become(next, false, before), field)
	}
	m := Managed{Promotion: june()}
	next := june()
	next.ID, next.Used, next.Label, next.Limit, next.EndsAt = id(99), 0, "July", 0, time.Time{}
	require.NoError(t, m.Become(next, true, before))
	require.Equal(t, id(12), m.ID, "it stays the same one")
	require.Equal(t, 99, m.Used, "and has been used as often")
	require.Equal(t, "July", m.Label)
	next.Limit = 98
	refused(t, m.Become(next, true, before), "limit")
	next.Limit = 99
	require.NoError(t, m.Become(next, true, before))
	next.EndsAt = noon()
	next.StartsAt = time.Time{}
	refused(t, m.Become(next, true, noon()), "endsAt")
	next.Label = ""
	refused(t, m.Become(next, true, before), "label")
}

func TestAVendorsOwnPromotion(t *testing.T) {
	t.Parallel()
	own, err := june().OwnBy(id(7), "INR")
	require.NoError(t, err)
	require.Equal(t, []domain.ID{id(7)}, own.Vendors)
	require.Empty(t, own.Cities)
	require.Empty(t, own.Cuisines)
	require.EqualValues(t, 10_000, own.VendorShare)
	_, err = june().OwnBy(id(7), "USD")
	refused(t, err, "currency")
	_, err = Promotion{Label: "x", Benefit: Percent, Share: 1}.OwnBy(id(7), "USD")
	require.NoError(t, err)
}

func TestSomebodysCommissionIsEverybodys(t *testing.T) {
	t.Parallel()
	base := CommissionRule{Rate: 2000}
	for name, r := range map[string]CommissionRule{
		"a vendor's": {Vendor: id(1)}, "a city's": {City: "Pune"}, "for a while": {EndsAt: noon().Add(1)}, "not yet": {StartsAt: noon().Add(1)},
	} {
		require.ErrorIs(t, CheckLeft(base, []CommissionRule{r}, noon()), ErrNoCommission, name)
		require.NoError(t, CheckLeft(r, nil, noon()), name)
	}
	require.NoError(t, CheckLeft(base, []CommissionRule{{StartsAt: noon()}}, noon()))
}
