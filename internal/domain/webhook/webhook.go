// Package webhook holds the rules of webhooks that vendors and their partners are sent: where to, what of, how often again, and when
// nobody is sent any more.
package webhook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of webhooks.
const (
	MaxEndpoints = 10 // of a vendor
	MaxEvents    = 50 // that an endpoint names
	MaxNote      = 200
	MaxURL       = 2000
	MaxAnswer    = 1024 // characters that are kept of an answer
	SecretBytes  = 32
	SecretMark   = "whsec_"            // how a secret begins that is shown
	MaxGrace     = 24 * time.Hour      // for which the secret before a rotation still signs
	Kept         = 14 * 24 * time.Hour // deliveries
)

// Status says whether an endpoint is sent anything.
type Status string

// The statuses.
const (
	Enabled  Status = "enabled"
	Disabled Status = "disabled"
)

// Cause is why an endpoint is disabled.
type Cause string

// The causes.
const (
	ByVendor Cause = "vendor"
	ByStaff  Cause = "staff"
	Gone     Cause = "gone"    // it answered 410
	Failing  Cause = "failing" // nothing has arrived for days
)

// Endpoint is an address that is told what happens to a vendor.
type Endpoint struct {
	ID           domain.ID
	VendorID     domain.ID
	URL          string
	Events       []string
	Note         string
	Version      int
	CreatedAt    time.Time
	Status       Status
	Cause        Cause     // of one that is disabled
	DisabledAt   time.Time // likewise
	Health       Health
	SucceededAt  time.Time // zero: never
	OldSecretEnd time.Time // zero: there is no secret before
}

// Check bounds what its vendor says of an endpoint, and brings it into its one form: Invalid, naming the field.
func (e *Endpoint) Check(n Networks) (err error) {
	if e.URL, err = ParseURL(e.URL, n); err != nil {
		return err
	}
	if e.Events, err = ParseFilter(e.Events); err != nil {
		return err
	}
	if len([]rune(e.Note)) > MaxNote {
		return domain.Invalidf("note", "maxLength", "must have at most %d characters", MaxNote)
	}
	return domain.CheckLine("note", e.Note)
}

// ParseFilter reads which events an endpoint is told: types such as order.placed, all of a kind as order.*, or * for all.
// Invalid "events".
func ParseFilter(words []string) ([]string, error) {
	if len(words) == 0 || len(words) > MaxEvents {
		return nil, domain.Invalidf("events", "items", "must name 1 to %d: types such as order.placed, all of a kind as order.*, or *", MaxEvents)
	}
	for _, w := range words {
		kind, whole := strings.CutSuffix(w, ".*")
		if w != "*" && !slices.Contains(Types, w) && (!whole || !slices.Contains(Kinds(), kind)) {
			return nil, domain.Invalidf("events", "enum", "%s", noType(w, Types))
		}
	}
	out := slices.Clone(words)
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Wants says whether a filter lets a type of event through.
func Wants(filter []string, kind string) bool {
	group, _, _ := strings.Cut(kind, ".")
	return slices.ContainsFunc(filter, func(w string) bool { return w == "*" || w == kind || w == group+".*" })
}

func clip(s string) string {
	const most = 48
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// MessageID is the webhook-id of an event: the same for every endpoint, however often it is sent.
func MessageID(subject domain.ID, version int) string {
	return fmt.Sprintf("evt_%s_%d", subject, version)
}

// SampleID is the webhook-id of something that has not happened.
func SampleID(delivery domain.ID) string { return "test_" + delivery.String() }
