// Command bench compares zoop with what the machine can do, pair by pair, and writes down the ratios: absolute figures differ
// from machine to machine and from hour to hour, a ratio of two things measured in turn holds.
//
// Each goal (see goals) has two sides. They take turns, A B A B A B, after a turn each that does not count. What is served
// over HTTP is a process of the real binary, or of this one in the role of a bare server; the load comes from a further
// process, which says how much of a processor it took itself. Stores are private and keep their promises: fsync is on.
//
// A goal is a value of the type Goal in the file of its subject, and a word in goals; catalog.go shows the usual kind. Work
// that depends on answers, such as a cart that is ordered, is a Script; what Postgres is asked can be taken from its log
// for pgbench (Database.Statements).
//
//	go run ./bench -list
//	go run ./bench -run 'menu|list' -rounds 5
//	go run ./bench -out bench/RESULTS.md
//	go run ./bench -run list-cached -rounds 1 -profile /tmp	# where `zoop serve` spends its time
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// goals is every pair there is, in the order of the table.
var goals = []Goal{menuCached, menuCachedGzip, listCached, menuStampede, listStampede, nearReal, searchReal, nearMany, nearETA, searchMany, menuImport, cartWrite, orderPlace, orderPlaceAll, orderPlaceWallet, orderBurst16, orderBurst64, orderAccept, positions, fanOutLoop, fanOutLibrary, fanOutAlone, socketMemory, verify}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	switch role := os.Getenv(roleKey); role {
	case "":
		err = measure(ctx)
	case roleLoad:
		err = runLoad(ctx, os.Stdin, os.Stdout)
	case roleBare:
		err = serveBare(ctx, os.Stdin)
	default:
		err = fmt.Errorf("%s=%q is no role", roleKey, role)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// The roles of processes that this one starts from its own binary.
const (
	roleKey  = "ZOOP_BENCH_ROLE"
	roleLoad = "load"
	roleBare = "bare"
)

func measure(ctx context.Context) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	run := flags.String("run", "", "only goals whose name matches")
	rounds := flags.Int("rounds", 3, "turns of each side")
	turn := flags.Duration("time", 4*time.Second, "length of a turn")
	out := flags.String("out", "", "write the results into this file")
	profile := flags.String("profile", "", "write processor profiles of `zoop serve` into this directory, one for each turn")
	flags.IntVar(&settledOrders, "orders", settledOrders, "orders that verify looks at")
	list := flags.Bool("list", false, "list the goals")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*run)
	if err != nil {
		return err
	}
	if settledOrders < 1 || settledOrders > 10_000_000 {
		return errors.New("orders must be from 1 to 10000000")
	}
	if *rounds < 1 || *turn < 100*time.Millisecond || flags.NArg() > 0 {
		return errors.New("rounds must be at least 1, time at least 100ms, and there are no arguments")
	}
	var chosen []Goal
	for _, g := range goals {
		if wanted.MatchString(g.Name) {
			chosen = append(chosen, g)
		}
	}
	if *list {
		for _, g := range chosen {
			fmt.Printf("%-22s %s, against %s\n", g.Name, g.Work, g.Against)
		}
		return nil
	}
	p, err := newPlace(ctx, *profile)
	if err != nil {
		return err
	}
	defer p.close()
	rep := newReport(ctx, p, *rounds, *turn)
	for _, g := range chosen {
		res := g.run(ctx, p, *rounds, *turn)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Println(res.line())
		rep.results = append(rep.results, res)
	}
	if *out != "" {
		if err := rep.write(*out); err != nil {
			return err
		}
	}
	return rep.verdict()
}
