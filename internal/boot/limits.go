package boot

import "github.com/zoop-dev/zoop/internal/api"

// limits are what the settings let the API take. As many requests as there are connections to Postgres keep all of these busy,
// and one more would only wait there, where it can neither be counted nor refused.
func (a *App) limits() api.Limits {
	c := a.config
	slots := c.MaxRequests
	if slots == 0 {
		slots = a.db.MaxConns()
	}
	return api.Limits{
		Redis: a.redis, Times: c.RateLimits, Exempt: c.RateExempt, Proxies: c.Proxies, Slots: slots, Queue: c.Queue, Wait: c.QueueWait,
	}
}
