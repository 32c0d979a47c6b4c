package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/domain"
)

func newToken(c *cli) *cobra.Command {
	var m account.Mint
	var role, limit string
	var permissions []string
	var sure bool
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Mint an access token straight from the database",
		Long: `Mint an access token straight from the database and print it, alone, on the standard output. For operators and tests:
whoever may run this holds the database anyway.

A new account of support may do the day's work; --permission sets what it may, and --refund-limit how much it may give back at
once, which is nothing until then, also of one that exists, whose other sessions end then. The account is made unless the address has
one; a courier, or the vendors that it owns, become approved without documents, for development, unless staff have rejected or suspended
them: that stays. A suspended account is refused, and so is an address whose account has another role: a role never changes. The token
cannot be refreshed. It ends after --ttl, or when it logs out (POST /api/v1/auth/logout).

Without --yes this works in one database only: that of the ` + "`zoop up`" + ` that runs on the data directory. Any other one, that
ZOOP_DATABASE_URL names, may be in production.`,
		Example: `  zoop token --email ops@example.com --role support
  zoop token --email audit@example.com --role support --permission users,audit
  zoop token --email sam@example.com --role support --permission refund --refund-limit "INR 500.00"
  export ZOOP_TOKEN=$(zoop token --email me@example.com --role customer --name "Asha Rao" --ttl 1h)
  curl -H "Authorization: Bearer $ZOOP_TOKEN" http://127.0.0.1:4000/api/v1/me`,
		Args: exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if m.Email == "" || role == "" {
				return usageError{errors.New("--email and --role are needed; see `zoop token --help`")}
			}
			m.Role = domain.Role(role)
			if err := mintRights(&m, cmd.Flags().Changed("permission"), permissions, limit); err != nil {
				return err
			}
			cfg, err := c.loadLocal(cmd)
			if err != nil {
				return err
			}
			minted, err := boot.Token(cmd.Context(), cfg, c.dataDir, sure, m)
			if err != nil {
				return err
			}
			printf(c.out, "%s\n", minted.Token)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&m.Email, "email", "", "whose account")
	f.Var(&choice{&role, []string{"customer", "vendor", "courier", "admin", "support"}}, "role", "customer, vendor, courier, admin or support")
	f.StringVar(&m.Name, "name", "", "name of a new account (default what stands before the @)")
	f.StringSliceVar(&permissions, "permission", nil, "what support may do from now on; may be given again: "+strings.Join(domain.AllPermissions.Names(), ", "))
	f.StringVar(&limit, "refund-limit", "", `what support may give back at once from now on, such as "INR 500.00" (default what it may already: a new account nothing)`)
	f.DurationVar(&m.TTL, "ttl", 0, "how long it works, at most 24h (default 12h)")
	f.BoolVar(&sure, "yes", false, "also in a database that may be in production")
	return cmd
}

// mintRights reads what support may do, where it is given.
func mintRights(m *account.Mint, given bool, permissions []string, limit string) error {
	if given {
		set, err := domain.ParsePermissions(permissions)
		if err != nil {
			return err
		}
		m.Permissions = &set
	}
	if limit != "" {
		most, err := domain.ParseMoney("refund-limit", limit)
		if err != nil {
			return err
		}
		m.RefundLimit = &most
	}
	return nil
}
