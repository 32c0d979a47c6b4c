package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// findTool finds a program that comes with the stores.
func findTool(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if len(found) == 0 {
		return "", skip(name + " is not installed")
	}
	return slices.Max(found), nil
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// Pgbench is a side that runs a script of pgbench's language, with prepared statements, on so many connections.
func (db *Database) Pgbench(script string, clients int) (Side, error) {
	tool, err := findTool("pgbench")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(db.place.dir, db.Name+".pgbench")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		return nil, err
	}
	return func(ctx context.Context, d time.Duration) (Sample, error) {
		seconds := strconv.Itoa(max(1, int(d.Round(time.Second)/time.Second)))
		cmd := exec.CommandContext(ctx, tool, "--no-vacuum", "--protocol=prepared", "--client="+strconv.Itoa(clients), "--time="+seconds, "--file="+file, db.URL)
		// A connection of zoop's comes to a generic plan after some executions, and keeps it; pgbench's begin anew each time.
		cmd.Env = append(os.Environ(), "PGOPTIONS=-c plan_cache_mode=force_generic_plan")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return Sample{}, fmt.Errorf("pgbench: %w\n%s", err, out)
		}
		m := tps.FindSubmatch(out)
		if m == nil {
			return Sample{}, fmt.Errorf("pgbench says no tps:\n%s", out)
		}
		value, err := strconv.ParseFloat(string(m[1]), 64)
		return Sample{Value: value}, err
	}, nil
}

var (
	logged    = regexp.MustCompile(`(?m)^\S+ \S+ UTC \[\d+\] LOG:  duration: [0-9.]+ ms  execute [^:]*: `)
	parameter = regexp.MustCompile(`\$(\d+) = ('(?:[^']|'')*'|NULL)`)
	holder    = regexp.MustCompile(`\$(\d+)`)
)

// Statements tells what Postgres was asked while do ran, as a script for pgbench: the statements with the parameters that they
// came with. Vars names pgbench's variables by the values that they stand for; a statement with none of these values is
// not do's, but of somebody else who uses the database.
func (db *Database) Statements(ctx context.Context, vars map[string]string, do func() error) (script string, err error) {
	path := filepath.Join(db.place.cluster.DataDir(), "log", "postgres.log")
	before, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	speak := func(ms string) error {
		if err := db.Exec(ctx, "ALTER SYSTEM SET log_min_duration_statement = "+ms, "SELECT pg_reload_conf()"); err != nil {
			return err
		}
		pause(ctx, 300*time.Millisecond) // until every session has heard of it
		return nil
	}
	if err := speak("0"); err != nil {
		return "", err
	}
	if err := do(); err != nil {
		return "", err
	}
	if err := speak("-1"); err != nil {
		return "", err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, st := range fromLog(string(text[before.Size():]), vars) {
		types, err := db.parameterTypes(ctx, st.sql)
		if err != nil {
			return "", err
		}
		out.WriteString(st.script(types))
	}
	return out.String(), nil
}

// parameterTypes are the types that the server takes a statement's parameters to be of.
func (db *Database) parameterTypes(ctx context.Context, sql string) (types []string, err error) {
	conn, err := db.Pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	st, err := conn.Conn().Prepare(ctx, "", sql)
	if err != nil {
		return nil, err
	}
	for _, oid := range st.ParamOIDs {
		var name string
		if err := conn.QueryRow(ctx, "SELECT format_type($1, NULL)", oid).Scan(&name); err != nil {
			return nil, err
		}
		types = append(types, name)
	}
	return types, nil
}

// statement is one that the server logged.
type statement struct {
	sql   string
	given map[string]string // by "$1": the parameters as literals, or as variables
}

// fromLog reads statements and their parameters out of the server's log.
func fromLog(log string, vars map[string]string) (found []statement) {
	for _, at := range logged.FindAllStringIndex(log, -1) {
		sql, next, _ := strings.Cut(log[at[1]:], "\n2") // the line after the statement begins with the year
		next, _, _ = strings.Cut(next, "\n")
		_, details, _ := strings.Cut(next, "DETAIL:  ")
		st, ours := statement{sql, map[string]string{}}, false
		for _, m := range parameter.FindAllStringSubmatch(details, -1) {
			st.given["$"+m[1]] = m[2]
			if name, ok := vars[strings.Trim(m[2], "'")]; ok {
				st.given["$"+m[1]], ours = ":"+name, true
			}
		}
		if ours {
			found = append(found, st)
		}
	}
	return found
}

// script writes the statement as pgbench takes it.
func (st statement) script(types []string) string {
	return holder.ReplaceAllStringFunc(st.sql, func(h string) string {
		n, _ := strconv.Atoi(h[1:])
		return st.given[h] + "::" + types[n-1]
	}) + ";\n"
}
