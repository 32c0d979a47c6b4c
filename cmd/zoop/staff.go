package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

func newStaff(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "staff",
		Short: "Invite people to the staff, list them, and let them go",
		Long: `Nobody signs up as staff: the first admin is invited with ` + "`zoop staff bootstrap`" + `, and invites the others.

invite, list and revoke ask the API, with ZOOP_API_URL and ZOOP_TOKEN, or that of the ` + "`zoop up`" + ` which runs on the data
directory. The token must be an admin's, or of support with the permission users; that which ` + "`zoop up`" + ` keeps has it not.`,
		Example: "  zoop staff bootstrap --email me@example.com\n  zoop staff invite sam@example.com --role support --permission refund,onboard\n  zoop staff list",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.staffInvite(), c.staffList(), c.staffRevoke(), c.staffBootstrap())
	return cmd
}

func (c *cli) staffInvite() *cobra.Command {
	var role, limit, output string
	var names []string
	cmd := &cobra.Command{
		Use:   "invite EMAIL",
		Short: "Invite somebody, who gets a token by mail",
		Long: `Invite somebody to the staff. They get a token by mail, which works once, for 72 hours. Inviting again sends a new token
with the new rights; the old one is dead.

Permissions of support: ` + strings.Join(domain.AllPermissions.Names(), ", ") + `. An admin has all.`,
		Example: `  zoop staff invite sam@example.com --role support --permission onboard --permission refund --refund-limit "INR 500.00"
  zoop staff invite ann@example.com --role admin`,
		Args: exactly(1, "EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if role == "" {
				return usageError{errors.New("--role is needed; see `zoop staff invite --help`")}
			}
			var rights rules.Rights
			var err error
			if rights.Permissions, err = domain.ParsePermissions(names); err != nil {
				return err
			}
			if limit != "" {
				if rights.RefundLimit, err = domain.ParseMoney("refund-limit", limit); err != nil {
					return err
				}
			}
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			i, err := boot.StaffInvite(cmd.Context(), cfg, c.dataDir, args[0], domain.Role(role), rights)
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(i)
			}
			printf(c.out, "%s is invited as %s, until %s\n", sanitize.Line(i.Email), i.Role, stamp(i.ExpiresAt))
			return nil
		},
	}
	f := cmd.Flags()
	f.Var(&choice{&role, []string{"admin", "support"}}, "role", "admin or support")
	f.StringSliceVar(&names, "permission", nil, "what support may do; may be given again")
	f.StringVar(&limit, "refund-limit", "", `what support may give back at once, such as "INR 500.00" (default nothing)`)
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) staffList() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the staff and open invitations",
		Example: "  zoop staff list\n  zoop staff list -o json | jq -r '.members[] | select(.status == \"suspended\") | .email'",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			staff, err := boot.StaffList(cmd.Context(), cfg, c.dataDir)
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(staff)
			}
			w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
			printf(w, "EMAIL\tROLE\tSTATUS\tPERMISSIONS\tREFUND LIMIT\n")
			for _, m := range staff.Members {
				printf(w, "%s\t%s\t%s\t%s\n", sanitize.Line(m.Email), m.Role, m.Status, rightsOf(string(m.Role), m.Permissions, m.RefundLimit))
			}
			for _, i := range staff.Invitations {
				printf(w, "%s\t%s\tinvited until %s\t%s\n", sanitize.Line(i.Email), i.Role, stamp(i.ExpiresAt), rightsOf(string(i.Role), i.Permissions, i.RefundLimit))
			}
			return w.Flush()
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

// printJSON writes a value on one line that no terminal takes for more than text.
func (c *cli) printJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	_, err = fmt.Fprintf(c.out, "%s\n", sanitize.JSON(text))
	return err
}

// rightsOf are two cells of the list.
func rightsOf(role string, permissions []dto.Permission, limit *dto.Money) string {
	if domain.Role(role) == domain.RoleAdmin {
		return "all\tunlimited"
	}
	names := make([]string, len(permissions))
	for i, p := range permissions {
		names[i] = string(p)
	}
	amount := "-"
	if limit != nil {
		if m := (domain.Money{Amount: limit.Amount, Currency: domain.Currency(limit.Currency)}); m.Currency == rules.AnyCurrency {
			amount = m.Decimal() + " of any currency"
		} else {
			amount = m.String()
		}
	}
	if len(names) == 0 {
		names = []string{"-"}
	}
	return fmt.Sprintf("%s\t%s", strings.Join(names, ","), amount)
}

func (c *cli) staffRevoke() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "revoke EMAIL",
		Short: "Take an invitation back, or suspend a member and end their sessions",
		Long: `Take back the open invitation of an address, and suspend its account on the staff: all its sessions end at once, and the
invitations that it has sent are void. POST /api/v1/admin/users/{id}/reinstate lets a member in again.`,
		Example: "  zoop staff revoke sam@example.com --reason \"left the company\"",
		Args:    exactly(1, "EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			invitation, member, err := boot.StaffRevoke(cmd.Context(), cfg, c.dataDir, args[0], reason)
			if invitation {
				printf(c.out, "the invitation is taken back\n")
			}
			if member {
				printf(c.out, "the account is suspended, its sessions have ended\n")
			}
			return err
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "left the staff", "why, for the others on the staff to read")
	return cmd
}

func (c *cli) staffBootstrap() *cobra.Command {
	var email string
	var mailed bool
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Invite the first admin, straight in the database",
		Long: `Invite the marketplace's first admin, straight in the database, and print a token, once, alone on the standard output. Who
brings it to POST /api/v1/auth/invitations/accept within 72 hours is the admin of the address. Run again, it makes another
token, and the one before is dead; so is the last one once there is an active admin, who invites the others.

It exits with 5 when there is an active admin. There is no way to force it: who has lost all admins' mailboxes mints a token
with ` + "`zoop token --role admin`" + ` and suspends those.`,
		Example: `  token=$(zoop staff bootstrap --email me@example.com)
  export ZOOP_TOKEN=$(curl -s -d '{"token":"'$token'","firstName":"Mira"}' -H 'Content-Type: application/json' \
    "$ZOOP_API_URL/api/v1/auth/invitations/accept" | jq -r .accessToken)
  zoop staff invite sam@example.com --role support --permission refund
  zoop staff bootstrap --email me@example.com --mail`,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if email == "" {
				return usageError{errors.New("--email is needed; see `zoop staff bootstrap --help`")}
			}
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			token, err := boot.StaffBootstrap(cmd.Context(), cfg, email, mailed)
			if err != nil {
				return err
			}
			if mailed {
				printf(c.err, "a letter with the token is on its way\n")
				return nil
			}
			printf(c.out, "%s\n", token)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&email, "email", "", "whose account it will be")
	f.BoolVar(&mailed, "mail", false, "send the token to the address, and do not print it")
	return cmd
}
