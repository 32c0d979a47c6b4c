package postgres

import (
	"context"
	"encoding/json"
	"fmt"

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

// Audit notes a deed in the transaction that does it, so that neither is there without the other.
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
		Address: actor.From.Address, RequestID: actor.From.RequestID,
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
