package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

func newAudit(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Read the audit log, and prove that nobody changed it",
		Long: `Every deed of staff, and every change of who may do what, is an entry of the audit log: who, as whom, from where, what,
before and after. Entries are never changed or deleted, and each carries the hash of the one before it.`,
		Example: "  zoop audit tail --follow\n  zoop audit verify",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.auditTail(), c.auditVerify())
	return cmd
}

func (c *cli) auditTail() *cobra.Command {
	var tail boot.AuditTail
	var actor, output string
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Print the newest entries, and follow what comes",
		Long: `Print the newest entries of the audit log, oldest of them first, and with --follow each new one as it is committed, once.

It asks the API of the ` + "`zoop up`" + ` that runs on the data directory, with the staff token kept there, or ZOOP_API_URL with
ZOOP_TOKEN; the token needs the permission audit.`,
		Example: `  zoop audit tail
  zoop audit tail -f --action vendor.suspend
  zoop audit tail -n 1000 -o json | jq -r .action | sort | uniq -c`,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if tail.Last < 0 || tail.Last > boot.MaxAuditTail {
				return usageError{fmt.Errorf("-n must be from 0 to %d", boot.MaxAuditTail)}
			}
			if actor != "" {
				var err error
				if tail.Filter.Actor, err = domain.ParseID(actor); err != nil {
					return usageError{errors.New("--actor must be the UUID of an account")}
				}
			}
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			tail.Away = func(err error) {
				if err != nil {
					printf(c.err, "zoop: the API is away, still trying: %v\n", err)
					return
				}
				printf(c.err, "zoop: the API is back\n")
			}
			return tail.Run(cmd.Context(), cfg, c.dataDir, func(e dto.AuditEntry) error { return c.printAudit(e, output) })
		},
	}
	f := cmd.Flags()
	f.IntVarP(&tail.Last, "lines", "n", 50, "begin with so many of the newest entries")
	f.BoolVarP(&tail.Follow, "follow", "f", false, "go on with what comes")
	f.StringVar(&tail.Filter.Action, "action", "", "only this kind of deed, such as vendor.suspend")
	f.StringVar(&actor, "actor", "", "only deeds of this account, by its ID")
	output = "text"
	f.VarP(&choice{&output, []string{"text", "json"}}, "output", "o", "text or json, a line for each entry")
	return cmd
}

// printAudit writes an entry on one line that no terminal takes for more than text.
func (c *cli) printAudit(e dto.AuditEntry, output string) error {
	if output == "json" {
		text, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("encode entry: %w", err)
		}
		_, err = fmt.Fprintf(c.out, "%s\n", sanitize.JSON(text))
		return err
	}
	subject := e.Subject
	if e.SubjectID != nil {
		subject += ":" + e.SubjectID.String()
	}
	parts := []string{
		e.At.UTC().Format("2006-01-02T15:04:05.000Z"), fmt.Sprint(e.Place), e.Action, subject, "by=" + auditActor(e.Actor),
		label("from=", e.Address), label("request=", e.RequestID), facts("before=", e.Before), facts("after=", e.After),
	}
	line := ""
	for _, part := range parts {
		if part != "" {
			line += " " + sanitize.Line(part)
		}
	}
	_, err := fmt.Fprintln(c.out, strings.TrimPrefix(line, " "))
	return err
}

// auditActor names who acted, and through what.
func auditActor(a dto.AuditActor) string {
	text := string(a.Role)
	for _, part := range []struct {
		name string
		id   *dto.ID
	}{{"", a.ID}, {"session=", a.SessionID}, {"key=", a.KeyID}, {"vendor=", a.VendorID}} {
		if part.id != nil {
			text += "," + part.name + part.id.String()
		}
	}
	return text
}

func label(name, value string) string {
	if value == "" {
		return ""
	}
	return name + value
}

func facts(name string, facts map[string]any) string {
	if len(facts) == 0 {
		return ""
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return name + "?"
	}
	return name + string(text)
}

func (c *cli) auditVerify() *cobra.Command {
	var noted []string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Compare every entry with the chain of hashes; exit 6 when one was changed or is gone",
		Long: `Read the whole audit log straight from the database and compare every entry with the chain of hashes. It prints the place
and hash of the newest entry. Keep that somewhere else: given back with --noted, it shows later that nothing up to it was
changed, even by somebody who could write every hash anew.`,
		Example: "  zoop audit verify\n  zoop audit verify --noted \"$(cat audit-2026-03.txt)\"",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			marks := make([]postgres.Mark, len(noted))
			for i, text := range noted {
				var err error
				if marks[i], err = postgres.ParseMark(strings.TrimSpace(text)); err != nil {
					return err
				}
			}
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			report, err := boot.VerifyAudit(cmd.Context(), cfg, marks)
			if err != nil {
				return err
			}
			for _, wrong := range report.Wrong {
				printf(c.err, "%s\n", wrong)
			}
			if len(report.Wrong) > 0 {
				return errFound
			}
			printf(c.out, "%s\n", report.End)
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&noted, "noted", nil, "what an earlier run printed; may be given again")
	return cmd
}
