package ordering

import (
	"context"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// AddNote writes down what staff say about an order, for staff. Errors: Invalid; NotFound; Conflict "order.too_many_notes".
func (s *Service) AddNote(ctx context.Context, actor domain.Actor, orderID domain.ID, text string) (order.Note, error) {
	note, err := order.NewNote(domain.ID(id.New()), actor.ID, text)
	if err != nil {
		return note, err
	}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		if _, err := tx.HoldOrder(ctx, orderID); err != nil {
			return err
		}
		if err := tx.AddNote(ctx, orderID, &note); err != nil {
			return err
		}
		return tx.Audit(ctx, actor, postgres.AuditEntry{Action: "order.note", Subject: "order", SubjectID: orderID, After: map[string]any{"note": note.ID}})
	})
	return note, err
}

// Notes lists what staff have written down about an order, oldest first. NotFound for an order that there is not.
func (s *Service) Notes(ctx context.Context, actor domain.Actor, orderID domain.ID) ([]order.Note, error) {
	if err := s.maySee(ctx, actor, orderID); err != nil {
		return nil, err
	}
	return s.db.Notes(ctx, orderID)
}
