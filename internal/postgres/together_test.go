package postgres

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// TestTogetherTellsWhatWentWrong has statements that are sent at once fail one by one.
func TestTogetherTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := Open(ctx, dbtest.URL(t), Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	nobody := domain.ID(id.New())

	var at, again time.Time
	moment := func(into *time.Time) func(*query.Queries) error {
		return func(q *query.Queries) (err error) {
			*into, err = q.Moment(ctx)
			return err
		}
	}
	missing := func(q *query.Queries) error {
		_, err := q.CartVendor(ctx, query.CartVendorParams{ID: nobody})
		return err
	}
	require.NoError(t, together(ctx, db.pool, moment(&at), moment(&again)))
	require.False(t, at.IsZero())
	require.Equal(t, at, again, "answers go where they belong")
	require.ErrorIs(t, together(ctx, db.pool, missing, moment(&at)), pgx.ErrNoRows)
	require.NoError(t, together(ctx, db.pool, moment(&at)), "the only connection is free again")

	stray := query.InsertOrderItemsParams{
		OrderID: nobody, Positions: []int{0}, DishIds: []domain.ID{nobody}, Names: []string{"x"}, Quantities: []int{1}, UnitPrices: []int64{1},
		Options: []string{"[]"}, Notes: []string{""}, Packagings: []int64{0}, TaxCategories: []string{""}, TaxBps: []int{0},
	}
	err = db.InTx(ctx, func(tx *Tx) error {
		return tx.write("try", func(tx *Tx) error {
			return errors.Join(tx.DeleteCart(ctx, nobody), tx.InsertOrderItems(ctx, stray))
		})
	})
	var pg *pgconn.PgError
	require.ErrorAs(t, err, &pg)
	require.Equal(t, "23503", pg.Code, "there is no such order")
	err = db.InTx(ctx, func(tx *Tx) error {
		return tx.write("try", func(tx *Tx) error {
			_, err := tx.Moment(ctx)
			return err
		})
	})
	require.ErrorIs(t, err, errHeard, "whoever only writes cannot read")
}
