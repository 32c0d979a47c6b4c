package catalog_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
)

// entries are what search has of a vendor and its dishes, each as text, after some statements that are undone again.
func (b *bundle) entries(columns string, vendorID domain.ID, statements ...string) []string {
	b.t.Helper()
	tx, err := b.db.Pool().Begin(b.ctx)
	require.NoError(b.t, err)
	defer func() { _ = tx.Rollback(b.ctx) }()
	for _, s := range statements {
		_, err := tx.Exec(b.ctx, s, vendorID)
		require.NoError(b.t, err)
	}
	rows, err := tx.Query(b.ctx, "SELECT ROW("+columns+")::text FROM search_entries AS e WHERE vendor_id = $1 ORDER BY id", vendorID)
	require.NoError(b.t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(b.t, err)
	return out
}

// requireAnew compares the entries that triggers have kept with those made from what there is now.
func (b *bundle) requireAnew(vendorID domain.ID, count int) {
	b.t.Helper()
	kept := b.entries("e", vendorID)
	require.Len(b.t, kept, 1+count, "the vendor's own, and one a dish")
	require.Equal(b.t, b.entries("e", vendorID,
		"DELETE FROM search_entries WHERE vendor_id = $1",
		"SELECT search_put_vendors(ARRAY[$1::uuid])",
		"SELECT search_put_dishes(ARRAY(SELECT id FROM dishes WHERE vendor_id = $1 AND deleted_at IS NULL))"), kept)
}

// largeMenu has so many dishes in ten categories.
func largeMenu(series string, dishes int) catalog.Document {
	var categories []catalog.DocumentCategory
	for i := range 10 {
		var list []catalog.DocumentDish
		for j := range dishes / 10 {
			list = append(list, listedDish(fmt.Sprintf("%s %d of %d", series, j, i), 10000))
		}
		categories = append(categories, heading(fmt.Sprintf("%s %d", series, i), list...))
	}
	return document(categories...)
}

// TestSearchFollowsAWholeMenu replaces and changes a menu of 1,000 dishes.
func TestSearchFollowsAWholeMenu(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, largeMenu("Curry", 1000))
	b.requireAnew(v.ID, 1000)
	b.replace(owner, v.ID, largeMenu("Pizza", 1000))
	b.requireAnew(v.ID, 1000)

	for _, change := range []string{
		"UPDATE dishes SET stock = 0 WHERE vendor_id = $1 AND position % 2 = 0 AND deleted_at IS NULL",
		"UPDATE dishes SET available = false, name = name || ' again' WHERE vendor_id = $1 AND position % 3 = 0 AND deleted_at IS NULL",
		"UPDATE dishes SET available = true, stock = NULL WHERE vendor_id = $1 AND deleted_at IS NULL",
		`UPDATE categories SET name = name || ' too', translations = '{"fr": {"name": "Entrées"}}' WHERE vendor_id = $1`,
	} {
		b.exec(change, v.ID)
		b.requireAnew(v.ID, 1000)
	}
	b.exec("UPDATE dishes SET deleted_at = now() WHERE vendor_id = $1 AND position = 0 AND deleted_at IS NULL", v.ID)
	b.requireAnew(v.ID, 990)
	b.exec("UPDATE dishes SET deleted_at = NULL WHERE vendor_id = $1 AND position = 0 AND category_id IS NOT NULL", v.ID)
	b.requireAnew(v.ID, 1000)
	b.exec("DELETE FROM dishes WHERE vendor_id = $1", v.ID)
	b.requireAnew(v.ID, 0)
}

func TestSearchIsNotWrittenForPrices(t *testing.T) {
	b := setup(t)
	v, owner := b.vendor()
	b.replace(owner, v.ID, largeMenu("Curry", 20))
	// xmin and ctid are other ones after any write.
	before := b.entries("xmin, ctid, e", v.ID)
	b.exec("UPDATE dishes SET price = price + 100, stock = 5, version = version + 1 WHERE vendor_id = $1", v.ID)
	b.exec("UPDATE categories SET position = position + 1 WHERE vendor_id = $1", v.ID)
	require.Equal(t, before, b.entries("xmin, ctid, e", v.ID))
	b.exec("UPDATE dishes SET stock = 0 WHERE vendor_id = $1", v.ID)
	require.NotEqual(t, before, b.entries("xmin, ctid, e", v.ID))
}
