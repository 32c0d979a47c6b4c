package postgres

import (
	"context"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// AddNote writes down what staff say about an order, and sets when that was and what its author is called. Conflict "order.too_many_notes".
func (tx *Tx) AddNote(ctx context.Context, orderID domain.ID, n *order.Note) error {
	count, err := tx.CountNotes(ctx, orderID)
	if err != nil {
		return fmt.Errorf("count notes: %w", err)
	}
	if count >= order.MaxNotes {
		return domain.Errorf(domain.Conflict, "order.too_many_notes", "an order has at most %d notes", order.MaxNotes)
	}
	row, err := tx.InsertNote(ctx, query.InsertNoteParams{ID: n.ID, OrderID: orderID, ByID: n.By, Text: n.Text})
	if err != nil {
		return fmt.Errorf("insert note: %w", err)
	}
	n.At, n.Name = row.At, row.Name
	return nil
}

// Notes lists what staff have written down about an order, oldest first.
func (db *DB) Notes(ctx context.Context, orderID domain.ID) ([]order.Note, error) {
	rows, err := db.q().NotesOf(ctx, query.NotesOfParams{OrderID: orderID, Most: order.MaxNotes})
	if err != nil {
		return nil, fmt.Errorf("list notes: %w", classify(err))
	}
	out := make([]order.Note, len(rows))
	for i, r := range rows {
		out[i] = order.Note{ID: r.OrderNote.ID, By: r.OrderNote.ByID, Name: r.FirstName, Text: r.OrderNote.Text, At: r.OrderNote.At}
	}
	return out, nil
}
