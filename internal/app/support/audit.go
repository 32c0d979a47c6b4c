package support

import (
	"context"
	"math"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// AuditRecord is an entry of the audit log.
type AuditRecord = postgres.AuditRecord

// AuditFilter selects entries of the audit log.
type AuditFilter = postgres.AuditFilter

// AuditPage says which entries to read: those before a place, newest first, or those after one, oldest first.
type AuditPage struct {
	Before int64  // 0: from the newest
	After  *int64 // nil: newest first
	Limit  int
}

// Audit reads the audit log up to this moment: whatever was committed before the call is there.
func (s *Service) Audit(ctx context.Context, f AuditFilter, p AuditPage) ([]AuditRecord, error) {
	if err := s.chainAudit(ctx); err != nil {
		return nil, err
	}
	if p.After != nil {
		return s.db.AuditAfter(ctx, f, *p.After, p.Limit)
	}
	return s.db.AuditBefore(ctx, f, orNewest(p.Before), p.Limit)
}

// chainAudit puts what waits in its place; the worker does so, too, but may be late or elsewhere. What comes in meanwhile is
// for the next reader, so that this one ends.
func (s *Service) chainAudit(ctx context.Context) error {
	const batches = 20
	for range batches {
		if more, err := s.db.ChainAudit(ctx); err != nil || !more {
			return err
		}
	}
	return nil
}

// exportPage is how many entries of an export are held in memory at once.
const exportPage = 500

// ExportAudit notes that the actor takes entries out, at most limit of those before a place (0: from the newest), and gives a
// function that hands them over in pages, newest first. The export's own entry is not among them.
func (s *Service) ExportAudit(ctx context.Context, actor domain.Actor, f AuditFilter, before int64, limit int,
) (func(page func([]AuditRecord) error) error, error) {
	if err := s.chainAudit(ctx); err != nil {
		return nil, err
	}
	first, err := s.db.AuditBefore(ctx, f, orNewest(before), min(limit, exportPage))
	if err != nil {
		return nil, err
	}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		return tx.Audit(ctx, actor, postgres.AuditEntry{Action: "audit.export", Subject: "audit", After: facts(f, before, limit)})
	})
	return func(page func([]AuditRecord) error) error {
		entries := first
		for {
			if err := page(entries); err != nil || len(entries) < exportPage {
				return err
			}
			if limit -= len(entries); limit <= 0 {
				return nil
			}
			var err error
			entries, err = s.db.AuditBefore(ctx, f, entries[len(entries)-1].Place, min(limit, exportPage))
			if err != nil {
				return err
			}
		}
	}, err
}

// facts says what was asked for, as far as it was.
func facts(f AuditFilter, before int64, limit int) map[string]any {
	out := map[string]any{"limit": limit}
	add := func(name string, value any, given bool) {
		if given {
			out[name] = value
		}
	}
	add("actor", f.Actor, !f.Actor.IsNil())
	add("subject", f.Subject, f.Subject != "")
	add("subjectId", f.SubjectID, !f.SubjectID.IsNil())
	add("action", f.Action, f.Action != "")
	add("since", f.Since, !f.Since.IsZero())
	add("until", f.Until, !f.Until.IsZero())
	add("before", before, before != 0)
	return out
}

func orNewest(before int64) int64 {
	if before == 0 {
		return math.MaxInt64
	}
	return before
}
