package boot

import (
	"context"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// MaxAuditTail bounds how many entries AuditTail begins with.
const MaxAuditTail = 10_000

// auditPage is how many entries are asked for at once.
const auditPage = 100

// AuditTail says what to show of the audit log.
type AuditTail struct {
	Filter client.AuditFilter
	Last   int           // begin with so many of the newest entries, 0 to MaxAuditTail
	Follow bool          // go on with what comes, until the context ends
	Every  time.Duration // between two looks; 0: a second
	Away   func(error)   // told while following when the API cannot be reached, and with nil when it can again; may be nil
}

// Run hands over entries, oldest first, each once. While following it outlives an API that is away; one that refuses the
// token ends it. Errors: Unauthenticated when there is no token; Invalid for an address that makes no sense; *client.Problem;
// emit's own.
func (t AuditTail) Run(ctx context.Context, c *config.Config, dataDir string, emit func(dto.AuditEntry) error) error {
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	if err != nil {
		return err
	}
	place, err := t.begin(ctx, api, emit)
	if err != nil || !t.Follow {
		return err
	}
	if t.Every == 0 {
		t.Every = time.Second
	}
	away := false
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(t.Every):
		}
		var told error // emit's, which is no error of the API
		err := t.catchUp(ctx, api, &place, func(e dto.AuditEntry) error {
			told = emit(e)
			return told
		})
		switch {
		case told != nil:
			return told
		case err != nil && (ctx.Err() != nil || !client.Transient(err)):
			return err
		case (err != nil) != away:
			away = err != nil
			if t.Away != nil {
				t.Away(err)
			}
		}
	}
}

// begin hands over the newest entries and gives the place to go on after.
func (t AuditTail) begin(ctx context.Context, api *client.Client, emit func(dto.AuditEntry) error) (int64, error) {
	var newest []dto.AuditEntry
	page := client.Page{}
	for {
		page.Limit = min(auditPage, max(1, t.Last-len(newest)))
		list, err := api.Audit(ctx, t.Filter, page)
		if err != nil {
			return 0, err
		}
		newest = append(newest, list.Data...)
		if list.NextCursor == nil || len(newest) >= t.Last {
			break
		}
		page.Cursor = *list.NextCursor
	}
	if len(newest) == 0 {
		return 0, nil
	}
	place := newest[0].Place
	newest = newest[:min(len(newest), t.Last)]
	slices.Reverse(newest)
	for _, e := range newest {
		if err := emit(e); err != nil {
			return 0, err
		}
	}
	return place, nil
}

// catchUp hands over what came after a place, and moves it on.
func (t AuditTail) catchUp(ctx context.Context, api *client.Client, place *int64, emit func(dto.AuditEntry) error) error {
	for {
		list, err := api.AuditAfter(ctx, t.Filter, *place, auditPage)
		if err != nil {
			return err
		}
		for _, e := range list.Data {
			if err := emit(e); err != nil {
				return err
			}
			*place = e.Place
		}
		if list.NextCursor == nil {
			return nil
		}
	}
}

// staffClient is a client of the settings' API for staff. Its token is that of the settings, else the one that the
// `zoop up` of the data directory keeps, read again whenever it is needed.
func staffClient(c *config.Config, dataDir string, attempts int) (*client.Client, error) {
	if c.APIURL == "" {
		return nil, domain.Invalidf("api_url", "required", "set ZOOP_API_URL, or start `zoop up`")
	}
	token := func() (string, error) {
		if c.Token != "" {
			return c.Token, nil
		}
		return StaffToken(dataDir)
	}
	if _, err := token(); err != nil {
		return nil, err
	}
	return client.New(c.APIURL, client.Options{
		Tokens: func(context.Context, string) (string, error) { return token() }, Attempts: attempts, Timeout: 10 * time.Second,
	})
}

// VerifyAudit reads the whole audit log of the settings' database and says what was tampered with. What was committed a
// moment ago is chained first.
// Errors: Invalid without a database, Conflict "schema_behind", Unavailable.
func VerifyAudit(ctx context.Context, c *config.Config, marks []postgres.Mark) (postgres.AuditReport, error) {
	var report postgres.AuditReport
	if c.DatabaseURL == "" {
		return report, domain.Invalidf("database_url", "missing", "is not set and no `zoop up` runs")
	}
	if err := CheckSchema(ctx, c, false); err != nil {
		return report, err
	}
	db, err := postgres.Open(ctx, c.DatabaseURL, postgres.Options{MaxConns: 2, Pooler: c.Pooler})
	if err != nil {
		return report, err
	}
	defer db.Close()
	for more := true; more; {
		if more, err = db.ChainAudit(ctx); err != nil {
			return report, err
		}
	}
	return db.VerifyAudit(ctx, marks)
}
