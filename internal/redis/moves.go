package redis

import (
	"context"
	"encoding/json"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

const moveChannel = "zoop:moves"

// Move is where the courier of an order is, as far as those may know who follow the order.
type Move struct {
	OrderID   domain.ID `json:"order"`
	CourierID domain.ID `json:"courier"`
	Version   int       `json:"version"` // of the order, by which it may be known
	Lat       float64   `json:"lat"`
	Lng       float64   `json:"lng"`
	Coarse    bool      `json:"coarse,omitempty"` // the middle of the cell of a grid
	At        time.Time `json:"at"`
}

// SendMoves publishes moves to every process that listens now, if it can. They are nowhere kept.
func (c *Client) SendMoves(ctx context.Context, moves []Move) {
	if len(moves) == 0 {
		return
	}
	text, err := json.Marshal(moves)
	if err != nil { // a number that is none
		c.log.WarnContext(ctx, "moves not sent", logkey.Error, err.Error())
		return
	}
	c.quick(ctx, "send moves", func(ctx context.Context) error { return c.rdb.Publish(ctx, moveChannel, text).Err() })
}

// FollowMoves calls fn, which must not block, with every move that arrives, until ctx ends. It reconnects by itself.
func (c *Client) FollowMoves(ctx context.Context, fn func(Move)) error {
	return c.follow(ctx, moveChannel, func(payload string) error {
		var moves []Move
		err := json.Unmarshal([]byte(payload), &moves)
		for _, m := range moves {
			fn(m)
		}
		return err
	})
}
