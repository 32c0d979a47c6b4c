package sim

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// How customers judge what came.
const (
	reviews  = 0.4  // share of the orders that came which their customer reviews
	pleased  = 0.75 // share of the stars that are four or five
	chatters = 0.5  // share of reviews with words
)

var praise, blame = []string{
	"Came hot, tasted great.", "Our favourite.", "Well packed and in time.", "Generous portions.", "बहुत स्वादिष्ट!",
}, []string{
	"Lukewarm when it came.", "Smaller than it used to be.", "Too salty for us.", "The sauce was missing.",
}

// recall reviews what came the last time, if the customer feels like it.
func (c *customer) recall(ctx context.Context) {
	orderID := c.last
	c.last = domain.Nil
	if orderID.IsNil() || !c.dice.chance(reviews) {
		return
	}
	o, err := c.api.Order(ctx, orderID)
	if err != nil || o.State != dto.OrderStateDelivered && o.State != dto.OrderStateCollected && o.State != dto.OrderStateCompleted {
		return
	}
	r := dto.ReviewRequest{Stars: c.stars()}
	dishes := dto.DishesStars{{DishID: o.Items[0].DishID, Stars: c.stars()}}
	r.Dishes = &dishes
	if o.Courier != nil {
		stars := c.stars()
		r.CourierStars = &stars
	}
	if c.dice.chance(chatters) {
		words := praise
		if r.Stars < 4 {
			words = blame
		}
		text := pick(c.dice, words)
		r.Text = &text
	}
	_, _ = c.api.WriteReview(ctx, domain.ID(id.New()).String(), orderID, r)
}

func (c *customer) stars() int {
	if c.dice.chance(pleased) {
		return 4 + c.dice.IntN(2)
	}
	return 1 + c.dice.IntN(3)
}
