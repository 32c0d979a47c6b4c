package fleet

import (
	"context"
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Document is what a courier shows, as it is kept.
type Document = postgres.CourierDocument

// Documents lists what a courier has shown, of the numbers only their ends. NotFound for who is no courier.
func (s *Service) Documents(ctx context.Context, courier domain.ID) ([]Document, error) {
	if _, err := s.db.CourierStanding(ctx, courier); err != nil {
		return nil, err
	}
	return s.db.Documents(ctx, courier)
}

// PutDocument shows a document of the actor's. It waits until staff have looked at it; one that they looked at before counts until then.
// Errors: those of rules.ParseDocument; NotFound; Precondition when version (0: any) is not the courier's.
func (s *Service) PutDocument(ctx context.Context, actor domain.Actor, version int, d rules.Document) ([]Document, error) {
	_, err := s.changeCourier(ctx, actor, actor.ID, version, func(tx *postgres.Tx, c *Courier) (domain.Event, error) {
		today, err := tx.Today(ctx)
		if err != nil {
			return domain.Event{}, err
		}
		if d, err = rules.ParseDocument(d, today); err != nil {
			return domain.Event{}, err
		}
		return documentEvent("courier.document_shown", d.Kind), tx.PutDocument(ctx, c.ID, d)
	})
	if err != nil {
		return nil, err
	}
	return s.db.Documents(ctx, actor.ID)
}

func documentEvent(kind string, of ...rules.Kind) domain.Event {
	return domain.Event{Type: kind, Data: map[string]any{"kinds": of}}
}

// OpenDocument is the newest of a kind with its whole number, for staff; that they looked is noted. NotFound when there is none.
func (s *Service) OpenDocument(ctx context.Context, actor domain.Actor, courier domain.ID, kind rules.Kind) (Document, error) {
	d, err := s.db.Document(ctx, courier, kind)
	if err != nil {
		return d, err
	}
	return d, s.db.InTx(ctx, func(tx *postgres.Tx) error {
		return tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "courier.document_read", Subject: "courier", SubjectID: courier, After: map[string]any{"kind": kind},
		})
	})
}

// Redraw makes a picture of an uploaded file, anew from its pixels, and keeps nothing: Invalid or Unavailable.
type Redraw func(ctx context.Context, upload []byte) ([]byte, error)

// PutDocumentPicture shows a picture of the actor's document that waits for staff, instead of one before. Errors: NotFound when none
// waits; Precondition when version (0: any) is not the courier's; Invalid and Unavailable.
func (s *Service) PutDocumentPicture(ctx context.Context, actor domain.Actor, version int, kind rules.Kind, upload []byte) ([]Document, error) {
	have, err := s.db.Documents(ctx, actor.ID)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(have, func(d Document) bool { return d.Kind == kind && !d.Verified }) {
		return nil, domain.Missing("document that waits") // before the file costs anything
	}
	picture, err := s.redraw(ctx, upload)
	if err != nil {
		return nil, err
	}
	_, err = s.changeCourier(ctx, actor, actor.ID, version, func(tx *postgres.Tx, c *Courier) (domain.Event, error) {
		return documentEvent("courier.document_pictured", kind), tx.PutDocumentPicture(ctx, c.ID, kind, picture)
	})
	if err != nil {
		return nil, err
	}
	return s.db.Documents(ctx, actor.ID)
}

// OpenDocumentPicture is the picture of the newest document of a kind, for staff; that they looked is noted. NotFound when there is none.
func (s *Service) OpenDocumentPicture(ctx context.Context, actor domain.Actor, courier domain.ID, kind rules.Kind) (picture []byte, err error) {
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		if picture, err = tx.DocumentPicture(ctx, courier, kind); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "courier.document_picture_read", Subject: "courier", SubjectID: courier, After: map[string]any{"kind": kind},
		})
	})
	return picture, err
}

// VerifyDocument notes that staff have looked at the document of a kind that waits for it: it takes the place of the one before.
// Errors: NotFound when none waits; Conflict "document.expired"; Precondition when version (0: any) is not the courier's.
func (s *Service) VerifyDocument(ctx context.Context, actor domain.Actor, courier domain.ID, version int, kind rules.Kind) ([]Document, error) {
	_, err := s.changeCourier(ctx, actor, courier, version, func(tx *postgres.Tx, _ *Courier) (domain.Event, error) {
		have, today, err := tx.Documents(ctx, courier)
		if err != nil {
			return domain.Event{}, err
		}
		for _, d := range have {
			if d.Kind == kind && !d.Verified && !d.Valid(today) {
				return domain.Event{}, domain.Errorf(domain.Conflict, "document.expired", "it expired on %s", d.ExpiresOn)
			}
		}
		verified, err := tx.VerifyDocuments(ctx, courier, kind)
		if err == nil && len(verified) == 0 {
			err = domain.Missing("document that waits")
		}
		if err != nil {
			return domain.Event{}, err
		}
		return documentEvent("courier.document_verified", kind), tx.Audit(ctx, actor, postgres.AuditEntry{
			Action: "courier.document_verify", Subject: "courier", SubjectID: courier, After: map[string]any{"kind": kind},
		})
	})
	if err != nil {
		return nil, err
	}
	return s.db.Documents(ctx, courier)
}

// approveDocuments has staff who approve a courier verify the documents that their vehicle needs; ErrLacking when some are missing.
func approveDocuments(ctx context.Context, tx *postgres.Tx, c *Courier) error {
	have, today, err := tx.Documents(ctx, c.ID)
	if err != nil {
		return err
	}
	if lack := rules.Lacking(c.Vehicle, have, today, true); len(lack) > 0 {
		return rules.ErrLacking(lack)
	}
	_, err = tx.VerifyDocuments(ctx, c.ID, rules.Documents(c.Vehicle)...)
	return err
}

// mayDrive refuses a vehicle to a courier at work who has not shown what it needs more than the one before.
func mayDrive(ctx context.Context, tx *postgres.Tx, was, c *Courier) error {
	if c.Status != vendor.Approved || was.Vehicle == c.Vehicle || len(rules.Documents(c.Vehicle)) <= len(rules.Documents(was.Vehicle)) {
		return nil
	}
	have, today, err := tx.Documents(ctx, c.ID)
	if err != nil {
		return err
	}
	if lack := rules.Lacking(c.Vehicle, have, today, false); len(lack) > 0 {
		return rules.ErrLacking(lack)
	}
	return nil
}

// ExpiringDocument is one that expires soon, or has, and whose it is.
type ExpiringDocument = postgres.ExpiringDocument

// Expiring lists documents of approved couriers that expire within so many days, the first first, and at most 1,000.
func (s *Service) Expiring(ctx context.Context, days int) ([]ExpiringDocument, error) {
	return s.db.Expiring(ctx, days, 1000)
}
