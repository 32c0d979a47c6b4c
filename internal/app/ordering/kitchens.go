package ordering

import (
	"context"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// How kitchens are learned.
const (
	learnEvery  = time.Hour
	learnAtOnce = 20               // kitchens of a round: some 20,000 orders at most
	enough      = 10               // orders of a vendor that others are judged by
	kindsFor    = 10 * time.Minute // that what is known of kinds is used
)

// kinds are what is known of vendors of each kind, as of a moment. One loop uses them.
type kinds struct {
	at time.Time
	of map[postgres.Kind]eta.Group
}

// Learn finds out anew, of some kitchens, how long their orders take, and says whether there may be more that are due. Each is learned
// about once an hour, by whichever instance comes first.
func (s *Service) Learn(ctx context.Context) (more bool, err error) {
	now, err := s.db.Now(ctx)
	if err != nil {
		return false, err
	}
	due, more, err := s.db.KitchensToLearn(ctx, learnAtOnce, learnEvery, now.Add(-eta.Window))
	if err != nil || len(due) == 0 {
		return more, err
	}
	if now.Sub(s.kinds.at) > kindsFor {
		of, err := s.db.KitchensAlike(ctx, enough)
		if err != nil {
			return false, err
		}
		s.kinds = kinds{now, of}
	}
	out := make([]postgres.Learned, len(due))
	for i, k := range due {
		out[i].VendorID = k.VendorID
		out[i].Kitchen, out[i].Own, out[i].Orders = eta.Learn(k.Place, k.History, s.kinds.expect(k))
	}
	return more, s.db.SaveKitchens(ctx, out)
}

// expect is what is expected of a vendor by its kinds: of those that it belongs to on the same level, the average.
func (k kinds) expect(v postgres.KitchenToLearn) eta.Record {
	levels := []eta.Group{k.of[postgres.Kind{}], {}, {}}
	for _, cuisine := range v.Cuisines {
		cuisine = strings.ToLower(cuisine)
		levels[1] = levels[1].And(k.of[postgres.Kind{Cuisine: cuisine}])
		levels[2] = levels[2].And(k.of[postgres.Kind{City: strings.ToLower(v.City), Cuisine: cuisine}])
	}
	return eta.Expect(v.Stated, levels...)
}
