package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/local"
)

// poolerConfig has so few connections to a database that its clients find state of each other whenever they leave any. What a
// client may not say when it connects is refused, as PgBouncer does unless it is told otherwise.
const poolerConfig = `[databases]
* = host=127.0.0.1 port=%s user=%s password=%s

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 6
max_client_conn = 2000
`

// Pooled returns the address of a database of URL's or EmptyURL's behind PgBouncer in transaction mode.
func Pooled(t testing.TB, database string) string {
	t.Helper()
	address, err := startPooler()
	fail(t, err)
	u, err := url.Parse(database)
	fail(t, err)
	return pooledURL(address, strings.TrimPrefix(u.Path, "/"))
}

func pooledURL(address, database string) string {
	return "postgres://zoop@" + address + "/" + database + "?sslmode=disable"
}

// startPooler starts the PgBouncer of this test binary before its Postgres, and gives its address.
var startPooler = sync.OnceValues(func() (string, error) {
	s, err := startPostgres()
	if err != nil {
		return "", err
	}
	bin := local.Find("pgbouncer")
	if bin == "" {
		return "", errors.New("no pgbouncer found: " + missing)
	}
	port, err := local.FreePort()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(s.cluster.DatabaseURL())
	if err != nil {
		return "", err
	}
	password, _ := u.User.Password()
	ctx, cancel := background()
	defer cancel()
	address := fmt.Sprintf("127.0.0.1:%d", port)
	_, err = local.Program{
		Name: "pgbouncer", Bin: bin, Config: fmt.Sprintf(poolerConfig, u.Port(), u.User.Username(), password, port),
		Answers: func(ctx context.Context) error {
			conn, err := pgx.Connect(ctx, pooledURL(address, strings.TrimPrefix(u.Path, "/")))
			if err != nil {
				return err
			}
			return conn.Close(ctx)
		},
	}.Run(ctx, s.cluster.DataDir())
	return address, err
})
