package account_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/lettertest"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// fixture is a database with one instance of the use cases on it, and the mail that they would have sent.
type fixture struct {
	*account.Service
	t    *testing.T
	url  string
	db   *postgres.DB
	pool *pgxpool.Pool
	mail outbox
}

func setup(t *testing.T) fixture {
	t.Helper()
	t.Parallel()
	f := fixture{t: t, url: dbtest.URL(t)}
	f.Service, f.db = f.instance()
	f.pool, f.mail = f.db.Pool(), outbox{t, f.db}
	return f
}

// instance is another one on the same database.
func (f fixture) instance() (*account.Service, *postgres.DB) {
	f.t.Helper()
	db, err := postgres.Open(f.t.Context(), f.url, postgres.Options{MaxConns: 24})
	require.NoError(f.t, err)
	f.t.Cleanup(db.Close)
	return account.New(db, account.Options{}), db
}

func (f fixture) exec(sql string, args ...any) {
	f.t.Helper()
	_, err := f.pool.Exec(f.t.Context(), sql, args...)
	require.NoError(f.t, err)
}

func scan[T any](f fixture, sql string, args ...any) (v T) {
	f.t.Helper()
	require.NoError(f.t, f.pool.QueryRow(f.t.Context(), sql, args...).Scan(&v))
	return v
}

// signUp opens an account and gives its first tokens.
func (f fixture) signUp(email string) account.Tokens {
	f.t.Helper()
	require.NoError(f.t, f.Signup(f.t.Context(), here, email, profile))
	tokens, err := f.Verify(f.t.Context(), here, email, f.mail.last().Digits)
	require.NoError(f.t, err)
	return tokens
}

var profile = rules.Profile{FirstName: "Asha", LastName: "Rao", Role: domain.RoleCustomer}

// outbox is the mail that was posted.
type outbox struct {
	t  *testing.T
	db *postgres.DB
}

// sentCode is a code as its letter has it.
type sentCode struct {
	To, Digits string
	Purpose    rules.Purpose
}

func (o outbox) last() sentCode {
	o.t.Helper()
	l := lettertest.Last(o.t, o.db)
	require.Equal(o.t, letter.Code, l.Kind)
	return sentCode{l.To, l.Secret, rules.Purpose(l.Data[letter.Purpose])}
}

// requireCode asserts a domain error by its code.
func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code)
}

// inParallel runs f n times, all let go at once, and waits.
func inParallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// run starts an instance's loop for the time of the test.
func run(t *testing.T, s *account.Service) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

const patience = time.Minute

// here is where people sign in from, with the phone they do it on.
var here = account.Client{From: domain.Origin{Address: "198.51.100.7", RequestID: "r1"}, Device: "phone"}

// from is another place.
func from(address string) account.Client {
	return account.Client{From: domain.Origin{Address: address}, Device: "phone"}
}
