package boot

import (
	"context"
	"path/filepath"

	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/mail"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// JobChange is what an operator does to a job: postgres.DB.RetryJob or CancelJob.
type JobChange func(*postgres.DB, context.Context, int64) (postgres.Job, error)

// Jobs lists the jobs of the settings' database: in some states, newest first, at most so many.
// Errors: Invalid without a database; Conflict "schema_behind"; Unavailable.
func Jobs(ctx context.Context, c *config.Config, states []postgres.JobState, most int) (list []postgres.Job, err error) {
	err = withJobs(ctx, c, func(db *postgres.DB) error {
		list, err = db.Jobs(ctx, states, most)
		return err
	})
	return list, err
}

// Job reads one. Errors are those of Jobs, and NotFound.
func Job(ctx context.Context, c *config.Config, id int64) (job postgres.Job, err error) {
	err = withJobs(ctx, c, func(db *postgres.DB) error {
		job, err = db.Job(ctx, id)
		return err
	})
	return job, err
}

// ChangeJobs changes some, and tells of each that it was done; the first that cannot be changed is the last.
// Errors are those of Jobs, NotFound, and Conflict "job.state".
func ChangeJobs(ctx context.Context, c *config.Config, ids []int64, change JobChange, done func(postgres.Job)) error {
	return withJobs(ctx, c, func(db *postgres.DB) error {
		for _, id := range ids {
			job, err := change(db, ctx, id)
			if err != nil {
				return err
			}
			done(job)
		}
		return nil
	})
}

func withJobs(ctx context.Context, c *config.Config, use func(*postgres.DB) error) error {
	if c.DatabaseURL == "" {
		return domain.Invalidf("database_url", "missing", "is not set and no `zoop up` runs")
	}
	if err := CheckSchema(ctx, c, false); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, c.DatabaseURL, postgres.Options{MaxConns: 2, Pooler: c.Pooler})
	if err != nil {
		return err
	}
	defer db.Close()
	return use(db)
}

// Mailbox lists the messages of the development mailbox, oldest first: of that which the settings name, else of the data
// directory's `zoop up`. NotFound when there is none.
func Mailbox(c *config.Config, dataDir string) ([]mail.Kept, error) {
	dir := c.MailDir
	if dir == "" {
		dir = filepath.Join(dataDir, mailDir)
	}
	return mail.ReadMailbox(dir)
}
