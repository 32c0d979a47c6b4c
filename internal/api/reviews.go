package api

import (
	"fmt"

	"github.com/gorilla/mux"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/review"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
)

func (h *handlers) getReview(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return h.reviewAnswer(h.Reviews.OfOrder(c.Context(), c.actor, id))
}

func (h *handlers) writeReview(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.ReviewRequest](c)
	if err != nil {
		return answer{}, err
	}
	v, err := h.Reviews.Write(c.Context(), c.actor, id, rules.Opinion{
		Stars: &req.Stars, Text: req.Text, Dishes: toDishStars(req.Dishes), CourierStars: req.CourierStars,
	})
	if err != nil {
		return answer{}, err
	}
	a, err := created(h.pics.fromReview(v))
	return versioned(a, v.Version), err
}

func (h *handlers) patchReview(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.ReviewPatch](c)
	if err != nil {
		return answer{}, err
	}
	return h.reviewAnswer(h.Reviews.Edit(c.Context(), c.actor, id, version, rules.Opinion{
		Stars: req.Stars, Text: req.Text, Dishes: toDishStars(req.Dishes), CourierStars: req.CourierStars,
	}))
}

func (h *handlers) deleteReview(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Reviews.Remove(c.Context(), c.actor, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) putReviewPhoto(c *call) (answer, error) {
	id, version, place, err := c.photoPlace()
	if err != nil {
		return answer{}, err
	}
	return h.reviewAnswer(h.Reviews.SetPhoto(c.Context(), c.actor, id, version, place, c.payload))
}

func (h *handlers) deleteReviewPhoto(c *call) (answer, error) {
	id, version, place, err := c.photoPlace()
	if err != nil {
		return answer{}, err
	}
	if err := h.Reviews.DropPhoto(c.Context(), c.actor, id, version, place); err != nil {
		return answer{}, err
	}
	return noContent()
}

// photoPlace is target with the place of a photo.
func (c *call) photoPlace() (id domain.ID, version, place int, err error) {
	text := mux.Vars(c.Request)["place"]
	if len(text) != 1 || text[0] < '1' || text[0] > '0'+rules.MaxPhotos {
		return id, 0, 0, domain.Missing(fmt.Sprintf("place for a photo: there are 1 to %d", rules.MaxPhotos))
	}
	id, version, err = c.target()
	return id, version, int(text[0] - '0'), err
}

func (h *handlers) listVendorReviews(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	before, err := c.before()
	if err != nil {
		return answer{}, err
	}
	found, err := h.Reviews.OfVendor(c.Context(), c.actor, review.Filter{
		VendorID: id, Stars: int(c.number("stars", 0)), Before: before, Limit: c.limit() + 1,
	})
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(v review.View) domain.ID { return v.ID })
	list := dto.VendorReviewList{Data: make([]dto.VendorReview, len(found)), NextCursor: next}
	for i, v := range found {
		list.Data[i] = h.pics.fromVendorReview(v)
	}
	return tagged("", list)
}

func (h *handlers) putReply(c *call) (answer, error) {
	req, err := body[dto.ReplyRequest](c)
	if err != nil {
		return answer{}, err
	}
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	v, err := h.Reviews.Reply(c.Context(), c.actor, id, version, req.Text)
	if err != nil {
		return answer{}, err
	}
	a, err := ok(h.pics.fromVendorReview(v))
	return versioned(a, v.Version), err
}

func (h *handlers) deleteReply(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if _, err := h.Reviews.Reply(c.Context(), c.actor, id, version, ""); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) listReviews(c *call) (answer, error) {
	state := rules.Pending
	if text := c.param("state"); text != "" {
		state = rules.State(text)
	}
	after, err := c.before() // the cursor of a list that runs the other way is an ID, too
	if err != nil {
		return answer{}, err
	}
	found, err := h.Reviews.All(c.Context(), state, after, c.limit()+1)
	if err != nil {
		return answer{}, err
	}
	found, next := cutPage(found, c.limit(), func(v review.View) domain.ID { return v.ID })
	list := dto.ReviewList{Data: make([]dto.Review, len(found)), NextCursor: next}
	for i, v := range found {
		list.Data[i] = h.pics.fromReview(v)
	}
	return ok(list)
}

func (h *handlers) publishReview(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return h.reviewAnswer(h.Reviews.Judge(c.Context(), c.actor, id, version, rules.VerbPublish, ""))
}

func (h *handlers) rejectReview(c *call) (answer, error) {
	id, version, reason, err := c.verdict()
	if err != nil {
		return answer{}, err
	}
	return h.reviewAnswer(h.Reviews.Judge(c.Context(), c.actor, id, version, rules.VerbReject, reason))
}

func (h *handlers) reviewAnswer(v review.View, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	a, err := ok(h.pics.fromReview(v))
	return versioned(a, v.Version), err
}

func toDishStars(given *dto.DishesStars) *[]rules.DishStars {
	if given == nil {
		return nil
	}
	out := make([]rules.DishStars, len(*given))
	for i, d := range *given {
		out[i] = rules.DishStars{DishID: d.DishID, Stars: d.Stars}
	}
	return &out
}

func (b pictureBase) fromReview(v review.View) dto.Review {
	out := dto.Review{
		ID: v.ID, OrderID: v.OrderID, VendorID: v.VendorID, Author: some(rules.Author(v.FirstName, v.LastName)), Stars: v.Stars, Text: v.Text,
		Dishes: fromDishStars(v), CourierStars: some(v.CourierStars), Photos: b.fromPhotos(v.Photos), State: dto.ReviewState(v.State),
		Reason: some(v.Reason), Reply: fromReply(v.Review), CreatedAt: v.CreatedAt.UTC(), EditedAt: at(v.EditedAt),
		EditableUntil: v.OpenUntil().UTC(), Version: v.Version,
	}
	return out
}

// fromVendorReview leaves out what is not for everybody: the order, and what was said of the courier.
func (b pictureBase) fromVendorReview(v review.View) dto.VendorReview {
	return dto.VendorReview{
		ID: v.ID, Author: some(rules.Author(v.FirstName, v.LastName)), Stars: v.Stars, Text: v.Text, Dishes: fromDishStars(v),
		Photos: b.fromPhotos(v.Photos), Reply: fromReply(v.Review), CreatedAt: v.CreatedAt.UTC(), EditedAt: at(v.EditedAt), Version: v.Version,
	}
}

func fromDishStars(v review.View) []dto.DishRating {
	out := make([]dto.DishRating, len(v.Dishes))
	for i, d := range v.Dishes {
		out[i] = dto.DishRating{DishID: d.DishID, Name: v.DishNames[i], Stars: d.Stars}
	}
	return out
}

func (b pictureBase) fromPhotos(photos []rules.Photo) []dto.ReviewPhoto {
	out := make([]dto.ReviewPhoto, len(photos))
	for i, p := range photos {
		out[i] = dto.ReviewPhoto{Place: p.Place, Images: *b.urls(p.Key)}
	}
	return out
}

func fromReply(r rules.Review) *dto.Reply {
	if r.Reply == "" {
		return nil
	}
	return &dto.Reply{Text: r.Reply, At: r.RepliedAt.UTC()}
}
