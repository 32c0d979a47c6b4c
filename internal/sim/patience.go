package sim

import (
	"context"
	"net/http"
	"time"

	"github.com/zoop-dev/zoop/internal/client"
)

// Waits for a server that is away.
const (
	patienceLeast = 500 * time.Millisecond
	patienceMost  = 5 * time.Second
	maxBroken     = 3 // times that a request may break the server before the bot gives up
)

// patiently makes a call until the server answers it: one that cannot be reached, or says that it cannot serve now, is
// waited for. A call that changes something is made again only where a second one does no harm, or says that the first
// was done. Whatever goes wrong is counted.
func patiently[T any](ctx context.Context, c *city, d dice, call func(context.Context) (T, error)) (T, error) {
	broken := 0
	for wait := patienceLeast; ; wait = min(2*wait, patienceMost) {
		v, err := call(ctx)
		if err == nil || ctx.Err() != nil {
			return v, err
		}
		c.tally.failed(err)
		if client.IsStatus(err, http.StatusInternalServerError) {
			broken++
		}
		if !client.Transient(err) || broken == maxBroken || !pause(ctx, d.between(wait/2, wait)) {
			return v, err
		}
	}
}
