package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// office is a database whose mail a test looks at.
type office struct {
	*postgres.DB
	t *testing.T
}

func newOffice(t *testing.T, o postgres.Options) office {
	t.Helper()
	t.Parallel()
	url := dbtest.URL(t)
	if o.Pooler {
		url = dbtest.Pooled(t, url)
	}
	db, err := postgres.Open(t.Context(), url, o)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return office{db, t}
}

func (o office) post(l letter.Letter) {
	o.t.Helper()
	require.NoError(o.t, o.InTx(o.t.Context(), func(tx *postgres.Tx) error { return tx.Post(o.t.Context(), l) }))
}

// rows gives the jobs as whoever dumps the table sees them.
func (o office) rows() []string {
	o.t.Helper()
	rows, err := o.Pool().Query(o.t.Context(), "SELECT river_job::text FROM river_job ORDER BY id")
	require.NoError(o.t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(o.t, err)
	return out
}

func codeLetter(to string) letter.Letter {
	return letter.Letter{
		Kind: letter.Code, To: to, Secret: "314159", Until: time.Now().Add(time.Minute), Data: map[string]string{letter.Role: "customer"},
	}
}

func TestPostIsPartOfTheTransaction(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	changedMind := errors.New("changed my mind")
	err := o.InTx(t.Context(), func(tx *postgres.Tx) error {
		require.NoError(t, tx.Post(t.Context(), codeLetter("asha@example.com")))
		return changedMind
	})
	require.ErrorIs(t, err, changedMind)
	require.Empty(t, o.rows())
	o.post(codeLetter("asha@example.com"))
	require.Len(t, o.rows(), 1)
	err = o.InTx(t.Context(), func(tx *postgres.Tx) error { return tx.Post(t.Context(), letter.Letter{Kind: letter.Code}) })
	require.Equal(t, domain.Invalid, domain.KindOf(err))
}

func TestPostSealsWhatIsPrivate(t *testing.T) {
	for name, o := range map[string]postgres.Options{"plain": {}, "behind a pooler": {Pooler: true}} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, o)
			for range 2 { // the first one makes the key
				o.post(codeLetter("asha@example.com"))
			}
			o.post(letter.Letter{
				Kind: letter.Invitation, To: "asha@example.com", Secret: "token-token", Until: time.Now().Add(time.Hour),
				Data: map[string]string{letter.Inviter: "Ravi", letter.Role: "owner"},
			})
			o.post(letter.AboutOrder(letter.OrderConfirmed, domain.ID(id.New()), domain.ID(id.New()), time.Now()))
			rows := o.rows()
			require.Len(t, rows, 4)
			for _, row := range rows {
				for _, private := range []string{"asha", "example.com", "314159", "token-token", "Ravi", "owner"} {
					require.NotContains(t, row, private)
				}
			}
			require.NotEqual(t, rows[0], rows[1])
		})
	}
}

// Posters whose clocks are wrong do not delay anything.
func TestPostTakesTheDatabasesTime(t *testing.T) {
	o := newOffice(t, postgres.Options{})
	var same bool
	err := o.InTx(t.Context(), func(tx *postgres.Tx) error {
		return tx.Post(t.Context(), codeLetter("asha@example.com"))
	})
	require.NoError(t, err)
	require.NoError(t, o.Pool().QueryRow(context.Background(),
		"SELECT created_at = scheduled_at AND created_at BETWEEN now() - interval '1 minute' AND now() FROM river_job").Scan(&same))
	require.True(t, same)
}
