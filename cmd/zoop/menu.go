package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

func newMenu(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "menu",
		Short: "Import and export the whole menu of a vendor, as JSON or CSV; say that a dish is sold out, or back",
		Long: `Import and export the whole menu of a vendor, as JSON or CSV; say that a dish is sold out, or back.

All of it asks the API, with ZOOP_API_URL and ZOOP_TOKEN: the access token of an owner or manager of the vendor, or one of its API keys
for menu:write. Staff may export, and not import: a menu is its vendor's to change; with the permission pause_vendors they say what is
sold out. For both the token that is kept in the data directory will do where there is no ZOOP_TOKEN. docs/menus.md describes the columns of the CSV.`,
		Example: "  zoop menu export 01890a5d-ac96-774b-bcce-b302099a8057 menu.csv\n  zoop menu import 01890a5d-ac96-774b-bcce-b302099a8057 menu.csv --dry-run",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.menuExport(), c.menuImport(), c.menuSoldOut(), c.menuBack())
	return cmd
}

func (c *cli) menuExport() *cobra.Command {
	var format string
	var state bool
	cmd := &cobra.Command{
		Use:   "export VENDOR [FILE]",
		Short: "Write a vendor's menu to a file, or to the standard output",
		Long: `Write a vendor's menu to a file; without one, or to -, to the standard output. It is what the import reads, which changes
nothing then. Stock, and what is sold out, is in it with --state only: an import leaves both alone where the file does not say,
and takes a stock that it says as counted at that moment, whatever was ordered since the export.`,
		Example: "  zoop menu export 01890a5d-ac96-774b-bcce-b302099a8057 > menu.json\n  zoop menu export 01890a5d-ac96-774b-bcce-b302099a8057 menu.csv --state",
		Args:    between(1, 2, "VENDOR [FILE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			vendor, cfg, err := c.loadForVendor(cmd, args)
			if err != nil {
				return err
			}
			file := fileArg(args)
			var text strings.Builder // nothing is written of a menu that does not come whole
			if err := boot.MenuExport(cmd.Context(), cfg, c.dataDir, vendor, formatOf(format, file), state, &text); err != nil {
				return err
			}
			if file == "-" {
				_, err := io.WriteString(c.out, text.String())
				return err
			}
			return os.WriteFile(file, []byte(text.String()), 0o644) //nolint:gosec // a menu is public
		},
	}
	menuFormat(cmd, &format)
	cmd.Flags().BoolVar(&state, "state", false, "with stock, and what is sold out")
	return cmd
}

func (c *cli) menuImport() *cobra.Command {
	var m boot.MenuImport
	var output string
	cmd := &cobra.Command{
		Use:   "import VENDOR FILE",
		Short: "Make a file the whole menu of a vendor, and say what has changed",
		Long: `Make a file, or with - the standard input, the whole menu of a vendor, at once or not at all, and say what has changed: what
the file does not name goes. Things are the same by their IDs, or where the file has none by their names, dishes within their
category. The menu before is kept: the API lists and restores it at /api/v1/vendors/VENDOR/menu/versions.

It exits with 2 when the file cannot be read as a menu, 1 when the API refuses it, and 5 when somebody has changed the menu since
the version that --if-version says.`,
		Example: `  zoop menu import 01890a5d-ac96-774b-bcce-b302099a8057 menu.csv --dry-run
  zoop menu import 01890a5d-ac96-774b-bcce-b302099a8057 menu.csv --if-version 42
  zoop menu export $FROM | zoop menu import $TO - --by-name -o json`,
		Args: exactly(2, "VENDOR FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			vendor, cfg, err := c.loadForVendor(cmd, args)
			if err != nil {
				return err
			}
			m.Format = formatOf(m.Format, args[1])
			from := c.in
			if args[1] != "-" {
				if from, err = os.Open(args[1]); err != nil {
					return err
				}
				defer func() { _ = from.Close() }()
			}
			diff, err := boot.ImportMenu(cmd.Context(), cfg, vendor, m, from)
			if err != nil {
				return foreign(err, m)
			}
			if output == "json" {
				return c.printJSON(diff)
			}
			c.printDiff(diff, m.Trial)
			return nil
		},
	}
	menuFormat(cmd, &m.Format)
	f := cmd.Flags()
	f.BoolVar(&m.Trial, "dry-run", false, "only say what would change")
	f.BoolVar(&m.ByName, "by-name", false, "leave out the IDs in the file: for the menu of another vendor")
	f.IntVar(&m.Version, "if-version", 0, "only if nobody has changed the menu since this version of the vendor")
	outputFlag(cmd, &output)
	return cmd
}

// foreign says what may help where a file's IDs are not the vendor's.
func foreign(err error, m boot.MenuImport) error {
	var p *client.Problem
	if m.ByName || !errors.As(err, &p) || !slices.ContainsFunc(p.Errors, func(f dto.FieldProblem) bool { return f.Code == "unknown" && strings.HasSuffix(f.Field, "id") }) {
		return err
	}
	return fmt.Errorf("%w\n--by-name leaves out the IDs in the file: for the menu of another vendor", err)
}

func menuFormat(cmd *cobra.Command, into *string) {
	cmd.Flags().VarP(&choice{into, []string{boot.MenuJSON, boot.MenuCSV}}, "format", "f", "json or csv (default by the file's name, else json)")
}

// loadForVendor reads the vendor that the first argument names, and the settings.
func (c *cli) loadForVendor(cmd *cobra.Command, args []string) (domain.ID, *config.Config, error) {
	vendor, err := domain.ParseID(args[0])
	if err != nil {
		return vendor, nil, usageError{errors.New("VENDOR must be the ID of a vendor")}
	}
	cfg, err := c.loadLocal(cmd)
	return vendor, cfg, err
}

func fileArg(args []string) string {
	if len(args) < 2 {
		return "-"
	}
	return args[1]
}

func formatOf(format, file string) string {
	if format == "" && strings.EqualFold(filepath.Ext(file), ".csv") {
		return boot.MenuCSV
	}
	if format == "" {
		return boot.MenuJSON
	}
	return format
}

// printDiff writes a line for each thing that has changed, and what all of it comes to.
func (c *cli) printDiff(d dto.MenuDiff, trial bool) {
	c.printDifferences("category", d.Categories)
	c.printDifferences("dish", d.Dishes)
	c.printCounts("categories", d.Categories)
	c.printCounts("dishes", d.Dishes)
	if trial {
		printf(c.out, "nothing was written; the vendor's version is %d\n", d.Version)
		return
	}
	printf(c.out, "the vendor's version is now %d\n", d.Version)
}

func (c *cli) printDifferences(kind string, d dto.MenuDifferences) {
	for _, of := range []struct {
		sign string
		list []dto.MenuDifference
	}{{"-", d.Removed}, {"+", d.Added}, {"~", d.Changed}} {
		for _, one := range of.list {
			printf(c.out, "%s %-8s  %s\n", of.sign, kind, sanitize.Line(difference(one)))
		}
	}
}

func (c *cli) printCounts(kind string, d dto.MenuDifferences) {
	printf(c.out, "%s: %d added, %d changed, %d removed, %d unchanged\n", kind, len(d.Added), len(d.Changed), len(d.Removed), len(d.Unchanged))
}

func difference(d dto.MenuDifference) string {
	text := d.Name
	if d.Category != nil {
		text = *d.Category + " / " + text
	}
	for i, f := range d.Fields {
		separator := ", "
		if i == 0 {
			separator = ": "
		}
		text += fmt.Sprintf("%s%s %s → %s", separator, f.Field, shown(f.Before), shown(f.After))
	}
	return text
}

func shown(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}
