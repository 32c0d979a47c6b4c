package redis

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"slices"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Viewer is somebody who looks at an order.
type Viewer struct {
	Name  string `json:"name"`
	Doing string `json:"doing,omitempty"` // what they are about to do; "": they look
}

//go:embed view.lua
var viewSource string

var viewScript = goredis.NewScript(viewSource)

func viewKey(orderID domain.ID) string { return "zoop:viewers:" + orderID.String() }

// View notes for a time that somebody looks at an order, unless most others do, and gives the others, by name. Without Redis that is
// nobody.
func (c *Client) View(ctx context.Context, orderID, who domain.ID, what Viewer, ttl time.Duration, most int) []Viewer {
	text, err := json.Marshal(what)
	if err != nil {
		return nil
	}
	var said []string
	c.quick(ctx, "view", func(ctx context.Context) (err error) {
		said, err = viewScript.Run(ctx, c.rdb, []string{viewKey(orderID)}, who.String(), text, ttl.Milliseconds(), most).StringSlice()
		return err
	})
	others := make([]Viewer, 0, len(said))
	for _, text := range said {
		var v Viewer
		if json.Unmarshal([]byte(text), &v) == nil {
			others = append(others, v)
		}
	}
	slices.SortFunc(others, func(a, b Viewer) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Doing, b.Doing)) })
	return others
}

// Leave notes that somebody looks at an order no more, if it can.
func (c *Client) Leave(ctx context.Context, orderID, who domain.ID) {
	c.quick(ctx, "leave", func(ctx context.Context) error { return c.rdb.HDel(ctx, viewKey(orderID), who.String()).Err() })
}
