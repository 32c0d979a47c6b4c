package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// archive is a database whose audit log a test looks at.
type archive struct {
	*postgres.DB
	t   *testing.T
	url string
}

func newArchive(t *testing.T) archive {
	t.Helper()
	t.Parallel()
	url := dbtest.URL(t)
	db, err := postgres.Open(t.Context(), url, postgres.Options{})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return archive{db, t, url}
}

func deed(n int) postgres.AuditEntry {
	return postgres.AuditEntry{Action: "vendor.suspend", Subject: "vendor", SubjectID: id.New(), After: map[string]any{"n": n}}
}

// note writes so many entries and chains them.
func (a archive) note(n int) {
	a.t.Helper()
	for i := range n {
		require.NoError(a.t, a.InTx(a.t.Context(), func(tx *postgres.Tx) error { return tx.Audit(a.t.Context(), domain.System, deed(i)) }))
	}
	a.chain()
}

func (a archive) chain() {
	a.t.Helper()
	for more := true; more; {
		var err error
		more, err = a.ChainAudit(a.t.Context())
		require.NoError(a.t, err)
	}
}

func (a archive) verify(marks ...postgres.Mark) postgres.AuditReport {
	a.t.Helper()
	report, err := a.VerifyAudit(a.t.Context(), marks)
	require.NoError(a.t, err)
	return report
}

func (a archive) exec(sql string, args ...any) error {
	_, err := a.Pool().Exec(a.t.Context(), sql, args...)
	return err
}

func TestTheAuditLogRefusesChange(t *testing.T) {
	a := newArchive(t)
	a.note(3)
	for _, sql := range []string{
		"DELETE FROM audit_log",
		"DELETE FROM audit_log WHERE false",
		"TRUNCATE audit_log",
		"TRUNCATE audit_log, audit_chain CASCADE",
		"UPDATE audit_log SET action = 'nothing.happened'",
		"UPDATE audit_log SET place = place + 10",
		"UPDATE audit_log SET place = NULL, hash = NULL",
		"UPDATE audit_log SET hash = hash",
		"SET session_replication_role = replica; DELETE FROM audit_log",
		"SET session_replication_role = replica; UPDATE audit_log SET address = ''",
	} {
		var pg *pgconn.PgError
		err := a.exec(sql)
		require.ErrorAs(t, err, &pg, sql)
		require.Equal(t, "append_only", pg.ConstraintName, sql)
	}
	require.NoError(t, a.InTx(t.Context(), func(tx *postgres.Tx) error { return tx.Audit(t.Context(), domain.Operator, deed(9)) }))
	require.ErrorContains(t, a.exec("UPDATE audit_log SET place = 4, hash = '', action = 'a.b' WHERE place IS NULL"), "append-only",
		"nor is an entry changed while it is chained")
	a.chain()
	report := a.verify()
	require.Empty(t, report.Wrong)
	require.EqualValues(t, 4, report.End.Place)
}

// What adr/0016 advises: who serves does not own the log, and then cannot take its guards away either.
func TestWhoServesNeedNotOwnTheAuditLog(t *testing.T) {
	a := newArchive(t)
	a.note(1)
	role := "app_" + strings.ReplaceAll(domain.ID(id.New()).String(), "-", "")
	require.NoError(t, a.exec("CREATE ROLE "+role))
	t.Cleanup(func() {
		_, _ = a.Pool().Exec(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role)
	})
	require.NoError(t, a.exec("GRANT SELECT, INSERT, UPDATE (place, hash) ON audit_log TO "+role))
	require.NoError(t, a.exec("GRANT SELECT, UPDATE ON audit_chain TO "+role))
	as := func(sql string) error { return a.exec("SET LOCAL ROLE " + role + "; " + sql) }
	require.NoError(t, as("INSERT INTO audit_log (actor_role, action, subject) VALUES ('system', 'a.b', 'c')"))
	for _, sql := range []string{
		"DELETE FROM audit_log", "TRUNCATE audit_log", "UPDATE audit_log SET action = 'x.y'",
		"ALTER TABLE audit_log DISABLE TRIGGER ALL", "DROP TRIGGER audit_log_unchanged ON audit_log", "DROP TABLE audit_log",
		"SET session_replication_role = replica", "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
	} {
		var pg *pgconn.PgError
		require.ErrorAs(t, as(sql), &pg, sql)
		require.Equal(t, "42501", pg.Code, sql)
	}
}

func TestTamperingShows(t *testing.T) {
	for name, tc := range map[string]struct{ sql, says string }{
		"changed":          {"UPDATE audit_log SET address = '10.0.0.1' WHERE place = 3", "entry 3 was changed"},
		"earlier":          {"UPDATE audit_log SET at = at - interval '1 hour' WHERE place = 3", "entry 3 was changed"},
		"taken out":        {"DELETE FROM audit_log WHERE place = 3", "entries 3 to 3 are gone"},
		"the newest":       {"DELETE FROM audit_log WHERE place > 4", "entry 5 is gone"},
		"all":              {"DELETE FROM audit_log", "entry 5 is gone"},
		"put in":           {"INSERT INTO audit_log (actor_role, action, subject, place, hash) VALUES ('system', 'a.b', 'c', 6, '')", "entry 6 was changed"},
		"exchanged":        {"UPDATE audit_log SET place = CASE place WHEN 2 THEN 3 ELSE 2 END + 100 WHERE place IN (2, 3); UPDATE audit_log SET place = place - 100 WHERE place > 100", "entry 2 was changed"},
		"the newest, well": {"DELETE FROM audit_log WHERE place > 3; UPDATE audit_chain SET last = 3, hash = (SELECT hash FROM audit_log WHERE place = 3)", "entry 4 is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newArchive(t)
			a.note(5)
			require.Empty(t, a.verify().Wrong)
			require.NoError(t, a.exec("ALTER TABLE audit_log DISABLE TRIGGER ALL; "+tc.sql))
			noted := []postgres.Mark{}
			if name == "the newest, well" {
				require.Empty(t, a.verify().Wrong, "who writes the end anew as well is found out only by what was noted elsewhere")
				noted = append(noted, postgres.Mark{Place: 4, Hash: make([]byte, 32)})
			}
			require.Contains(t, strings.Join(a.verify(noted...).Wrong, "\n"), tc.says)
		})
	}
}

func TestMarks(t *testing.T) {
	a := newArchive(t)
	a.note(2)
	end := a.verify().End
	mark, err := postgres.ParseMark(end.String())
	require.NoError(t, err)
	require.Equal(t, end, mark)
	a.note(3)
	require.Empty(t, a.verify(mark).Wrong, "the log has grown since")
	mark.Hash[0]++
	require.Equal(t, []string{"entry 2 is not the one that was noted"}, a.verify(mark).Wrong)
	for _, text := range []string{"", "1", "1:00", "0:" + strings.Repeat("0", 64), "x:" + strings.Repeat("0", 64), "1:" + strings.Repeat("g", 64)} {
		_, err := postgres.ParseMark(text)
		require.Equal(t, domain.Invalid, domain.KindOf(err), text)
	}
}

// Many transactions write entries and end in another order than they began, some not at all, while several processes chain and
// a reader follows: it gets every entry that was committed once, in the order of places, and never looks back.
func TestAFollowerMissesNothing(t *testing.T) {
	a := newArchive(t)
	ctx := t.Context()
	const writers, each = 6, 20
	done := make(chan struct{})
	var committed sync.Map
	var writing, chaining sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			dice := rand.New(rand.NewPCG(1, uint64(w)))
			for i := range each {
				n, undo := w*each+i, dice.IntN(4) == 0
				err := a.InTx(ctx, func(tx *postgres.Tx) error {
					if err := tx.Audit(ctx, domain.System, deed(n)); err != nil {
						return err
					}
					if undo {
						return errors.New("undone")
					}
					time.Sleep(time.Duration(dice.IntN(8)) * time.Millisecond) // a slow writer: the disorder is the point
					return nil
				})
				if err == nil {
					committed.Store(float64(n), true)
				}
			}
		})
	}
	for range 3 {
		chaining.Go(func() {
			for {
				if _, err := a.ChainAudit(ctx); err != nil {
					t.Error(err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	seen, place := map[string]bool{}, int64(0)
	follow := func() {
		page, err := a.AuditAfter(ctx, postgres.AuditFilter{}, place, 7)
		require.NoError(t, err)
		for _, e := range page {
			require.Equal(t, place+1, e.Place, "dense")
			require.False(t, seen[string(e.After)], "twice")
			seen[string(e.After)], place = true, e.Place
		}
	}
	ended := make(chan struct{})
	go func() { writing.Wait(); close(ended) }()
	for running := true; running; {
		select {
		case <-ended:
			running = false
		default:
			follow()
		}
	}
	close(done)
	chaining.Wait()
	a.chain()
	for range writers * each {
		follow()
	}
	count := 0
	committed.Range(func(n, _ any) bool {
		count++
		require.True(t, seen[fmt.Sprintf(`{"n": %v}`, n)], "%v is missing", n)
		return true
	})
	require.Len(t, seen, count)
	require.Greater(t, count, writers*each/2)
	require.Empty(t, a.verify().Wrong)
}

func TestAnEntryNamesItsActor(t *testing.T) {
	a := newArchive(t)
	err := a.InTx(t.Context(), func(tx *postgres.Tx) error { return tx.Audit(t.Context(), domain.Actor{}, deed(1)) })
	require.Error(t, err, "nobody does nothing")
	actor := domain.Actor{
		ID: id.New(), Role: domain.RoleVendor, Session: id.New(), Key: id.New(), Vendor: id.New(),
		From: domain.Origin{Address: "2001:db8::1", RequestID: "r-1"},
	}
	require.NoError(t, a.InTx(t.Context(), func(tx *postgres.Tx) error { return tx.Audit(t.Context(), actor, deed(1)) }))
	a.chain()
	page, err := a.AuditBefore(t.Context(), postgres.AuditFilter{Actor: actor.ID}, 10, 10)
	require.NoError(t, err)
	require.Len(t, page, 1)
	require.Equal(t, actor, page[0].Actor)
	require.WithinDuration(t, time.Now(), page[0].At, time.Minute)
}

// What a chain that writers had to wait for would cost, beside what ours does.
func BenchmarkAudit(b *testing.B) {
	db, err := postgres.Open(b.Context(), dbtest.URL(b), postgres.Options{MaxConns: 16})
	require.NoError(b, err)
	defer db.Close()
	for name, lock := range map[string]string{"chained later": "SELECT 1", "chained by the writer": "SELECT pg_advisory_xact_lock(42)"} {
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					tx, err := db.Pool().Begin(b.Context())
					require.NoError(b, err)
					_, err = tx.Exec(b.Context(), lock)
					require.NoError(b, err)
					_, err = tx.Exec(b.Context(), "INSERT INTO audit_log (actor_role, action, subject) VALUES ('system', 'a.b', 'c')")
					require.NoError(b, err)
					_, err = tx.Exec(b.Context(), "SELECT count(*) FROM generate_series(1, 2000)") // what else the deed does
					require.NoError(b, err)
					require.NoError(b, tx.Commit(b.Context()))
				}
			})
		})
	}
}
