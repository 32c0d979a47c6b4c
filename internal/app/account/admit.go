package account

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// Client is where somebody signs in from, before they are anybody.
type Client struct {
	From   domain.Origin
	Device string // the session's name, of one line and at most 80 characters; "" leaves it as it is
}

// check bounds what the client says of itself: Invalid.
func (c Client) check() error { return rules.Line("device", c.Device, 0, rules.MaxDeviceName) }

// signIns counts what becomes of attempts, and remembers which of them need not ask the database.
type signIns struct {
	count *prometheus.CounterVec

	mu      sync.Mutex
	refused map[refusal]time.Time // until when, by our clock
}

type refusal struct {
	what    rules.Attempt
	network string
}

// maxRefusals bounds the memory of refusals; past it all are forgotten, and the database refuses again.
const maxRefusals = 10_000

// The outcomes that are counted. Refusals of everywhere are what to be woken for.
const (
	codeIssued        = "code_issued"
	codeRefused       = "code_refused_address"
	guessRight        = "verified"
	guessWrong        = "failed"
	refusedNetwork    = "_refused_network"
	refusedEverywhere = "_refused_everywhere"
)

func newSignIns(reg prometheus.Registerer) *prometheus.CounterVec {
	c := promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "zoop_sign_in_total", Help: "Sign-in codes asked for and tried, by outcome; *_refused_everywhere is an attack, or a bound too low.",
	}, []string{"outcome"})
	for _, outcome := range []string{codeIssued, codeRefused, guessRight, guessWrong} {
		c.WithLabelValues(outcome)
	}
	for _, what := range []rules.Attempt{rules.AskCode, rules.TryCode} {
		c.WithLabelValues(string(what) + refusedNetwork)
		c.WithLabelValues(string(what) + refusedEverywhere)
	}
	return c
}

func (s *Service) happened(outcome string) { s.signIns.count.WithLabelValues(outcome).Inc() }

// admit counts an attempt before it is made: RateLimited with retryAfter, for a network or everybody. It is the same for all
// addresses that a code may be for. What a network may not do does not count against everybody.
func (s *Service) admit(ctx context.Context, what rules.Attempt, from domain.Origin) error {
	network := rules.Network(from.Address)
	if err := s.admitted(ctx, refusal{what, network}, rules.OfNetwork[what], refusedNetwork); err != nil {
		return err
	}
	return s.admitted(ctx, refusal{what, ""}, rules.Everywhere[what], refusedEverywhere)
}

func (s *Service) admitted(ctx context.Context, r refusal, b rules.Bound, outcome string) error {
	wait := s.signIns.known(r)
	if wait == 0 {
		var err error
		if wait, err = s.db.CountSignIn(ctx, r.what, r.network, b); err != nil || wait == 0 {
			return err
		}
		s.signIns.note(r, wait)
		s.log.WarnContext(ctx, "too many sign-ins", logkey.Task, string(r.what)+outcome)
	}
	s.happened(string(r.what) + outcome)
	return domain.Errorf(domain.RateLimited, string(domain.RateLimited), "too many attempts to sign in; wait").With("retryAfter", wait)
}

// known gives the seconds for which an attempt is refused whatever the database would say, 0 when it must be asked.
func (i *signIns) known(r refusal) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	left := time.Until(i.refused[r])
	if left <= 0 {
		return 0
	}
	return int(left/time.Second) + 1
}

func (i *signIns) note(r refusal, seconds int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.refused == nil || len(i.refused) >= maxRefusals {
		i.refused = map[refusal]time.Time{}
	}
	i.refused[r] = time.Now().Add(time.Duration(seconds-1) * time.Second) // the last second is the database's to judge
}
