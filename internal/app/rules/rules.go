// Package rules lets staff set what prices follow (promotions, tariffs of delivery, surges, commissions), vendors run promotions
// of their own, and everybody see what a vendor's customers are offered.
//
// Invariants:
//   - Every change is in the audit log, with what was before it, in its own transaction.
//   - A promotion is never deleted: it is paused or ended. What an order has paid and what is kept of it stands with the order,
//     whatever becomes of the rules.
//   - A vendor's promotion is for itself alone, and the vendor bears all of it; staff pause, resume and end it, but do not change it.
//
// Whether staff have the permission is checked before they get here.
package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Service serves the use cases of rules of prices.
type Service struct{ db *postgres.DB }

// New makes the service.
func New(db *postgres.DB) *Service { return &Service{db} }

// known is Invalid, naming the entry, for one of some lists that no vendor is, is in, or cooks.
func known(ctx context.Context, tx *postgres.Tx, vendors []domain.ID, cities, cuisines []string) error {
	list, i, err := tx.UnknownEntry(ctx, vendors, cities, cuisines)
	if err != nil || list == "" {
		return err
	}
	return unknown(ctx, tx, fmt.Sprintf("%s[%d]", list, i), list)
}

// knownPlace is known for a rule of one vendor, or of one city; the zero values are of all.
func knownPlace(ctx context.Context, tx *postgres.Tx, vendorID domain.ID, city string) error {
	var vendors []domain.ID
	var cities []string
	if !vendorID.IsNil() {
		vendors = append(vendors, vendorID)
	}
	if city != "" {
		cities = append(cities, city)
	}
	list, _, err := tx.UnknownEntry(ctx, vendors, cities, nil)
	if err != nil || list == "" {
		return err
	}
	return unknown(ctx, tx, map[string]string{"vendors": "vendorId", "cities": "city"}[list], list)
}

// unknown names some of the cities that it might have been.
func unknown(ctx context.Context, tx *postgres.Tx, field, list string) error {
	const most = 5
	if list != "cities" {
		return domain.Invalidf(field, "exists", "is none of the marketplace's %s", list)
	}
	found, err := tx.Cities(ctx, most+1)
	if err != nil {
		return fmt.Errorf("name cities: %w", err)
	}
	var names []string
	for _, c := range found {
		if !slices.Contains(names, c.City) && len(names) < most {
			names = append(names, c.City)
		}
	}
	said := strings.Join(names, ", ")
	if len(found) > most {
		said += " and others"
	}
	if said == "" {
		said = "it has none yet"
	}
	return domain.Invalidf(field, "exists", "is none of the marketplace's cities: %s", said)
}

// entry is what the audit log says of a change; nil: there was nothing before it, or there is nothing after it.
func entry(action, subject string, id domain.ID, before, after map[string]any) postgres.AuditEntry {
	return postgres.AuditEntry{Action: subject + "." + action, Subject: subject, SubjectID: id, Before: before, After: after}
}

// period adds to facts when something is in force.
func period(facts map[string]any, starts, ends time.Time) map[string]any {
	if !starts.IsZero() {
		facts["startsAt"] = starts.UTC()
	}
	if !ends.IsZero() {
		facts["endsAt"] = ends.UTC()
	}
	return facts
}
