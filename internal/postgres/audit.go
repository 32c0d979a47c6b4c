package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// AuditEntry is one deed for the audit log. Before and After hold what the deed changed, as IDs, states and numbers: no
// names, addresses of people, or secrets, for nothing is ever taken out of the log.
type AuditEntry struct {
	Action    string // such as "vendor.suspend"
	Subject   string // the kind of thing that was changed: "vendor"
	SubjectID domain.ID
	Before    map[string]any
	After     map[string]any
}

// Audit notes a deed in the transaction that does it, so that neither is there without the other. The actor is a person,
// domain.System, or domain.Operator.
func (tx *Tx) Audit(ctx context.Context, actor domain.Actor, e AuditEntry) error {
	before, err := auditJSON(e.Before)
	if err != nil {
		return err
	}
	after, err := auditJSON(e.After)
	if err != nil {
		return err
	}
	err = tx.AppendAudit(ctx, query.AppendAuditParams{
		ActorID: orNull(actor.ID), ActorRole: string(actor.Role), SessionID: orNull(actor.Session), KeyID: orNull(actor.Key),
		VendorID: orNull(actor.Vendor), Address: actor.From.Address, RequestID: actor.From.RequestID,
		Action: e.Action, Subject: e.Subject, SubjectID: orNull(e.SubjectID), Before: before, After: after,
	})
	if err != nil {
		return fmt.Errorf("note %s: %w", e.Action, err)
	}
	return nil
}

func auditJSON(facts map[string]any) ([]byte, error) {
	if facts == nil {
		return []byte("{}"), nil
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return nil, fmt.Errorf("encode audit entry: %w", err)
	}
	return text, nil
}

// AuditRecord is an entry as it stands in the log.
type AuditRecord struct {
	Place     int64 // in the log: dense, ascending from 1
	At        time.Time
	Actor     domain.Actor // without rights
	Action    string
	Subject   string
	SubjectID domain.ID
	Before    []byte // a JSON object; so is After
	After     []byte
}

// AuditFilter selects entries; its zero value selects all.
type AuditFilter struct {
	Actor     domain.ID
	Subject   string
	SubjectID domain.ID
	Action    string
	Since     time.Time // from this time on
	Until     time.Time // before this time
}

// AuditBefore lists entries before a place, newest first.
func (db *DB) AuditBefore(ctx context.Context, f AuditFilter, place int64, limit int) ([]AuditRecord, error) {
	rows, err := db.q().AuditBefore(ctx, query.AuditBeforeParams{
		BeforePlace: place, ActorID: orNull(f.Actor), Subject: orAny(f.Subject), SubjectID: orNull(f.SubjectID), Action: orAny(f.Action),
		Since: orAnyTime(f.Since), Until: orAnyTime(f.Until), Most: int32(limit), //nolint:gosec // a page's size
	})
	return toAuditRecords(rows, err)
}

// AuditAfter lists entries after a place, oldest first. Places are given in order: whoever goes on from the last one they
// saw misses nothing and sees nothing twice.
func (db *DB) AuditAfter(ctx context.Context, f AuditFilter, place int64, limit int) ([]AuditRecord, error) {
	rows, err := db.q().AuditAfter(ctx, query.AuditAfterParams{
		AfterPlace: place, ActorID: orNull(f.Actor), Subject: orAny(f.Subject), SubjectID: orNull(f.SubjectID), Action: orAny(f.Action),
		Since: orAnyTime(f.Since), Until: orAnyTime(f.Until), Most: int32(limit), //nolint:gosec // a page's size
	})
	return toAuditRecords(rows, err)
}

func toAuditRecords(rows []query.AuditLog, err error) ([]AuditRecord, error) {
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", classify(err))
	}
	out := make([]AuditRecord, len(rows))
	for i, r := range rows {
		out[i] = AuditRecord{
			Place: orZero(r.Place), At: r.At, Action: r.Action, Subject: r.Subject, SubjectID: orNil(r.SubjectID), Before: r.Before, After: r.After,
			Actor: domain.Actor{
				ID: orNil(r.ActorID), Role: domain.Role(r.ActorRole), Session: orNil(r.SessionID), Key: orNil(r.KeyID), Vendor: orNil(r.VendorID),
				From: domain.Origin{Address: r.Address, RequestID: r.RequestID},
			},
		}
	}
	return out, nil
}

func orAnyTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
