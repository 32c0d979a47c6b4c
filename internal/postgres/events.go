package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Append writes events of one subject, whose row the transaction has locked. The head names the subject, the parties and
// the actor; head.Version is the version before. What is told of a vendor may concern the carts that are open with it: they are
// compared with it later, see StaleCarts. It returns the version after the last event, for the caller to store on the subject's row.
func (tx *Tx) Append(ctx context.Context, head domain.Record, events ...domain.Event) (int, error) {
	switch head.Subject { // an event of a vendor or a courier concerns that very one
	case domain.SubjectVendor:
		head.VendorID = head.SubjectID
	case domain.SubjectCourier:
		head.CourierID = head.SubjectID
	case domain.SubjectOrder, domain.SubjectCart, domain.SubjectAlert:
	}
	version := head.Version
	for _, e := range events {
		data, err := json.Marshal(e.Data)
		if err != nil {
			return 0, fmt.Errorf("encode %s: %w", e.Type, err)
		}
		if e.Data == nil {
			data = []byte("{}")
		}
		version++
		err = tx.AppendEvent(ctx, query.AppendEventParams{
			Subject: string(head.Subject), SubjectID: head.SubjectID, Version: version, Type: e.Type,
			ActorRole: string(head.ActorRole), ActorID: orNull(head.ActorID), VendorID: orNull(head.VendorID),
			CustomerID: orNull(head.CustomerID), CourierID: orNull(head.CourierID), City: head.City, Data: data,
		})
		if err != nil {
			return 0, fmt.Errorf("append %s: %w", e.Type, err)
		}
	}
	if head.Subject == domain.SubjectVendor && slices.ContainsFunc(events, concernsCarts) {
		if err := tx.AskForCheck(ctx, query.AskForCheckParams{VendorID: head.SubjectID, Version: version}); err != nil {
			return 0, fmt.Errorf("ask for a check of carts: %w", err)
		}
	}
	return version, nil
}

// concernsCarts says whether what an event tells of a vendor may change what its open carts show.
func concernsCarts(e domain.Event) bool {
	return e.Type != domain.EventVendorRated && e.Type != domain.EventWebhookDisabled
}

// Timeline gives the events of one subject past a version, oldest first, at most limit of them; none for a subject that does not
// exist.
func (db *DB) Timeline(ctx context.Context, subjectID domain.ID, after, limit int) ([]domain.Record, error) {
	rows, err := db.q().EventsOfSubject(ctx, query.EventsOfSubjectParams{SubjectID: subjectID, After: after, Most: int32(limit)}) //nolint:gosec // a page's size
	if err != nil {
		return nil, fmt.Errorf("read timeline: %w", classify(err))
	}
	return toRecords(rows), nil
}

// NamesOf gives what accounts are called, by their ID.
func (db *DB) NamesOf(ctx context.Context, ids []domain.ID) (map[domain.ID]string, error) {
	rows, err := db.q().NamesOfUsers(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", classify(err))
	}
	names := make(map[domain.ID]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.FirstName
	}
	return names, nil
}

func toRecord(r query.Event) domain.Record {
	rec := domain.Record{
		Subject: domain.Subject(r.Subject), SubjectID: r.SubjectID, Version: r.Version, Type: r.Type,
		ActorRole: domain.Role(r.ActorRole), ActorID: orNil(r.ActorID), VendorID: orNil(r.VendorID),
		CustomerID: orNil(r.CustomerID), CourierID: orNil(r.CourierID), City: r.City, At: r.At, Data: r.Data,
	}
	if r.PubSeq != nil {
		rec.Seq = *r.PubSeq
	}
	return rec
}
