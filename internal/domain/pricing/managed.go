package pricing

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of how many promotions are kept that have not ended: a quote looks at all of them that need no code.
const (
	MaxOwnPromotions = 20  // of one vendor, with codes and without
	MaxOffers        = 200 // of the marketplace's, without a code
)

// State is what a promotion is doing.
type State string

// The states. One that has ended, however it did, is brought back only by another end.
const (
	Scheduled State = "scheduled" // it has not begun
	Active    State = "active"
	Paused    State = "paused"
	Ended     State = "ended"
)

// The verbs of those who run a promotion.
const (
	VerbPause  = "pause"
	VerbResume = "resume"
	VerbEnd    = "end"
)

// Managed is a promotion as its maker runs it.
type Managed struct {
	Promotion
	Maker   domain.ID // the vendor that made it, for itself; Nil: the marketplace
	Paused  bool
	Held    bool // paused by staff: its vendor does not resume it
	Version int
}

// StateAt is its state at a moment.
func (m *Managed) StateAt(now time.Time) State {
	switch {
	case !m.EndsAt.IsZero() && !now.Before(m.EndsAt):
		return Ended
	case m.Paused:
		return Paused
	case now.Before(m.StartsAt):
		return Scheduled
	}
	return Active
}

// Step moves it by a verb of its maker's or, where it is a vendor's, of staff, and says whether that changed anything: what is
// paused, runs or has ended already is left as it is. One that is ended before it has begun is left without a beginning.
// It returns Conflict "promotion.ended", and Forbidden "promotion.held" for a vendor's resume of what staff have paused.
func (m *Managed) Step(verb string, staff bool, now time.Time) (changed bool, err error) {
	before := *m
	ended := m.StateAt(now) == Ended
	switch {
	case verb == VerbEnd && ended:
	case verb == VerbEnd:
		m.EndsAt = now
		if !m.StartsAt.Before(now) {
			m.StartsAt = time.Time{}
		}
	case ended:
		return false, domain.Errorf(domain.Conflict, "promotion.ended", "the promotion has ended; a later end brings it back")
	case verb == VerbPause:
		m.Paused, m.Held = true, m.Held || staff && !m.Maker.IsNil()
	case m.Held && !staff:
		return false, domain.Errorf(domain.Forbidden, "promotion.held", "the marketplace has paused the promotion, and resumes it")
	case verb == VerbResume:
		m.Paused, m.Held = false, false
	}
	return before.Paused != m.Paused || before.Held != m.Held || !before.EndsAt.Equal(m.EndsAt), nil
}

// Become replaces the rule, at a moment, and keeps what is no part of it. Once it has been used, what it takes off and who bears
// that stay as they are, so that all its uses are of one promotion.
// It returns Invalid as Check and CheckAhead do, and for a limit below its uses, and Conflict "promotion.redeemed".
func (m *Managed) Become(next Promotion, redeemed bool, now time.Time) error {
	next.ID, next.Used, next.UsedByThem = m.ID, m.Used, m.UsedByThem
	if err := first(next.Check(), CheckAhead(next.EndsAt, now)); err != nil {
		return err
	}
	if next.Limit > 0 && next.Limit < m.Used {
		return domain.Invalidf("limit", "range", "must be at least %d, as often as it has been used, or 0", m.Used)
	}
	if field := m.termChanged(next); redeemed && field != "" {
		return domain.Errorf(domain.Conflict, "promotion.redeemed",
			"orders have used the promotion, so its %s stays as it is; end it, and make another one", field).With("field", field)
	}
	m.Promotion = next
	return nil
}

// termChanged names a term that another rule has otherwise; "" when there is none.
func (m *Managed) termChanged(p Promotion) string {
	switch {
	case m.Code != p.Code:
		return "code"
	case m.Benefit != p.Benefit:
		return "benefit"
	case m.Share != p.Share:
		return "share"
	case m.Amount != p.Amount:
		return "amount"
	case m.Currency != p.Currency:
		return "currency"
	case m.Cap != p.Cap:
		return "cap"
	case m.VendorShare != p.VendorShare:
		return "vendorShare"
	}
	return ""
}

// OwnBy makes a promotion one that a vendor has for itself, and bears alone: Invalid for amounts in another currency than the
// vendor's.
func (p Promotion) OwnBy(vendorID domain.ID, c domain.Currency) (Promotion, error) {
	if p.Currency != "" && p.Currency != c {
		return p, domain.Invalidf("currency", "currency", "must be %s, the vendor's currency", c)
	}
	p.Vendors, p.Cities, p.Cuisines, p.VendorShare = []domain.ID{vendorID}, nil, nil, whole
	return p, nil
}

// CheckAhead is Invalid for an end that has come already; zero is none.
func CheckAhead(ends, now time.Time) error {
	if !ends.IsZero() && !ends.After(now) {
		return domain.Invalidf("endsAt", "range", "must lie ahead")
	}
	return nil
}

// Everybodys says whether a rule is for whoever has no other, now and for good.
func (r CommissionRule) Everybodys(now time.Time) bool {
	return r.Vendor.IsNil() && r.City == "" && r.EndsAt.IsZero() && !now.Before(r.StartsAt)
}

// ErrNoCommission keeps a change from leaving vendors without any rule by mistake.
var ErrNoCommission = domain.Errorf(domain.Conflict, "commission.last",
	"it is the only rule that is everybody's for good; make another one first, or set its rate to 0")

// CheckLeft is ErrNoCommission when a change has taken the last rule that was everybody's for good from some of them.
func CheckLeft(was CommissionRule, left []CommissionRule, now time.Time) error {
	still := func(r CommissionRule) bool { return r.Everybodys(now) }
	if was.Everybodys(now) && !slices.ContainsFunc(left, still) {
		return ErrNoCommission
	}
	return nil
}
