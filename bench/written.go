package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

var (
	comment  = regexp.MustCompile(`(?m)^\s*--.*\n`)
	writes   = regexp.MustCompile(`(?s)^\s*(INSERT|UPDATE|DELETE|WITH\b.*\b(INSERT|UPDATE|DELETE)\b)`)
	uuidList = regexp.MustCompile(`^'\{[0-9a-f-]{36}(,[0-9a-f-]{36})*\}'$`)
	uuidText = regexp.MustCompile(`^'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'$`)
)

// Pieces are as many pieces of work as a turn has things ready for: each is done once.
const (
	pieces  = 4096
	writers = 16 // at the same time
)

// Written makes a side of the rows that Postgres is told to write while do ran: the same statements in one transaction, sent as one
// pipeline, each time for the next of the numbered things and with names of its own for what is new; do gives the words that are new
// each time, too. Before makes ready for a turn, and numbers it. It is an error when the rows of one run are not as many, table by table, as
// those of do.
func (db *Database) Written(ctx context.Context, before func(context.Context) (int, error), do func() (words []string, err error)) (Side, error) {
	var ours map[string]int
	var words []string
	text, err := db.log(ctx, func() (err error) {
		ours, err = db.added(ctx, func() (err error) {
			words, err = do()
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	asked := Asked{most: pieces, before: before}
	asked.script = fmt.Sprintf("\\set n :n + 1\n\\set i :n * %d + :client_id\n\\set f :turn * %d + :i\n\\startpipeline\nBEGIN;\n", writers, pieces)
	for _, st := range fromLog(text, func(st statement) bool { return writes.MatchString(comment.ReplaceAllString(st.sql, "")) }) {
		if st.types, err = db.parameterTypes(ctx, st.sql); err != nil {
			return nil, err
		}
		st.renew(words)
		asked.add(st)
	}
	asked.script += "COMMIT;\n\\endpipeline\n"
	if asked.count == 0 {
		return nil, errors.New("the log shows nothing that was written")
	}
	side, err := db.Pgbench(asked, writers)
	if err != nil {
		return nil, err
	}
	turn, err := before(ctx)
	if err != nil {
		return nil, err
	}
	first := asked
	first.most, first.before = 1, func(context.Context) (int, error) { return turn, nil }
	one, err := db.Pgbench(first, 1)
	if err != nil {
		return nil, err
	}
	theirs, err := db.added(ctx, func() error {
		_, err := one(ctx, 0)
		return err
	})
	if err == nil && fmt.Sprint(ours) != fmt.Sprint(theirs) {
		err = fmt.Errorf("zoop writes the rows %v, pgbench %v", ours, theirs)
	}
	return side, err
}

// renew has what is new in a statement come anew each time, and the numbered things take turns.
func (st *statement) renew(words []string) {
	st.instead = map[string]string{}
	for holder, value := range st.given {
		if fresh := renewed(value, "{}"); fresh != "" {
			st.instead[holder] = fresh
		}
		if uuidList.MatchString(value) {
			st.instead[holder] = renewedList(value)
		}
		for _, word := range words {
			if value == "'"+word+"'" {
				st.instead[holder] = "{} || '-' || :f::text"
			}
		}
	}
}

// renewed is the SQL of a value that is new each time, or of a numbered thing whose turn it is; "" of one that stays. As is what it is
// written as.
func renewed(value, as string) string {
	switch {
	case strings.HasPrefix(value, "'"+userPrefix):
		return numbered(userPrefix, ":i")
	case strings.HasPrefix(value, "'"+orderPrefix):
		return numbered(orderPrefix, ":f")
	case strings.HasPrefix(value, "'"+deliveryPrefix):
		return numbered(deliveryPrefix, ":f")
	case uuidText.MatchString(value) && !strings.HasPrefix(value, "'"+cityPrefix) && !strings.HasPrefix(value, "'00000000-"):
		return "(left(" + as + ", 24) || lpad(to_hex(:f::bigint), 12, '0'))::uuid"
	}
	return ""
}

// renewedList is renewed for each of a list of IDs.
func renewedList(list string) string {
	var each []string
	for value := range strings.SplitSeq(strings.Trim(list, "'{}"), ",") {
		value = "'" + value + "'"
		fresh := renewed(value, value)
		if fresh == "" {
			fresh = value + "::uuid"
		}
		each = append(each, fresh)
	}
	return "ARRAY[" + strings.Join(each, ", ") + "]"
}

// numbered is the SQL of the ID of a numbered thing.
func numbered(prefix, n string) string {
	return "('" + prefix + "' || lpad(" + n + "::text, 12, '0'))::uuid"
}

// added counts the rows that do adds to each table.
func (db *Database) added(ctx context.Context, do func() error) (map[string]int, error) {
	rows, err := db.Pool.Query(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
	if err != nil {
		return nil, err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	count := func(sign int, into map[string]int) error {
		for _, table := range tables {
			var n int
			if err := db.Pool.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n); err != nil {
				return err
			}
			if into[table] += sign * n; into[table] == 0 {
				delete(into, table)
			}
		}
		return nil
	}
	diff := map[string]int{}
	if err := count(-1, diff); err != nil {
		return nil, err
	}
	if err := do(); err != nil {
		return nil, err
	}
	return diff, count(1, diff)
}
