package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// maxPayments bounds what a sandbox holds; past it, no payment is begun.
const maxPayments = 200_000

var (
	errUnknown = errors.New("no such payment")
	errFull    = errors.New("the sandbox is full")
	errOther   = errors.New("the key was used for something else")
	errBroken  = errors.New("the journal cannot be written")
)

// book is everything the sandbox knows, in memory and in its journal.
type book struct {
	now     func() time.Time
	journal *journal
	tell    func(*record, fact) event // makes a webhook's body
	copies  func(rand *rand.Rand, now time.Time) []time.Time

	mu       sync.Mutex
	rand     *rand.Rand
	payments map[string]*record   // by reference
	refs     map[domain.ID]string // by the merchant's payment
	later    map[string]time.Time // references of payments at which something is due then
	messages map[string]message   // by key: to be posted
	broken   bool
	changed  chan struct{} // there may be something due sooner
}

// open fills the book from a directory; "" keeps everything in memory only.
func (b *book) open(dir string) (err error) {
	b.payments, b.refs = map[string]*record{}, map[domain.ID]string{}
	b.later, b.messages = map[string]time.Time{}, map[string]message{}
	b.changed = make(chan struct{}, 1)
	if dir == "" {
		return nil
	}
	b.journal, err = openJournal(dir, b.apply, b.snapshot)
	return err
}

// apply takes a change into memory.
func (b *book) apply(e entry) {
	if e.Payment != nil {
		b.payments[e.Payment.Reference] = e.Payment
		b.refs[e.Payment.Intent.PaymentID] = e.Payment.Reference
		delete(b.later, e.Payment.Reference)
		if due := e.Payment.due(); !due.IsZero() {
			b.later[e.Payment.Reference] = due
		}
	}
	for _, m := range e.Messages {
		if m.Posted {
			delete(b.messages, m.Key)
			continue
		}
		if old, known := b.messages[m.Key]; known && m.Body == nil {
			m.Body = old.Body // a later try says only what is new
		}
		b.messages[m.Key] = m
	}
}

// snapshot is what of the memory is worth keeping.
func (b *book) snapshot() []entry {
	var out []entry
	for ref, r := range b.payments {
		if r.due().IsZero() && b.now().Sub(r.CreatedAt) > keepFor {
			delete(b.payments, ref)
			delete(b.refs, r.Intent.PaymentID)
			continue
		}
		out = append(out, entry{Payment: r})
	}
	for _, m := range b.messages {
		out = append(out, entry{Messages: []message{m}})
	}
	return out
}

// keep writes a change down and then takes it into memory. The caller holds the lock.
func (b *book) keep(e entry) error {
	if b.broken {
		return errBroken
	}
	if err := b.journal.append(e); err != nil {
		b.broken = true
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	b.apply(e)
	select {
	case b.changed <- struct{}{}:
	default:
	}
	return nil
}

// begin opens a payment, or gives the one that was opened with this intent's payment ID: errOther when that was another intent.
func (b *book) begin(i intent, reference string) (*record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ref, known := b.refs[i.PaymentID]; known {
		r := b.payments[ref].clone()
		back := i.ReturnURL
		i.ReturnURL = r.Intent.ReturnURL
		switch {
		case r.Intent != i:
			return nil, errOther
		case back == i.ReturnURL || back == "":
			return r, nil
		}
		r.Intent.ReturnURL = back
		return r.clone(), b.keep(entry{Payment: r})
	}
	if len(b.payments) >= maxPayments {
		return nil, errFull
	}
	r := &record{Reference: reference, Intent: i, State: "created", CreatedAt: b.now().UTC()}
	return r.clone(), b.keep(entry{Payment: r})
}

// get reads a payment.
func (b *book) get(reference string) (*record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r, known := b.payments[reference]
	if !known {
		return nil, errUnknown
	}
	return r.clone(), nil
}

// change lets do change a payment; what it did, and the webhooks that tell of it, are kept together before change returns.
// do returns false when there is nothing to keep.
func (b *book) change(reference string, do func(r *record, now time.Time) ([]fact, bool)) (*record, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, known := b.payments[reference]
	if !known {
		return nil, errUnknown
	}
	now := b.now().UTC()
	r := old.clone()
	facts, changed := do(r, now)
	if !changed {
		return old.clone(), nil
	}
	e := entry{Payment: r}
	for _, f := range facts {
		messages, err := b.compose(r, f, now)
		if err != nil {
			return nil, err
		}
		e.Messages = append(e.Messages, messages...)
	}
	if err := b.keep(e); err != nil {
		return nil, err
	}
	return r.clone(), nil
}

// compose makes the copies of a fact's webhook; none where the card keeps silent.
func (b *book) compose(r *record, f fact, now time.Time) ([]message, error) {
	if behaves(r.Card).silent {
		return nil, nil
	}
	body := b.tell(r, f)
	body.ID, body.At = "evt_"+domain.ID(id.New()).String(), now
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("compose webhook: %w", err)
	}
	var out []message
	for i, due := range b.copies(b.rand, now) {
		out = append(out, message{Key: fmt.Sprintf("%s#%d", body.ID, i), Event: body.ID, Body: text, Due: due})
	}
	return out, nil
}

// settle does what is due at payments, and says when there is next something; zero: nothing is known of.
func (b *book) settle() (next time.Time, err error) {
	b.mu.Lock()
	now := b.now()
	var due []string
	for ref, at := range b.later {
		switch {
		case !at.After(now):
			due = append(due, ref)
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	b.mu.Unlock()
	for _, ref := range due {
		if _, err := b.change(ref, func(r *record, now time.Time) ([]fact, bool) { return r.settle(now), true }); err != nil {
			return next, err
		}
	}
	return next, nil
}

// waiting gives the messages that are due, oldest first, at most so many, and when the next one is.
func (b *book) waiting(most int) (due []message, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	for _, m := range b.messages {
		switch {
		case !m.Due.After(now):
			due = append(due, m)
		case next.IsZero() || m.Due.Before(next):
			next = m.Due
		}
	}
	slices.SortFunc(due, func(x, y message) int { return x.Due.Compare(y.Due) })
	return due[:min(len(due), most)], next
}

// posted notes that messages arrived, or when to try them again.
func (b *book) posted(messages []message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.keep(entry{Messages: messages})
}

// random lends the dice.
func (b *book) random(use func(*rand.Rand)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	use(b.rand)
}
