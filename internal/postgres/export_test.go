package postgres

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
)

// notExported says why a table that knows of people is not in their export.
var notExported = map[string]string{
	"alerts":                "what staff were to look at and who of them did, for 90 days; the audit log says so, too",
	"dispatch_decisions":    "how couriers compared with others, for 30 days; what somebody was offered is in the export",
	"audit_log":             "the record of what was done, for everybody's safety: IDs, and no words of anybody",
	"delivery_watches":      "how near a courier has come to a vendor, until they are there",
	"idempotency_keys":      "answers that were given, kept for 48 hours; what they say is in the export",
	"otps":                  "codes that live for five minutes, hashed",
	"promotion_redemptions": "IDs and amounts, which the lines of the order say",
	"refresh_tokens":        "hashes of secrets, each part of a session that is in the export",
	"staff_invitations":     "lives for three days, and asks an address that has no account",
}

// notErased says why a table that knows of people is left alone when one goes.
var notErased = map[string]string{
	"alerts":                    "IDs, and which of the staff looked after it, for 90 days; staff are not erased",
	"accounts":                  "the books: IDs and amounts; nobody goes while there is money of theirs in it",
	"audit_log":                 "append-only: IDs, and no words of anybody",
	"courier_document_pictures": "each goes with its document, by its foreign key",
	"delivery_watches":          "IDs and distances, until the food is picked up; nobody goes who has something to pick up",
	"dispatch_decisions":        "IDs and scores, for 30 days",
	"events":                    "IDs, and no words of anybody",
	"offers":                    "IDs, distances and reasons of a list",
	"promotion_redemptions":     "IDs and amounts; whoever pays them wants to know that they were given",
	"vendor_members":            "left one by one, each with an event: Tx.LeaveVendors",
	"refunds":                   "why money went back: IDs, amounts and reasons of a list",
}

// Every table that refers to accounts or couriers, or holds an address or an account's ID, is exported and erased, or it
// says here why not. A table that comes later cannot be forgotten.
func TestNoTableOfPeopleIsForgotten(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	rows, err := pool.Query(t.Context(), `
		SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
		WHERE contype = 'f' AND confrelid IN ('users'::regclass, 'couriers'::regclass)
		UNION
		SELECT DISTINCT c.table_name FROM information_schema.columns c
		JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name NOT LIKE 'river\_%'
		  AND (c.column_name ~ '(^|_)(email|phone)$' OR c.column_name IN ('user_id', 'actor_id', 'customer_id', 'courier_id', 'owner_id', 'principal', 'session_id'))
		UNION
		SELECT 'users'`)
	require.NoError(t, err)
	defer rows.Close()
	exported, erased := read(t, "query/export.sql"), read(t, "query/erasure.sql")
	seen := map[string]bool{}
	for rows.Next() {
		var table string
		require.NoError(t, rows.Scan(&table))
		seen[table] = true
		if table == "vendors" { // a business's number, not a person's
			continue
		}
		if !regexp.MustCompile(`\b(FROM|JOIN) ` + table + `\b`).MatchString(exported) {
			require.NotEmpty(t, notExported[table], "%s knows of people: export it in query/export.sql, or say why not", table)
		}
		if !regexp.MustCompile(`\b(UPDATE|DELETE FROM) ` + table + `\b`).MatchString(erased) {
			require.NotEmpty(t, notErased[table], "%s knows of people: clear it in query/erasure.sql, or say why not", table)
		}
	}
	require.NoError(t, rows.Err())
	require.Greater(t, len(seen), 15)
	for table := range notExported {
		require.True(t, seen[table], "%s is no table of people any more", table)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// BornAt is for tests outside.
var BornAt = bornAt
