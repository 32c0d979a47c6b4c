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

	"github.com/jackc/pgx/v5"
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

var (
	tps          = regexp.MustCompile(`tps = ([0-9.]+)`)
	transactions = regexp.MustCompile(`transactions actually processed: (\d+)`)
)

// Pgbench is a side that runs a script of pgbench's language, with prepared statements, on so many connections.
func (db *Database) Pgbench(asked Asked, clients int) (Side, error) {
	tool, err := findTool("pgbench")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(db.place.dir, db.Name+".pgbench")
	if err := os.WriteFile(file, []byte(asked.script), 0o600); err != nil {
		return nil, err
	}
	args := []string{"--no-vacuum", "--protocol=prepared", "--client=" + strconv.Itoa(clients), "--file=" + file}
	for _, v := range asked.values {
		args = append(args, "--define="+v)
	}
	return func(ctx context.Context, d time.Duration) (Sample, error) {
		length, err := asked.length(ctx, clients, d)
		if err != nil {
			return Sample{}, err
		}
		cmd := exec.CommandContext(ctx, tool, append(slices.Concat(args, length), db.URL)...)
		// A connection of zoop's comes to a generic plan after some executions, and keeps it; pgbench's begin anew each time.
		cmd.Env = append(os.Environ(), "PGOPTIONS=-c plan_cache_mode=force_generic_plan")
		busy := machineCPU()
		out, err := cmd.CombinedOutput()
		if err != nil {
			return Sample{}, fmt.Errorf("pgbench: %w\n%s", err, out)
		}
		busy = machineCPU() - busy
		m := tps.FindSubmatch(out)
		if m == nil {
			return Sample{}, fmt.Errorf("pgbench says no tps:\n%s", out)
		}
		value, err := strconv.ParseFloat(string(m[1]), 64)
		s := Sample{Value: value}
		if done := transactions.FindSubmatch(out); done != nil {
			n, _ := strconv.Atoi(string(done[1]))
			s.Machine = busy / time.Duration(max(1, n))
		}
		return s, err
	}, nil
}

var (
	logged    = regexp.MustCompile(`(?m)^\S+ \S+ UTC \[\d+\] LOG:  duration: [0-9.]+ ms  execute [^:]*: `)
	parameter = regexp.MustCompile(`\$(\d+) = ('(?:[^']|'')*'|NULL)`)
	holder    = regexp.MustCompile(`\$(\d+)`)
	called    = regexp.MustCompile(`^-- name: (\w+) `)
)

// Asked is what Postgres was asked, as pgbench takes it.
type Asked struct {
	script string
	count  int                                             // of the statements
	values []string                                        // of the script's variables: name=value
	most   int                                             // how often the script may run in a turn, a multiple of the clients; 0: as long as the turn lasts
	before func(ctx context.Context) (turn int, err error) // makes ready for so many, and gives the script's :turn
}

// length says how long pgbench runs.
func (a Asked) length(ctx context.Context, clients int, d time.Duration) ([]string, error) {
	if a.most == 0 {
		return []string{"--time=" + strconv.Itoa(max(1, int(d.Round(time.Second)/time.Second)))}, nil
	}
	turn, err := a.before(ctx)
	return []string{"--transactions=" + strconv.Itoa(a.most/clients), "--define=turn=" + strconv.Itoa(turn), "--define=n=-1"}, err
}

// Statements tells what Postgres was asked while do ran: those statements that have one of the names under which they stand in
// internal/postgres/queries. Their parameters are pgbench's variables, which it sends as parameters: a plan made for literals may be
// another than zoop gets. It is an error when the planner would read a table from end to end for one of them.
func (db *Database) Statements(ctx context.Context, names []string, do func() error) (Asked, error) {
	text, err := db.log(ctx, do)
	if err != nil {
		return Asked{}, err
	}
	var out Asked
	for _, st := range fromLog(text, func(st statement) bool { return slices.Contains(names, st.name) }) {
		if st.types, err = db.parameterTypes(ctx, st.sql); err != nil {
			return Asked{}, err
		}
		if err := db.indexed(ctx, st); err != nil {
			return Asked{}, err
		}
		out.add(st)
	}
	return out, nil
}

// log gives what Postgres logs of its statements while do runs.
func (db *Database) log(ctx context.Context, do func() error) (string, error) {
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
	return string(text[before.Size():]), nil
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

// indexed looks at a statement's plans, made for its parameters and for any.
func (db *Database) indexed(ctx context.Context, st statement) error {
	conn, err := pgx.Connect(ctx, db.URL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	given := make([]string, len(st.types))
	for i := range given {
		given[i] = st.given["$"+strconv.Itoa(i+1)]
	}
	if _, err := conn.Exec(ctx, "PREPARE looked_at ("+strings.Join(st.types, ", ")+") AS "+st.sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		if _, err := conn.Exec(ctx, "SET plan_cache_mode = "+mode); err != nil {
			return err
		}
		rows, err := conn.Query(ctx, "EXPLAIN EXECUTE looked_at("+strings.Join(given, ", ")+")", pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		if plan := strings.Join(lines, "\n"); strings.Contains(plan, "Seq Scan") {
			return fmt.Errorf("%s, %s: a table is read from end to end:\n%s", st.name, mode, plan)
		}
	}
	return nil
}

// statement is one that the server logged.
type statement struct {
	name, sql string
	given     map[string]string // by "$1": the parameters as literals
	types     []string
	instead   map[string]string // by "$1": SQL instead of the parameter, which is {} in it
}

// fromLog reads the wanted ones of the statements that have names, and their parameters, out of the server's log.
func fromLog(log string, wanted func(statement) bool) (found []statement) {
	for _, at := range logged.FindAllStringIndex(log, -1) {
		sql, next, _ := strings.Cut(log[at[1]:], "\n2") // the line after the statement begins with the year
		name := called.FindStringSubmatch(sql)
		if name == nil {
			continue
		}
		st := statement{name: name[1], sql: sql, given: map[string]string{}}
		if !wanted(st) {
			continue
		}
		next, _, _ = strings.Cut(next, "\n")
		_, details, _ := strings.Cut(next, "DETAIL:  ")
		for _, m := range parameter.FindAllStringSubmatch(details, -1) {
			st.given["$"+m[1]] = m[2]
		}
		found = append(found, st)
	}
	return found
}

// add writes a further statement as pgbench takes it. It cannot send NULL and empty text, which stay literals.
func (a *Asked) add(st statement) {
	n := a.count
	a.count++
	a.script += holder.ReplaceAllStringFunc(st.sql, func(h string) string {
		i, _ := strconv.Atoi(h[1:])
		value := st.given[h]
		if value != "NULL" && value != "''" {
			value = fmt.Sprintf(":s%d_%d", n, i)
		}
		if sql, ok := st.instead[h]; ok {
			value = "(" + strings.ReplaceAll(sql, "{}", value) + ")"
		}
		return value + "::" + st.types[i-1]
	}) + ";\n"
	for i := range st.types {
		if literal := st.given["$"+strconv.Itoa(i+1)]; strings.HasPrefix(literal, "'") && literal != "''" {
			text := strings.ReplaceAll(literal[1:len(literal)-1], "''", "'")
			a.values = append(a.values, fmt.Sprintf("s%d_%d=%s", n, i+1, text))
		}
	}
}
