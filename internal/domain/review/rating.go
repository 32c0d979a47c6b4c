package review

import (
	"math"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// A rating is the mean of the votes together with some that were never cast: PriorVotes of PriorStars each. So one vote
// moves it a little, and a hundred votes almost decide it.
//
//	rating = (PriorVotes·PriorStars + w·imported + Σ stars) / (PriorVotes + w + n)
//
// This is the Bayesian average, in actuaries' words a credibility estimate (H. Bühlmann, "Experience rating and credibility",
// ASTIN Bulletin 4, 1967): the prior weighs K = σ²/τ² votes, where σ² is how much the votes about one thing vary and τ² how
// much things differ. Of 7,403 rated vendors in a public export of 9,551, the mean is 3.44, and averages of those with 64
// votes or more vary by τ² = 0.25; votes spread evenly over five stars, which is more than honest votes do, vary by σ² = 2.
// Dishes and couriers are rated by the same rule.
const (
	PriorStars = 3.5
	PriorVotes = 8
	// MaxImported bounds what votes count that were cast elsewhere: w = min(votes, 50) of the average there.
	MaxImported = 50
)

// Tally is what was voted: the sum of stars and the number of votes.
type Tally struct {
	Stars int64
	Votes int
}

// Imported is a rating from elsewhere: an average from 1 to 5 of so many votes. Without votes it counts nothing.
type Imported struct {
	Average float64
	Votes   int
}

// Rating is what is shown: an average to a hundredth, and the number of votes. Without any votes both are 0.
type Rating struct {
	Average float64
	Count   int
}

// Rate makes the rating of what was voted here and elsewhere.
func Rate(t Tally, i Imported) Rating {
	weight := float64(min(i.Votes, MaxImported))
	if i.Average <= 0 {
		i, weight = Imported{}, 0
	}
	count := t.Votes + i.Votes
	if count == 0 {
		return Rating{}
	}
	sum := PriorVotes*PriorStars + weight*i.Average + float64(t.Stars)
	return Rating{math.Round(sum/(PriorVotes+weight+float64(t.Votes))*100) / 100, count}
}

// Subject is a kind of thing that is rated.
type Subject string

// The subjects, in the order in which their tallies are locked.
const (
	OfVendor  Subject = "vendor"
	OfDish    Subject = "dish"
	OfCourier Subject = "courier"
)

var rank = map[Subject]int{OfVendor: 1, OfDish: 2, OfCourier: 3}

// Change is what a tally gains, or loses where it is negative.
type Change struct {
	Subject Subject
	ID      domain.ID
	Tally
}

// Changes gives what the tallies of a vendor, its dishes and a courier gain when a review becomes another; nil is no review.
// The vendor's comes first, even if it is zero, as long as there is any.
func Changes(before, after *Review) []Change {
	at := map[domain.ID]*Change{}
	add := func(s Subject, id domain.ID, stars, sign int) {
		if stars == 0 || id.IsNil() {
			return
		}
		c := at[id]
		if c == nil {
			c = &Change{Subject: s, ID: id}
			at[id] = c
		}
		c.Stars += int64(sign * stars)
		c.Votes += sign
	}
	count := func(r *Review, sign int) {
		if r == nil || r.State != Published {
			return
		}
		add(OfVendor, r.VendorID, r.Stars, sign)
		add(OfCourier, r.CourierID, r.CourierStars, sign)
		for _, d := range r.Dishes {
			add(OfDish, d.DishID, d.Stars, sign)
		}
	}
	count(before, -1)
	count(after, 1)
	var changes []Change
	some := false
	for _, c := range at {
		some = some || c.Tally != Tally{}
		if c.Tally != (Tally{}) || c.Subject == OfVendor {
			changes = append(changes, *c)
		}
	}
	if !some {
		return nil
	}
	slices.SortFunc(changes, func(a, b Change) int {
		if a.Subject != b.Subject {
			return rank[a.Subject] - rank[b.Subject]
		}
		return slices.Compare(a.ID[:], b.ID[:])
	})
	return changes
}
