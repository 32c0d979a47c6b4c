// Package webhooks tells vendors' partners what happens: it keeps the addresses that are told, finds what each is to be told in the
// published order of events, and sends that, signed, until it has arrived or there is no hope.
//
// What is told is what the vendor's topic of the live feed says, in the same form. Each event gets to each endpoint at least once, with
// the same ID every time; events of one order are sent in the order in which they happened, as long as none fails. An endpoint is with one process
// at a time, and few at once are with one process, so one that hangs holds up nobody but itself, and all that hang together no more than
// a half of the hands.
package webhooks

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/webhook"
	"github.com/zoop-dev/zoop/internal/wire"
)

// Options are what the service works with.
type Options struct {
	Open     rules.Networks        // of ours that webhooks may go to: for development
	Sender   *webhook.Sender       // nil: one to the public Internet, and to Open
	Wake     func()                // tells the relay of a commit; may be nil
	Log      *slog.Logger          // may be nil
	Registry prometheus.Registerer // may be nil
}

// Service keeps and sends webhooks.
type Service struct {
	db      *postgres.DB
	open    rules.Networks
	sender  *webhook.Sender
	wake    func()
	log     *slog.Logger
	metrics metrics
}

// New makes a service.
func New(db *postgres.DB, o Options) *Service {
	s := &Service{db: db, open: o.Open, sender: o.Sender, wake: o.Wake, log: o.Log, metrics: newMetrics(o.Registry)}
	if s.sender == nil {
		s.sender = webhook.New(webhook.Options{Open: o.Open})
	}
	if s.wake == nil {
		s.wake = func() {}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// Made is an endpoint with its secret, which nobody sees again.
type Made struct {
	rules.Endpoint
	Secret string
}

// List lists a vendor's endpoints, oldest first, for its owners and managers, partners and staff: NotFound for others, Forbidden for
// lower roles. Of URLs, what follows the path is for those alone who set it.
func (s *Service) List(ctx context.Context, actor domain.Actor, vendorID domain.ID) ([]rules.Endpoint, error) {
	if err := s.mayRead(ctx, actor, vendorID); err != nil {
		return nil, err
	}
	all, err := s.db.Webhooks(ctx, vendorID)
	for i := range all {
		all[i] = shown(actor, all[i])
	}
	return all, err
}

// Get reads one of them. Errors are those of List; NotFound.
func (s *Service) Get(ctx context.Context, actor domain.Actor, vendorID, endpoint domain.ID) (rules.Endpoint, error) {
	if err := s.mayRead(ctx, actor, vendorID); err != nil {
		return rules.Endpoint{}, err
	}
	e, err := s.db.Webhook(ctx, vendorID, endpoint)
	return shown(actor, e), err
}

// Create makes an endpoint, which is told what happens from now on. Errors are those of List; Invalid, naming the field; Conflict
// "webhook.too_many", or "webhook.disabled_by_staff" for a host at which they have disabled another of the vendor's.
func (s *Service) Create(ctx context.Context, actor domain.Actor, e rules.Endpoint) (Made, error) {
	if err := e.Check(s.open); err != nil {
		return Made{}, err
	}
	e.ID = id.New()
	secret, text := newSecret()
	err := s.asKeeper(ctx, actor, e.VendorID, 0, func(tx *postgres.Tx) (err error) {
		if err := barred(ctx, tx, e); err != nil {
			return err
		}
		if e, err = tx.AddWebhook(ctx, e, secret); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, deed("webhook.create", e, nil, facts(e)))
	})
	return Made{e, text}, err
}

// Patch is what changes of an endpoint; nil stays as it is.
type Patch struct {
	URL, Note *string
	Events    []string
}

// Change changes an endpoint that has the version, 0 for any; where it goes, not while staff have disabled it. Errors are those of Create;
// NotFound; Precondition.
func (s *Service) Change(ctx context.Context, actor domain.Actor, vendorID, endpoint domain.ID, version int, p Patch) (e rules.Endpoint, err error) {
	err = s.onEndpoint(ctx, actor, vendorID, endpoint, 0, func(tx *postgres.Tx, was rules.Endpoint) error {
		if err := domain.Fresh(version, was.Version); err != nil {
			return err
		}
		e = was
		if p.URL != nil {
			e.URL = *p.URL
		}
		if p.Note != nil {
			e.Note = *p.Note
		}
		if p.Events != nil {
			e.Events = p.Events
		}
		if err := e.Check(s.open); err != nil {
			return err
		}
		if e.URL != was.URL {
			if err := mayLead(ctx, tx, e); err != nil {
				return err
			}
		}
		if e, err = tx.SaveWebhook(ctx, e); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, deed("webhook.change", e, facts(was), facts(e)))
	})
	return e, err
}

// Drop ends an endpoint that has the version, 0 for any, and throws away what it was told. Errors are those of List; NotFound; Precondition;
// Conflict "webhook.disabled_by_staff": what they have decided does not go with it.
func (s *Service) Drop(ctx context.Context, actor domain.Actor, vendorID, endpoint domain.ID, version int) error {
	return s.onEndpoint(ctx, actor, vendorID, endpoint, 0, func(tx *postgres.Tx, e rules.Endpoint) error {
		if err := domain.Fresh(version, e.Version); err != nil {
			return err
		}
		if e.Cause == rules.ByStaff {
			return errByStaff
		}
		if err := tx.DropWebhook(ctx, e.ID); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, deed("webhook.delete", e, facts(e), nil))
	})
}

// Switch enables an endpoint that has the version, 0 for any, or disables it: what happens while it is disabled is never told, and what waited goes on waiting, four days
// at most. For its vendor, and staff with onboard. It changes nothing that is so already; what is disabled for another reason, staff can
// disable for theirs. Errors are those of List; NotFound; Precondition; Conflict "webhook.disabled_by_staff", of it or of another at its host.
func (s *Service) Switch(ctx context.Context, actor domain.Actor, vendorID, endpoint domain.ID, version int, on bool) (e rules.Endpoint, err error) {
	err = s.onEndpoint(ctx, actor, vendorID, endpoint, domain.Onboard, func(tx *postgres.Tx, was rules.Endpoint) error {
		e = was
		if err := domain.Fresh(version, was.Version); err != nil {
			return err
		}
		theirs := actor.Role.Staff() && !on && was.Cause != rules.ByStaff
		if (was.Status == rules.Enabled) == on && !theirs {
			return nil
		}
		cause, action := rules.Cause(""), "webhook.enable"
		switch {
		case theirs:
			cause, action = rules.ByStaff, "webhook.disable"
		case !on:
			cause, action = rules.ByVendor, "webhook.disable"
		case !actor.Role.Staff():
			if err := mayLead(ctx, tx, was); err != nil {
				return err
			}
		}
		if e, err = tx.SwitchWebhook(ctx, endpoint, cause); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, deed(action, e, map[string]any{"reason": was.Cause}, map[string]any{"reason": e.Cause}))
	})
	return shown(actor, e), err
}

// Rotate gives an endpoint another secret. The one before signs as well for the grace, of at most MaxGrace, so that its receiver can take
// the new one in the meantime. Errors are those of List; NotFound; Invalid.
func (s *Service) Rotate(ctx context.Context, actor domain.Actor, vendorID, endpoint domain.ID, grace time.Duration) (m Made, err error) {
	if grace < 0 || grace > rules.MaxGrace {
		return m, domain.Invalidf("graceMinutes", "range", "must be from 0 to %.0f", rules.MaxGrace.Minutes())
	}
	secret, text := newSecret()
	m.Secret = text
	err = s.onEndpoint(ctx, actor, vendorID, endpoint, 0, func(tx *postgres.Tx, _ rules.Endpoint) error {
		if m.Endpoint, err = tx.RenewSecret(ctx, endpoint, secret, grace); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, deed("webhook.rotate", m.Endpoint, nil, map[string]any{"graceMinutes": grace.Minutes()}))
	})
	return m, err
}

// Try has an endpoint told of something that has not happened: of a type, or a ping. Errors are those of List; NotFound; Invalid for an
// unknown type; Conflict "webhook.disabled".
func (s *Service) Try(ctx context.Context, actor domain.Actor, vendorID, endpoint domain.ID, kind string) (d postgres.WebhookDelivery, err error) {
	delivery := domain.ID(id.New())
	err = s.onEndpoint(ctx, actor, vendorID, endpoint, domain.Onboard, func(tx *postgres.Tx, e rules.Endpoint) error {
		if e.Status != rules.Enabled {
			return errDisabled
		}
		now, err := tx.Moment(ctx)
		if err != nil {
			return err
		}
		sample, err := Sample(kind, vendorID, now)
		if err != nil {
			return err
		}
		body, err := wire.Webhook(sample, true)
		if err != nil {
			return err
		}
		if d, err = tx.AddSample(ctx, endpoint, delivery, kind, string(body)); err != nil {
			return err
		}
		return s.noteStaff(ctx, tx, actor, deed("webhook.try", e, nil, map[string]any{"type": kind}))
	})
	return d, err
}

// errByStaff is the answer to who would undo what staff have done.
var errByStaff = domain.Errorf(domain.Conflict, "webhook.disabled_by_staff", "staff have disabled it; ask them to enable it")

// mayLead says whether a vendor may have an endpoint lead where it does: Conflict "webhook.disabled_by_staff" for one that staff have
// disabled, and for one at the host of such.
func mayLead(ctx context.Context, tx *postgres.Tx, e rules.Endpoint) error {
	if e.Cause == rules.ByStaff {
		return errByStaff
	}
	return barred(ctx, tx, e)
}

// barred keeps a vendor from having told under another name what staff have had it stop telling: at the host, because a way there is soon
// changed.
func barred(ctx context.Context, tx *postgres.Tx, e rules.Endpoint) error {
	all, err := tx.Webhooks(ctx, e.VendorID)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID != e.ID && other.Cause == rules.ByStaff && rules.SameHost(other.URL, e.URL) {
			return domain.Errorf(domain.Conflict, errByStaff.Code, "staff have disabled the webhook %s, which leads to the same host; ask them to enable it", other.ID)
		}
	}
	return nil
}

var errDisabled = domain.Errorf(domain.Conflict, "webhook.disabled", "the webhook is disabled: enable it first")

// mayRead says whether an actor may see a vendor's webhooks.
func (s *Service) mayRead(ctx context.Context, actor domain.Actor, vendorID domain.ID) error {
	_, role, err := s.db.VendorFor(ctx, vendorID, actor.ID)
	if err != nil {
		return err
	}
	return allowed(actor, vendorID, role, 0)
}

// asKeeper does something about the webhooks of a vendor under its lock, if the actor may: staff need a permission, and with none named it
// is not for them.
func (s *Service) asKeeper(ctx context.Context, actor domain.Actor, vendorID domain.ID, staff domain.Permissions, do func(*postgres.Tx) error) error {
	return s.db.InTx(ctx, func(tx *postgres.Tx) error {
		_, role, err := tx.VendorForWrite(ctx, vendorID, actor.ID)
		if err != nil {
			return err
		}
		if actor.Role.Staff() && staff == 0 {
			return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "this is for the vendor's own people")
		}
		if err := allowed(actor, vendorID, role, staff); err != nil {
			return err
		}
		return do(tx)
	})
}

func allowed(actor domain.Actor, vendorID domain.ID, role account.MemberRole, staff domain.Permissions) error {
	switch {
	case actor.Role.Staff() && actor.May(staff):
		return nil
	case actor.Role.Staff():
		return domain.Errorf(domain.Forbidden, "permission", "this needs the permission onboard")
	case role == "" || !actor.Reaches(vendorID):
		return domain.Missing("vendor")
	case !role.May(account.ManageHooks):
		return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "the role %s may not %s", role, account.ManageHooks)
	}
	return nil
}

// onEndpoint is asKeeper for one endpoint, which is held.
func (s *Service) onEndpoint(ctx context.Context, actor domain.Actor, vendorID, endpoint domain.ID, staff domain.Permissions, do func(*postgres.Tx, rules.Endpoint) error) error {
	return s.asKeeper(ctx, actor, vendorID, staff, func(tx *postgres.Tx) error {
		e, err := tx.HoldWebhook(ctx, vendorID, endpoint)
		if err != nil {
			return err
		}
		return do(tx, e)
	})
}

// noteStaff notes what staff do on behalf of a vendor; of its own people there is no end of it.
func (s *Service) noteStaff(ctx context.Context, tx *postgres.Tx, actor domain.Actor, e postgres.AuditEntry) error {
	if !actor.Role.Staff() {
		return nil
	}
	return tx.Audit(ctx, actor, e)
}

// shown is an endpoint as an actor sees it: partners may keep keys in the query.
func shown(actor domain.Actor, e rules.Endpoint) rules.Endpoint {
	if actor.Role.Staff() || !actor.Key.IsNil() {
		e.URL = rules.WithoutQuery(e.URL)
	}
	return e
}

// facts are what the audit log keeps of an endpoint: paths and queries may hold secrets.
func facts(e rules.Endpoint) map[string]any {
	return map[string]any{"host": rules.Host(e.URL), "events": e.Events}
}

func deed(action string, e rules.Endpoint, before, after map[string]any) postgres.AuditEntry {
	for _, f := range []map[string]any{before, after} {
		if f != nil {
			f["webhookId"] = e.ID
		}
	}
	return postgres.AuditEntry{Action: action, Subject: "vendor", SubjectID: e.VendorID, Before: before, After: after}
}

func newSecret() (secret []byte, text string) {
	secret = make([]byte, rules.SecretBytes)
	_, _ = rand.Read(secret) // never fails: the process ends instead
	return secret, rules.SecretMark + base64.StdEncoding.EncodeToString(secret)
}
