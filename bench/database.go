package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Database is a migrated database, with nothing in it, that is dropped with the goal.
type Database struct {
	place *Place
	Name  string
	URL   string
	Pool  *pgxpool.Pool
}

// Database makes one.
func (p *Place) Database(ctx context.Context, name string) (*Database, error) {
	u, err := url.Parse(p.cluster.DatabaseURL())
	if err != nil {
		return nil, err
	}
	admin, err := pgxpool.New(ctx, u.String())
	if err != nil {
		return nil, err
	}
	p.atEnd(admin.Close)
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, err
	}
	p.atEnd(func() { _, _ = admin.Exec(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)") })
	u.Path = "/" + name
	db := &Database{place: p, Name: name, URL: u.String()}
	if _, err := p.Run(ctx, db, "migrate", "up"); err != nil {
		return nil, err
	}
	if db.Pool, err = pgxpool.New(ctx, db.URL); err != nil {
		return nil, err
	}
	p.atEnd(db.Pool.Close)
	return db, nil
}

// Kept is Database for one that is filled for the first goal that wants it, and stays to the end of the run.
func (p *Place) Kept(ctx context.Context, of vendors) (db *Database, err error) {
	if db := p.kept[of.name]; db != nil {
		return db, nil
	}
	before := p.undo
	p.undo = nil
	defer func() {
		if err == nil {
			p.kept[of.name], p.last, p.undo = db, append(p.last, p.undo...), nil
		}
		p.clear()
		p.undo = before
	}()
	if db, err = p.Database(ctx, of.name); err != nil {
		return nil, err
	}
	if err = of.fill(ctx, p, db); err != nil {
		return nil, err
	}
	return db, db.Exec(ctx, "VACUUM ANALYZE")
}

// Exec runs statements one after the other.
func (db *Database) Exec(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := db.Pool.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%.60s…: %w", strings.TrimSpace(sql), err)
		}
	}
	return nil
}
