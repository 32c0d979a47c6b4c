// Package notify decides what people are told, in which words, and whether they want to know.
//
// A letter is written when it is sent, from what is true then; the transaction that gave the reason for it only posted it.
// What strangers typed is cleaned before it comes near a template, and a code's letter holds nothing of it at all. Nothing
// here logs an address, a name or a code.
package notify

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/mail"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// sendTimeout bounds one attempt to hand a letter over.
const sendTimeout = 20 * time.Second

var errLate = errors.New("the letter is of no use any more")

// Notifier sends letters.
type Notifier struct {
	db      *postgres.DB
	sender  mail.Sender
	log     *slog.Logger
	letters *prometheus.CounterVec
}

// New makes a notifier. The registry may be nil.
func New(db *postgres.DB, sender mail.Sender, log *slog.Logger, reg prometheus.Registerer) *Notifier {
	return &Notifier{
		db: db, sender: sender, log: log,
		letters: promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
			Name: "zoop_letters_total", Help: "Attempts to send letters, by kind and outcome: sent, failed (tried again), dead, dropped, expired.",
		}, []string{"kind", "outcome"}),
	}
}

// Deliver makes one attempt to send a letter; its error says why it did not go out, without personal data.
func (n *Notifier) Deliver(ctx context.Context, p postgres.Posted) (letter.Outcome, error) {
	outcome, err := n.deliver(ctx, p)
	if outcome == letter.Failed && ctx.Err() != nil {
		return outcome, ctx.Err() // cut off by a stop: it is not the letter's fault
	}
	if outcome == letter.Failed && p.Attempt >= p.MaxAttempts {
		outcome = letter.Dead
	}
	n.letters.WithLabelValues(string(p.Kind), string(outcome)).Inc()
	if err != nil {
		level, message := slog.LevelWarn, "mail not sent, will try again"
		if outcome != letter.Failed {
			level, message = slog.LevelError, "mail given up"
		}
		n.log.Log(ctx, level, message, logkey.Task, string(p.Kind), logkey.Attempt, p.Attempt, logkey.Error, err.Error())
	}
	return outcome, err
}

func (n *Notifier) deliver(ctx context.Context, p postgres.Posted) (letter.Outcome, error) {
	switch {
	case p.Data[letter.Purpose] == string(account.Decoy), !p.Preferences.Wants(p.Kind), nobody(p):
		return letter.Dropped, nil
	case p.Expired:
		return letter.Expired, errLate
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	m, err := n.compose(ctx, p)
	switch {
	case errors.Is(err, errMoot), domain.KindOf(err) == domain.NotFound:
		return letter.Dropped, nil
	case domain.KindOf(err) == domain.Unavailable:
		return letter.Failed, err
	case err != nil:
		return letter.Dead, err
	}
	if err := n.sender.Send(ctx, m); mail.Permanent(err) {
		return letter.Dead, err
	} else if err != nil {
		return letter.Failed, err
	}
	return letter.Sent, nil
}

// nobody says whether nobody reads the mail of a letter's address: the account is gone, or has an address under a name that
// is reserved for no use (RFC 2606), as erased accounts and simulated people have.
func nobody(p postgres.Posted) bool {
	if p.To == "" {
		return true
	}
	if p.Kind.ToAddress() {
		return false
	}
	top := p.To[strings.LastIndexAny(p.To, "@.")+1:]
	return top == "test" || top == "invalid" || top == "localhost"
}
