package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

func newPromotions(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "promotions",
		Short: "Make promotions and coupons, see what they cost, and pause or end them",
		Long: `Make promotions and coupons, see what they cost, and pause or end them.

All of it asks the API, with ZOOP_API_URL and ZOOP_TOKEN, or that of the ` + "`zoop up`" + ` which runs on the data directory and the
staff token kept there. The token must be an admin's, or of support with the permission pricing.

PROMOTION is a promotion's ID or its code, in capitals or not.`,
		Example: "  zoop promotions list --state active\n" +
			"  zoop promotions create --code JUNE10 --label \"10% in June\" --percent 10% --cap \"INR 100.00\"\n  zoop promotions pause JUNE10",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		c.promotionsList(), c.promotionsGet(), c.promotionsCreate(),
		c.promotionsStep("pause", "Stop a promotion for the time being; a vendor's own is then resumed by staff alone"),
		c.promotionsStep("resume", "Go on with a paused promotion"),
		c.promotionsStep("end", "End a promotion now; orders that have used it keep their price"),
	)
	return cmd
}

// rules is the way to the API's rules of prices.
func (c *cli) rules(cmd *cobra.Command) (*boot.Rules, error) {
	cfg, err := c.loadLocal(cmd)
	if err != nil {
		return nil, err
	}
	return boot.OpenRules(cfg, c.dataDir)
}

func (c *cli) promotionsList() *cobra.Command {
	var state, code, vendor, by, cursor, output string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List promotions, newest first",
		Long: `List promotions of the marketplace and of vendors, newest first: those that fit all of the filters. When there are more, the
cursor to go on with is said on the standard error; as JSON it is nextCursor.`,
		Example: "  zoop promotions list --state active\n  zoop promotions list --by vendors --limit 1000 -o json | jq -r '.data[] | [.vendorId, .label, .used] | @tsv'",
		Args:    exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			maker, err := idFlag("vendor", vendor)
			if err != nil {
				return err
			}
			if limit < 1 || limit > boot.MostRules {
				return usageError{fmt.Errorf("--limit must be from 1 to %d", boot.MostRules)}
			}
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			f := client.PromotionFilter{State: dto.PromotionState(state), Code: code, Vendor: maker, By: dto.ListPromotionsParamsBy(by)}
			list, err := rules.Promotions(cmd.Context(), f, limit, cursor)
			if err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(list)
			}
			return c.printPromotions(list)
		},
	}
	outputFlag(cmd, &output)
	f := cmd.Flags()
	f.Var(&choice{&state, []string{"scheduled", "active", "paused", "ended"}}, "state", "only those in this state: scheduled, active, paused or ended")
	f.StringVar(&code, "code", "", "only that of this code")
	f.StringVar(&vendor, "vendor", "", "only those that this vendor has made, by its ID")
	f.Var(&choice{&by, []string{"marketplace", "vendors"}}, "by", "only the marketplace's own, or only vendors'")
	f.IntVar(&limit, "limit", 50, fmt.Sprintf("list at most so many, up to %d", boot.MostRules))
	f.StringVar(&cursor, "cursor", "", "go on where another list ended")
	return cmd
}

func (c *cli) printPromotions(list dto.PromotionList) error {
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	row(w, "CODE", "STATE", "LABEL", "TAKES OFF", "USED", "ENDS", "BY", "ID")
	for _, p := range list.Data {
		row(w, textOr(p.Code, "-"), string(p.State), p.Label, benefitText(p), usesText(p), stampOr(p.EndsAt, "-"), makerText(p), p.ID.String())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if list.NextCursor != nil {
		printf(c.err, "there are more: --cursor %s\n", sanitize.Line(*list.NextCursor))
	}
	return nil
}

// benefitText says what a promotion takes off.
func benefitText(p dto.Promotion) string {
	var text string
	switch {
	case p.Benefit == dto.Percent && p.Share != nil:
		text = domain.BasisPoints(*p.Share).Percent()
	case p.Benefit == dto.Flat && p.Amount != nil:
		return amount(*p.Amount)
	default:
		text = strings.ReplaceAll(string(p.Benefit), "_", " ")
	}
	if p.Cap != nil {
		text += " up to " + amount(*p.Cap)
	}
	return text
}

func usesText(p dto.Promotion) string {
	if p.Limit == nil {
		return strconv.Itoa(p.Used)
	}
	return fmt.Sprintf("%d of %d", p.Used, *p.Limit)
}

func makerText(p dto.Promotion) string {
	if p.VendorID == nil {
		return "marketplace"
	}
	return p.VendorID.String()
}

func textOr(text *string, none string) string {
	if text == nil {
		return none
	}
	return *text
}

func stampOr(at *time.Time, none string) string {
	if at == nil {
		return none
	}
	return stamp(*at)
}

func (c *cli) promotionsGet() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "get PROMOTION",
		Short:   "Show a promotion, how often it was used, and what that cost whom",
		Example: "  zoop promotions get JUNE10\n  zoop promotions get JUNE10 -o json | jq .spent",
		Args:    exactly(1, "PROMOTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			p, err := rules.Promotion(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.printPromotion(p, output)
		},
	}
	outputFlag(cmd, &output)
	return cmd
}

func (c *cli) printPromotion(p dto.Promotion, output string) error {
	if output == "json" {
		return c.printJSON(p)
	}
	w := tabwriter.NewWriter(c.out, 0, 8, 2, ' ', 0)
	fact := func(name, value string) {
		if value != "" {
			row(w, name, value)
		}
	}
	fact("promotion", p.ID.String())
	fact("code", textOr(p.Code, ""))
	fact("label", p.Label)
	state := fmt.Sprintf("%s, version %d", p.State, p.Version)
	if p.Held {
		state += ", paused by staff"
	}
	fact("state", state)
	fact("by", makerText(p))
	fact("takes off", benefitText(p))
	if p.MinOrder != nil {
		fact("from", amount(*p.MinOrder))
	}
	fact("borne by", domain.BasisPoints(p.VendorShare).Percent()+" the vendor")
	fact("for", scopeText(p))
	fact("starts", stampOr(p.StartsAt, ""))
	fact("ends", stampOr(p.EndsAt, ""))
	for _, win := range p.Windows {
		fact("hours", windowText(win))
	}
	if p.PerCustomer != nil {
		fact("each may", strconv.Itoa(*p.PerCustomer)+" times")
	}
	fact("used", usesText(p))
	for _, s := range p.Spent {
		fact("spent", amount(s.Vendor)+" by vendors, "+amount(s.Platform)+" by the marketplace")
	}
	return w.Flush()
}

// scopeText says whom a promotion is for.
func scopeText(p dto.Promotion) string {
	parts := append([]string{}, p.Cities...)
	parts = append(parts, p.Cuisines...)
	for _, v := range p.Vendors {
		parts = append(parts, v.String())
	}
	if p.FirstOrder {
		parts = append(parts, "first orders")
	}
	if p.Alone {
		parts = append(parts, "with no other promotion")
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, ", ")
}

func windowText(w dto.Window) string {
	days := make([]string, len(w.Days))
	for i, d := range w.Days {
		days[i] = string(d)
	}
	return strings.Join(days, ",") + " " + w.From + "-" + w.To
}

func (c *cli) promotionsStep(verb, short string) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     verb + " PROMOTION",
		Short:   short,
		Long:    short + ".\n\nIt exits with 5 when somebody changes the promotion at the same moment, or when it has ended.",
		Example: "  zoop promotions " + verb + " JUNE10\n  zoop promotions " + verb + " 01890a5d-ac96-774b-bcce-b302099a8057 -o json",
		Args:    exactly(1, "PROMOTION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			rules, err := c.rules(cmd)
			if err != nil {
				return err
			}
			p, err := rules.Promotion(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if p, err = rules.StepPromotion(cmd.Context(), p, verb); err != nil {
				return err
			}
			if output == "json" {
				return c.printJSON(p)
			}
			row(c.out, fmt.Sprintf("promotion %s is %s, version %d; used %s", textOr(p.Code, p.ID.String()), p.State, p.Version, usesText(p)))
			return nil
		},
	}
	outputFlag(cmd, &output)
	return cmd
}
