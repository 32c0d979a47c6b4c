package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// vote adds to the tallies of a vendor, its dishes and a courier. The vendor's comes first and is locked first, so that two
// reviews never wait for each other in a circle: those of one vendor share its row, those of two share a courier at most.
func (tx *Tx) vote(ctx context.Context, vendorID domain.ID, changes []review.Change) error {
	if len(changes) == 0 {
		return nil
	}
	ensure := query.EnsureRatingsParams{VendorID: vendorID}
	for _, c := range changes {
		ensure.Subjects, ensure.Ids = append(ensure.Subjects, string(c.Subject)), append(ensure.Ids, c.ID)
	}
	if err := tx.EnsureRatings(ctx, ensure); err != nil {
		return fmt.Errorf("ensure ratings: %w", err)
	}
	for _, group := range [][]review.Change{changes[:1], changes[1:]} {
		votes := query.AddVotesParams{CourierStep: review.CourierStep}
		for _, c := range group {
			votes.Ids, votes.Stars, votes.Votes = append(votes.Ids, c.ID), append(votes.Stars, c.Stars), append(votes.Votes, c.Votes)
		}
		if err := tx.AddVotes(ctx, votes); err != nil {
			return fmt.Errorf("add votes: %w", err)
		}
	}
	return nil
}

// StaleRating is a rating whose shown value is behind what was voted, held by the transaction.
type StaleRating struct {
	Subject review.Subject // OfVendor or OfCourier
	ID      domain.ID
	review.Tally
}

// HoldStaleRating locks one rating that is behind and was not shown within the pause; NotFound when there is none that nobody
// else holds.
func (tx *Tx) HoldStaleRating(ctx context.Context, pause time.Duration) (StaleRating, error) {
	r, err := tx.StaleRating(ctx, pause.Seconds())
	if err != nil {
		return StaleRating{}, missing("stale rating", fmt.Errorf("find stale rating: %w", err))
	}
	return StaleRating{review.Subject(r.Subject), r.SubjectID, review.Tally{Stars: r.Stars, Votes: r.Votes}}, nil
}

// ShowCourierRating shows a held rating with its courier.
func (tx *Tx) ShowCourierRating(ctx context.Context, s StaleRating) error {
	shown := review.Rate(s.Tally, review.Imported{})
	err := tx.Queries.ShowCourierRating(ctx, query.ShowCourierRatingParams{UserID: s.ID, RatingAverage: shown.Average, RatingCount: shown.Count})
	if err != nil {
		return fmt.Errorf("show rating of courier: %w", err)
	}
	return tx.ratingsShown(ctx, []domain.ID{s.ID})
}

// ShowVendorRating shows a held rating with its vendor, and those of its dishes with them, in one new version of the vendor.
func (tx *Tx) ShowVendorRating(ctx context.Context, s StaleRating) error {
	row, err := tx.LockVendor(ctx, s.ID)
	if err != nil {
		return missing("vendor", fmt.Errorf("lock vendor: %w", err))
	}
	v := row.Vendor
	ids, err := tx.showDishRatings(ctx, s.ID)
	if err != nil {
		return err
	}
	shown := review.Rate(s.Tally, review.Imported{Average: v.SourceRating, Votes: v.SourceVotes})
	version, err := tx.Append(ctx, domain.Record{
		Subject: domain.SubjectVendor, SubjectID: s.ID, Version: v.Version, ActorRole: domain.RoleSystem, City: v.City,
	}, domain.Event{Type: domain.EventVendorRated, Data: map[string]any{"average": shown.Average, "count": shown.Count}})
	if err != nil {
		return err
	}
	err = tx.Queries.ShowVendorRating(ctx, query.ShowVendorRatingParams{
		ID: s.ID, RatingAverage: shown.Average, RatingCount: shown.Count, Version: version,
	})
	if err != nil {
		return fmt.Errorf("show rating of vendor: %w", err)
	}
	return tx.ratingsShown(ctx, append(ids, s.ID))
}

func (tx *Tx) showDishRatings(ctx context.Context, vendorID domain.ID) ([]domain.ID, error) {
	rows, err := tx.StaleDishRatings(ctx, &vendorID)
	if err != nil {
		return nil, fmt.Errorf("read stale ratings of dishes: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	var p query.ShowDishRatingsParams
	for _, r := range rows {
		shown := review.Rate(review.Tally{Stars: r.Stars, Votes: r.Votes}, review.Imported{})
		p.Ids, p.Averages, p.Counts = append(p.Ids, r.SubjectID), append(p.Averages, shown.Average), append(p.Counts, shown.Count)
	}
	if err := tx.ShowDishRatings(ctx, p); err != nil {
		return nil, fmt.Errorf("show ratings of dishes: %w", err)
	}
	return p.Ids, nil
}

func (tx *Tx) ratingsShown(ctx context.Context, ids []domain.ID) error {
	if err := tx.RatingsShown(ctx, ids); err != nil {
		return fmt.Errorf("note shown ratings: %w", err)
	}
	return nil
}
