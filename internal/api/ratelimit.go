package api

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/limit"
	"github.com/zoop-dev/zoop/internal/redis"
)

// limiter keeps the rates of the table. It asks Redis once a request, whatever the number of limits, and falls back to the
// memory of the process, with the same numbers, while Redis is away.
type limiter struct {
	redis  *redis.Client
	local  *limit.Local
	exempt networks
	scopes [classCount]struct{ account, address scope }
	counts [classCount]tally
}

// scope is a rate with its name: "orders-account".
type scope struct {
	name   string
	rate   limit.Rate
	policy string // RateLimit-Policy
}

// tally counts a class's requests by who judged them.
type tally struct{ redis, process, fallback judged }

type judged struct{ allowed, limited prometheus.Counter }

// newLimiter is nil when there are no rate limits.
func newLimiter(l Limits, reg prometheus.Registerer) *limiter {
	if l.Times == 0 {
		return nil
	}
	out := &limiter{redis: l.Redis, local: limit.NewLocal(0, time.Now()), exempt: l.Exempt}
	total := promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "zoop_rate_limit_total",
		Help: "Requests held against their rate limits, by class, outcome and who judged: redis, the process as it should, or as a fallback.",
	}, []string{"class", "outcome", "by"})
	for k, b := range table {
		outcomes := func(by string) judged {
			return judged{total.WithLabelValues(b.name, "allowed", by), total.WithLabelValues(b.name, "limited", by)}
		}
		if class(k) == classNone {
			continue
		}
		out.scopes[k].account, out.scopes[k].address = newScope(b.name+"-account", b.account, l.Times), newScope(b.name+"-address", b.address, l.Times)
		if b.local {
			out.counts[k].process = outcomes("process")
		} else {
			out.counts[k].redis, out.counts[k].fallback = outcomes("redis"), outcomes("fallback")
		}
	}
	return out
}

func newScope(name string, r limit.Rate, times float64) scope {
	if r.Burst == 0 {
		return scope{}
	}
	r = r.Times(times)
	return scope{name, r, fmt.Sprintf("%q;q=%d;w=%d", name, r.Burst, seconds(r.Window()))}
}

// take holds a request against the limits of a class: RateLimited, with retryAfter, when one of them is used up.
func (l *limiter) take(c *call, k class) error {
	if l == nil || k == classNone || l.exempt.contain(c.address) {
		return nil
	}
	var asked [2]limit.Ask
	var scopes [2]*scope
	n := 0
	ask := func(s *scope, id [16]byte) {
		if s.rate.Burst > 0 {
			asked[n], scopes[n] = limit.Ask{Key: limit.Key{Name: s.name, ID: id}, Rate: s.rate}, s
			n++
		}
	}
	switch {
	case !c.actor.Key.IsNil():
		ask(&l.scopes[k].account, c.actor.Key)
	case !c.actor.Anonymous():
		ask(&l.scopes[k].account, c.actor.ID)
	}
	ask(&l.scopes[k].address, addressID(c.address))
	if n == 0 {
		return nil
	}
	v := l.judge(c, k, asked[:n])
	s := scopes[v.Which]
	if v.OK {
		if !table[k].local {
			s.tell(c.w.Header(), v)
		}
		return nil
	}
	return s.refuse(c, v)
}

// spent says, and uses up nothing, whether an address has nothing left of a class that is counted in the process: RateLimited.
func (l *limiter) spent(c *call, k class) error {
	if l == nil || l.exempt.contain(c.address) {
		return nil
	}
	s := &l.scopes[k].address
	v := l.local.Peek(time.Now(), limit.Ask{Key: limit.Key{Name: s.name, ID: addressID(c.address)}, Rate: s.rate})
	if v.OK {
		return nil
	}
	return s.refuse(c, v)
}

func (s *scope) refuse(c *call, v limit.Verdict) error {
	s.tell(c.w.Header(), v)
	wait := seconds(v.RetryAfter)
	return domain.Errorf(domain.RateLimited, string(domain.RateLimited), "too many requests (%s): try again in %d s", s.name, wait).With("retryAfter", wait)
}

// judge asks whoever is to judge, and counts.
func (l *limiter) judge(c *call, k class, asks []limit.Ask) limit.Verdict {
	counts := &l.counts[k]
	if table[k].local {
		return counts.process.note(l.local.Take(time.Now(), asks...))
	}
	if l.redis != nil {
		if v, known := l.redis.Limit(c.Context(), asks...); known {
			return counts.redis.note(v)
		}
	}
	return counts.fallback.note(l.local.Take(time.Now(), asks...))
}

func (o judged) note(v limit.Verdict) limit.Verdict {
	if v.OK {
		o.allowed.Inc()
	} else {
		o.limited.Inc()
	}
	return v
}

// tell writes the headers of draft-ietf-httpapi-ratelimit-headers-10 about the limit that has the least left.
func (s *scope) tell(h http.Header, v limit.Verdict) {
	h["Ratelimit-Policy"] = []string{s.policy}
	b := make([]byte, 0, 64)
	b = strconv.AppendQuote(b, s.name)
	b = strconv.AppendInt(append(b, ";r="...), int64(v.Remaining), 10)
	b = strconv.AppendInt(append(b, ";t="...), int64(seconds(v.Reset)), 10)
	h["Ratelimit"] = []string{string(b)}
}

// seconds rounds up: who waits that long is not too early.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// addressID is what an address is limited by. A household or a server has a whole /64 of IPv6 to choose from.
func addressID(a netip.Addr) [16]byte {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			a = p.Addr()
		}
	}
	if !a.IsValid() {
		return [16]byte{}
	}
	return a.As16()
}
