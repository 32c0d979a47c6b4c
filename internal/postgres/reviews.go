package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/review"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// ReviewView is a review with what is shown beside it.
type ReviewView struct {
	review.Review
	CustomerID          domain.ID // its author
	FirstName, LastName string    // of the author; "" for one who was erased
	DishNames           []string  // of Dishes, in their order
}

// ReviewOfOrder reads the review of an order. NotFound when there is none.
func (db *DB) ReviewOfOrder(ctx context.Context, orderID domain.ID) (ReviewView, error) {
	return readReview(ctx, db.q(), orderID)
}

// ReviewView reads the review of an order as it is in the transaction; of an order that it holds, nobody else changes it.
func (tx *Tx) ReviewView(ctx context.Context, orderID domain.ID) (ReviewView, error) {
	return readReview(ctx, tx.Queries, orderID)
}

func readReview(ctx context.Context, q *query.Queries, orderID domain.ID) (ReviewView, error) {
	row, err := q.ReviewOfOrder(ctx, orderID)
	if err != nil {
		return ReviewView{}, missing("review", fmt.Errorf("read review: %w", err))
	}
	return toReview(row.ReviewPage), nil
}

// HoldReview locks the order of a review, and with it the review, and says what a user is to its vendor: NotFound when the
// review is gone.
func (tx *Tx) HoldReview(ctx context.Context, id, userID domain.ID) (*LockedOrder, ReviewView, account.MemberRole, error) {
	orderID, err := tx.OrderOfReview(ctx, id)
	if err != nil {
		return nil, ReviewView{}, "", missing("review", fmt.Errorf("find review: %w", err))
	}
	o, err := tx.HoldOrder(ctx, orderID)
	if err != nil {
		return nil, ReviewView{}, "", err
	}
	v, err := tx.ReviewView(ctx, orderID)
	if err == nil && v.ID != id { // taken back, and written anew
		err = domain.Missing("review")
	}
	if err != nil {
		return nil, ReviewView{}, "", err
	}
	role, err := tx.memberRole(ctx, v.VendorID, userID)
	return o, v, role, err
}

// ReviewFilter selects published reviews of a vendor.
type ReviewFilter struct {
	VendorID domain.ID
	Stars    int       // 0: any
	Before   domain.ID // only those older than this one; Nil: all
	Limit    int
}

// VendorReviews lists published reviews, newest first.
func (db *DB) VendorReviews(ctx context.Context, f ReviewFilter) ([]ReviewView, error) {
	before := f.Before
	if before.IsNil() {
		before = lastID
	}
	if f.Stars == 0 {
		rows, err := db.q().ReviewsOfVendor(ctx, query.ReviewsOfVendorParams{VendorID: f.VendorID, Before: before, Most: int32(f.Limit)}) //nolint:gosec // a page's size
		return toReviews(rows, func(r query.ReviewsOfVendorRow) query.ReviewPage { return r.ReviewPage }, err)
	}
	rows, err := db.q().ReviewsOfVendorByStars(ctx, query.ReviewsOfVendorByStarsParams{
		VendorID: f.VendorID, Stars: f.Stars, Before: before, Most: int32(f.Limit), //nolint:gosec // a page's size
	})
	return toReviews(rows, func(r query.ReviewsOfVendorByStarsRow) query.ReviewPage { return r.ReviewPage }, err)
}

// lastID comes after every ID.
var lastID = domain.ID(slices.Repeat([]byte{0xff}, 16))

// ReviewsOf lists the reviews of a state after one of them, oldest first.
func (db *DB) ReviewsOf(ctx context.Context, state review.State, after domain.ID, limit int) ([]ReviewView, error) {
	rows, err := db.q().ReviewsOfState(ctx, query.ReviewsOfStateParams{State: string(state), After: after, Most: int32(limit)}) //nolint:gosec // a page's size
	return toReviews(rows, func(r query.ReviewsOfStateRow) query.ReviewPage { return r.ReviewPage }, err)
}

// ReviewEvents counts what a role has said about the review of a held order, no further than most.
func (tx *Tx) ReviewEvents(ctx context.Context, orderID domain.ID, role domain.Role, most int) (int, error) {
	said, err := tx.CountReviewEvents(ctx, query.CountReviewEventsParams{OrderID: orderID, ActorRole: string(role), Most: int32(most)}) //nolint:gosec // a bound
	if err != nil {
		return 0, fmt.Errorf("count events of review: %w", err)
	}
	return said, nil
}

// AddReview writes a new review of a held order, and counts its votes. Conflict "review.exists" when the order has one.
func (tx *Tx) AddReview(ctx context.Context, r review.Review) error {
	err := tx.InsertReview(ctx, query.InsertReviewParams{
		ID: r.ID, OrderID: r.OrderID, VendorID: r.VendorID, Stars: r.Stars, Text: r.Text, CourierStars: zeroNull(r.CourierStars),
		State: string(r.State), CreatedAt: r.CreatedAt, Version: r.Version,
	})
	if err != nil {
		return fmt.Errorf("insert review: %w", err)
	}
	if err := tx.writeReviewDishes(ctx, r); err != nil {
		return err
	}
	return tx.vote(ctx, r.VendorID, review.Changes(nil, &r))
}

// SaveReview writes a held review, and counts what its votes have become.
func (tx *Tx) SaveReview(ctx context.Context, before, after review.Review) error {
	err := tx.UpdateReview(ctx, query.UpdateReviewParams{
		ID: after.ID, Stars: after.Stars, Text: after.Text, CourierStars: zeroNull(after.CourierStars), State: string(after.State),
		Reason: after.Reason, Watched: after.Watched, Reply: after.Reply, RepliedAt: zeroNull(after.RepliedAt),
		EditedAt: zeroNull(after.EditedAt), Version: after.Version,
	})
	if err != nil {
		return fmt.Errorf("update review: %w", err)
	}
	if !slices.Equal(before.Dishes, after.Dishes) {
		if err := tx.ClearReviewDishes(ctx, after.ID); err != nil {
			return fmt.Errorf("clear dishes of review: %w", err)
		}
		if err := tx.writeReviewDishes(ctx, after); err != nil {
			return err
		}
	}
	if err := tx.showPhotos(ctx, before, after); err != nil {
		return err
	}
	return tx.vote(ctx, after.VendorID, review.Changes(&before, &after))
}

// RemoveReview takes a held review away, with its votes and pictures.
func (tx *Tx) RemoveReview(ctx context.Context, r review.Review) error {
	bare := r
	bare.Photos = nil
	if err := tx.showPhotos(ctx, r, bare); err != nil {
		return err
	}
	if err := tx.DeleteReview(ctx, r.ID); err != nil {
		return fmt.Errorf("delete review: %w", err)
	}
	return tx.vote(ctx, r.VendorID, review.Changes(&r, nil))
}

func (tx *Tx) writeReviewDishes(ctx context.Context, r review.Review) error {
	if len(r.Dishes) == 0 {
		return nil
	}
	p := query.InsertReviewDishesParams{ReviewID: r.ID}
	for _, d := range r.Dishes {
		p.DishIds, p.Stars = append(p.DishIds, d.DishID), append(p.Stars, d.Stars)
	}
	if err := tx.InsertReviewDishes(ctx, p); err != nil {
		return fmt.Errorf("insert dishes of review: %w", err)
	}
	return nil
}

// showPhotos writes the places whose pictures differ. Unavailable, with retryAfter, when a new one was collected meanwhile.
func (tx *Tx) showPhotos(ctx context.Context, before, after review.Review) error {
	var released []string
	for place := 1; place <= review.MaxPhotos; place++ {
		was, is := before.Photo(place), after.Photo(place)
		if was == is {
			continue
		}
		if was != "" {
			released = append(released, was)
		}
		if err := tx.showPhoto(ctx, after.ID, place, is); err != nil {
			return err
		}
	}
	if len(released) == 0 {
		return nil
	}
	if err := tx.ReleasePictures(ctx, released); err != nil {
		return fmt.Errorf("release pictures: %w", err)
	}
	return nil
}

func (tx *Tx) showPhoto(ctx context.Context, reviewID domain.ID, place int, key string) error {
	if key == "" {
		if err := tx.ClearReviewPhoto(ctx, query.ClearReviewPhotoParams{ReviewID: reviewID, Place: place}); err != nil {
			return fmt.Errorf("clear photo: %w", err)
		}
		return nil
	}
	if err := tx.claimPicture(ctx, key); err != nil {
		return err
	}
	if err := tx.SetReviewPhoto(ctx, query.SetReviewPhotoParams{ReviewID: reviewID, Place: place, Picture: key}); err != nil {
		return fmt.Errorf("set photo: %w", err)
	}
	return nil
}

func toReviews[R any](rows []R, page func(R) query.ReviewPage, err error) ([]ReviewView, error) {
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", classify(err))
	}
	out := make([]ReviewView, len(rows))
	for i, r := range rows {
		out[i] = toReview(page(r))
	}
	return out, nil
}

func toReview(p query.ReviewPage) ReviewView {
	v := ReviewView{
		Review: review.Review{
			ID: p.ID, OrderID: p.OrderID, VendorID: p.VendorID, Stars: p.Stars, Text: p.Text, CourierStars: orZero(p.CourierStars),
			State: review.State(p.State), Reason: p.Reason, Watched: p.Watched, Reply: p.Reply, RepliedAt: orZero(p.RepliedAt),
			CreatedAt: p.CreatedAt, EditedAt: orZero(p.EditedAt), Version: p.Version,
		},
		CustomerID: p.CustomerID, FirstName: p.FirstName, LastName: p.LastName, DishNames: p.DishNames,
	}
	for i, id := range p.DishIds {
		v.Dishes = append(v.Dishes, review.DishStars{DishID: id, Stars: p.DishStars[i]})
	}
	for i, place := range p.PhotoPlaces {
		v.Photos = append(v.Photos, review.Photo{Place: place, Key: p.PhotoKeys[i]})
	}
	return v
}
