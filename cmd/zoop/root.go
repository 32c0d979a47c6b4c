package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/local"
	"github.com/zoop-dev/zoop/internal/version"
)

// streams are where a command reads and writes: data goes to out, everything said to people to err.
type streams struct {
	in  *os.File
	out *os.File
	err *os.File
}

// tty says whether a person looks at the stream.
func tty(f *os.File) bool { return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()) }

// cli is what every subcommand shares.
type cli struct {
	streams
	dataDir    string
	configFile string
}

// run executes a command line and gives its exit code. A first interrupt ends ctx and is obeyed in order; stop makes a
// later one kill the process. Later: what stops a process and its group sends the first one twice.
func run(ctx context.Context, stop func(), args []string, s streams) int {
	root := newRoot(&cli{streams: s})
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	done := context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	defer done()
	return report(s.err, ctx, root.ExecuteContext(ctx))
}

func newRoot(c *cli) *cobra.Command {
	root := &cobra.Command{
		Use:   "zoop",
		Short: "A multi-vendor food-ordering marketplace in one binary",
		Long: `zoop is the backend of a food-ordering marketplace in one binary, and the tools to run it.

A private marketplace on this machine, with its own Postgres and Redis:   zoop up --simulate
The daemon, with the Postgres and Redis you run:                         zoop serve
What support staff look at:                                              zoop console

Exit codes: 0 ok, 1 failure, 2 usage, 3 a server cannot be reached, 4 not allowed, 5 conflict, 6 a check found something,
130 interrupted.`,
		Example:       "  zoop up --simulate\n  zoop console",
		Version:       version.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("zoop {{.Version}}\n")
	root.PersistentFlags().StringVar(&c.dataDir, "data-dir", local.DefaultDataDir(), "where 'zoop up' keeps its data, and other commands look for it")
	root.PersistentFlags().StringVar(&c.configFile, "config", os.Getenv("ZOOP_CONFIG"), "YAML file of settings (default /etc/zoop/zoop.yaml if it exists)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see `%s --help`", err, cmd.CommandPath())}
	})
	root.AddCommand(
		newUp(c), newServe(c), newMigrate(c), newSeed(c), newToken(c), newStaff(c), newMenu(c), newOrders(c), newPayouts(c), newVendors(c), newCouriers(c), newAlerts(c), newStreams(c), newWebhooks(c), newKeys(c), newJobs(c), newMail(c), newConsole(c), newEvents(c), newAudit(c),
		newPromotions(c), newTariffs(c), newSurges(c), newCommissions(c), newVerify(c), newDispatch(c), newSim(c), newSandbox(c), newEnv(c), newConfig(c), newVersion(c),
	)
	helpful(root)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Example = "  source <(zoop completion bash)\n  zoop completion zsh > \"${fpath[1]}/_zoop\""
	}
	return root
}

// helpful has every command that is a family of others say which one may have been meant by a word that is none.
func helpful(cmd *cobra.Command) {
	if !cmd.HasSubCommands() {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		text := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
		cmd.SuggestionsMinimumDistance = 2
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			text += "; did you mean " + strings.Join(near, " or ") + "?"
		}
		return usageError{fmt.Errorf("%s; see `%s --help`", strings.TrimSuffix(text, "?"), cmd.CommandPath())}
	}
	for _, sub := range cmd.Commands() {
		helpful(sub)
	}
}

// load reads the settings; flags that the user gave win, by their names with underscores. A database, Redis or API that
// nobody configured is that of the `zoop up` which runs on the data directory.
func (c *cli) load(cmd *cobra.Command) (*config.Config, error) {
	flags := map[string]string{}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if key := strings.ReplaceAll(f.Name, "-", "_"); config.Known(key) {
			flags[key] = strings.Trim(f.Value.String(), "[]")
		}
	})
	return config.Load(config.Sources{File: c.configFile, Env: os.Environ(), Flags: flags})
}

// dataDirGiven says whether the user chose a data directory of their own.
func (c *cli) dataDirGiven() bool { return c.dataDir != local.DefaultDataDir() }

// loadLocal is load for the commands that are happy with a running `zoop up`.
func (c *cli) loadLocal(cmd *cobra.Command) (*config.Config, error) {
	cfg, err := c.load(cmd)
	if err != nil {
		return nil, err
	}
	return cfg, boot.FillFromUp(cfg, c.dataDir)
}

// logger writes structured logs to the error stream; as text where a person reads them, unless the settings say otherwise.
func (c *cli) logger(cfg *config.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "text" || tty(c.err) && !cfg.Given("log_format") {
		return slog.New(slog.NewTextHandler(c.err, options))
	}
	return slog.New(slog.NewJSONHandler(c.err, options))
}

// exactly wraps cobra's check of the number of arguments as a usage error.
func exactly(n int, usage string) cobra.PositionalArgs { return between(n, n, usage) }

// between is exactly for a range of numbers.
func between(least, most int, usage string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		line := strings.TrimSpace(cmd.CommandPath() + " " + usage)
		return usageError{fmt.Errorf("usage: %s; see `%s --help`", line, cmd.CommandPath())}
	}
}

func printf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
