package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/tui"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/settings"
	"github.com/zoop-dev/zoop/internal/tui/tape"
)

// consoleFlags are what the flags of the console say.
type consoleFlags struct {
	tui.Options
	plain, asJSON, accessible, showKeys     bool
	from                                    int64
	settingsDir, record, replay, appearance string
	speed                                   float64
}

func newConsole(c *cli) *cobra.Command {
	o := consoleFlags{speed: 1, appearance: "auto"}
	cmd := &cobra.Command{
		Use:   "console",
		Short: "Follow all live orders, as support staff do",
		Long: `Follow every live order as it happens, and put right what goes wrong: a board sorted by the next promise that breaks or is
foretold to, an order with all that is known of it, a filter, and actions, which first say what they will mean. On a terminal this is a
screen (? lists its keys, : finds commands and orders); with --accessible it is sentences and typed commands. Elsewhere, or with --plain,
it is a line for each event; with --json a JSON object for each event, once, in order. What was lost is said: "gap":true.

It follows the ` + "`zoop up`" + ` that runs on the data directory, with the staff token kept there, or ZOOP_API_URL and ZOOP_REDIS_URL
with ZOOP_TOKEN. What the token may not do, the console does not. It reconnects for as long as it takes.

--record writes down what the console is told, IDs of people and not their names, and --replay shows it again, without any server.
Other keys are named in console.yaml (docs/console.md); --keys lists those that hold.`,
		Example: `  zoop console
  zoop console --read-only --theme light
  zoop console --accessible
  zoop console --keys
  zoop console --record evening.tape
  zoop console --replay evening.tape --speed 10
  zoop console --plain
  zoop console --json --from 0 --until-idle 2s | jq -r .type | sort | uniq -c`,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runConsole(cmd, o) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.plain, "plain", false, "a line for each event instead of the screen")
	f.BoolVar(&o.asJSON, "json", false, "a JSON object for each event instead of the screen")
	f.BoolVar(&o.accessible, "accessible", false, "whole sentences and typed commands instead of the screen, for screen readers")
	f.Int64Var(&o.from, "from", 0, "lines only: begin after this seq, 0 being the first event (default now)")
	f.IntVar(&o.Count, "count", 0, "lines only: end after so many events")
	f.DurationVar(&o.UntilIdle, "until-idle", 0, "lines only: end when nothing has happened for so long")
	f.BoolVar(&o.showKeys, "keys", false, "list the keys, with those of the settings, and end")
	f.StringVar(&o.settingsDir, "settings", "", "where console.yaml with other keys, and saved filters, are (default zoop in the user's configuration)")
	f.Var(&choice{&o.appearance, []string{"light", "dark", "auto"}}, "theme", "light, dark, or auto: as COLORFGBG tells")
	f.StringVar(&o.record, "record", "", "write down what the console is told, in a new file")
	f.StringVar(&o.replay, "replay", "", "show what another console wrote down; asks nobody")
	f.Float64Var(&o.speed, "speed", o.speed, "of --replay: so much faster; 0 does not wait")
	f.BoolVar(&o.ReadOnly, "read-only", false, "only look: the actions are not there")
	f.BoolVar(&o.ASCII, "ascii", false, "use no character outside ASCII")
	return cmd
}

// frugal is how much may be garbage, in percent of what is not, before it is collected: a console stands beside other programs all day, and
// has time to spare.
const frugal = 50

func (c *cli) runConsole(cmd *cobra.Command, o consoleFlags) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(frugal)
	}
	dir := settings.Dir(o.settingsDir)
	if o.settingsDir == "" {
		dir = settings.Default()
	}
	var err error
	if o.Keys, err = dir.Keys(); err != nil {
		return usageError{err}
	}
	if o.showKeys {
		return c.printKeymap(tui.Shown(o.Keys))
	}
	o.Settings = dir
	o.Face = tui.Choose(o.plain, o.asJSON, tty(c.in) && tty(c.out), os.Getenv("TERM"))
	if o.accessible {
		o.Face = tui.Accessible
	}
	if cmd.Flags().Changed("from") {
		o.From = &o.from
	}
	if err := o.check(cmd.Flags().Changed("speed")); err != nil {
		return usageError{err}
	}
	o.In, o.Out, o.Err = c.in, c.out, c.err
	o.Color, o.Tmux = os.Getenv("NO_COLOR") == "", os.Getenv("TMUX") != ""
	o.Light = o.appearance == "light" || o.appearance == "auto" && lightTerminal(os.Getenv("COLORFGBG"))
	if o.replay != "" {
		return c.replayTape(cmd.Context(), o.replay, o.speed, o.Options)
	}
	if o.record != "" {
		file, err := os.OpenFile(o.record, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return usageError{fmt.Errorf("--record: %s is there already: choose another name, or remove it", o.record)}
		}
		if err != nil {
			return fmt.Errorf("record: %w", err)
		}
		defer func() { _ = file.Close() }() // every fact is flushed before
		o.Record = file
	}
	cfg, err := c.loadLocal(cmd)
	if err != nil {
		return err
	}
	return boot.Console(cmd.Context(), cfg, c.dataDir, o.Options)
}

// check says which flags do not go together, or are out of bounds.
func (o *consoleFlags) check(paced bool) error {
	switch {
	case o.plain && o.asJSON || o.accessible && (o.plain || o.asJSON):
		return errors.New("--plain, --json and --accessible: choose one")
	case (o.Face == tui.Screen || o.accessible) && (o.From != nil || o.Count > 0 || o.UntilIdle > 0):
		return errors.New("--from, --count and --until-idle are for lines: add --plain or --json")
	case o.from < 0 || o.Count < 0 || o.UntilIdle < 0:
		return errors.New("--from, --count and --until-idle cannot be negative")
	case o.replay != "" && (o.record != "" || o.From != nil):
		return errors.New("--replay is all that is shown: leave out --record and --from")
	case paced && o.replay == "" || o.speed < 0:
		return errors.New("--speed is for --replay, and cannot be negative")
	}
	return nil
}

// replayTape shows what another console wrote down.
func (c *cli) replayTape(ctx context.Context, file string, speed float64, o tui.Options) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	if o.Replay, err = tape.Open(f, speed); err != nil {
		return usageError{fmt.Errorf("%s: %w", file, err)}
	}
	o.Label = filepath.Base(file)
	return tui.Run(ctx, o)
}

func (c *cli) printKeymap(keys keymap.Map) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "NAME", "KEYS", "WHERE", "DOES")
	for _, k := range keys.Rows() {
		row(w, k.Name, k.Keys, k.Group, k.Does)
	}
	return w.Flush()
}

// lightTerminal reads what some terminals say of their colours: "foreground;background", where 7 and 15 are white.
func lightTerminal(colors string) bool {
	_, background, _ := strings.Cut(colors, ";")
	if i := strings.LastIndexByte(background, ';'); i >= 0 {
		background = background[i+1:]
	}
	return background == "7" || background == "15"
}
