package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
)

func (c *cli) dispatchAssign() *cobra.Command {
	var output string
	var override bool
	cmd := &cobra.Command{
		Use:   "assign ORDER COURIER [--override]",
		Short: "Give an order that nobody has fetched to a courier, who is not asked",
		Long: `Give an order that nobody has fetched to a courier, who is not asked: call them. Whoever it was offered or given to loses it. COURIER is
a courier's ID, or its short form such as c-8057 where one courier at work alone has it; ` + "`zoop dispatch explain ORDER`" + ` names
some who could go, and ` + "`zoop couriers work`" + ` those at work.

A courier who is offline, away, off their shift, thinking about an offer or who picks up elsewhere gets it only with --override. It exits
with 5 when they cannot, when the food was fetched meanwhile, or when somebody has changed the order since it was read.`,
		Example: "  zoop dispatch assign 7K3P0Q 01890a5d-ac96-774b-bcce-b302099a8057\n" +
			"  zoop dispatch assign 7K3P0Q 01890a5d-ac96-774b-bcce-b302099a8057 --override -o json | jq .delivery",
		Args: exactly(2, "ORDER COURIER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			short := isShortCourier(args[1])
			courier, err := courierID(args[1])
			if err != nil && !short {
				return err
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			if short {
				if courier, err = orders.CourierCalled(cmd.Context(), args[1]); err != nil {
					return err
				}
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			after, err := orders.Assign(cmd.Context(), o, courier, override)
			if err != nil {
				return advised(meanwhile(cmd.Context(), orders, o, err), o)
			}
			return c.printDelivery(after, output)
		},
	}
	cmd.Flags().BoolVar(&override, "override", false, "though they could not be asked: they know of it")
	outputFlag(cmd, &output)
	return cmd
}

// isShortCourier says whether a text is how views write a courier: c- and the end of the ID.
func isShortCourier(text string) bool {
	end, found := strings.CutPrefix(text, "c-")
	return found && len(end) == 4 && strings.Trim(end, "0123456789abcdef") == ""
}

func (c *cli) dispatchTakeAway() *cobra.Command {
	var reason, output string
	cmd := &cobra.Command{
		Use:   "take-away ORDER --reason REASON",
		Short: "Take an order that nobody has fetched from its courier, and look for another one",
		Long: `Take an order that nobody has fetched from whoever it was offered or given to. Another courier is looked for at once. It exits with 5
when nobody has it, when the food was fetched meanwhile, or when somebody has changed the order since it was read.

Reasons: ` + strings.Join(takeAwayReasons, ", ") + `.`,
		Example: "  zoop dispatch take-away 7K3P0Q --reason NOT_MOVING\n  zoop dispatch take-away 7K3P0Q --reason ACCIDENT -o json",
		Args:    exactly(1, "ORDER --reason REASON"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usageError{fmt.Errorf("--reason is needed: %s", strings.Join(takeAwayReasons, ", "))}
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			after, err := orders.TakeAway(cmd.Context(), o, dto.TakeAwayReason(reason))
			if err != nil {
				return advised(meanwhile(cmd.Context(), orders, o, err), o)
			}
			return c.printDelivery(after, output)
		},
	}
	cmd.Flags().Var(&choice{&reason, takeAwayReasons}, "reason", "why; it is in the order's timeline")
	outputFlag(cmd, &output)
	return cmd
}

var takeAwayReasons = []string{
	string(dto.TakeAwayReasonNOTMOVING), string(dto.TakeAwayReasonUNREACHABLE), string(dto.TakeAwayReasonACCIDENT), string(dto.TakeAwayReasonVEHICLE),
	string(dto.TakeAwayReasonOTHER),
}

func (c *cli) dispatchRescue() *cobra.Command {
	var reason, at, output string
	cmd := &cobra.Command{
		Use:   "rescue ORDER --reason REASON [--at LAT,LNG]",
		Short: "Have another courier fetch food from one who cannot bring it",
		Long: `Have another courier fetch food from one who has it and cannot bring it: where they were seen last, or --at a place. Another one is
looked for at once, and told whom to call. It exits with 5 when no courier is on the way with the food, when nobody knows where it is, or
when somebody has changed the order since it was read. Food that nobody has fetched yet is for ` + "`zoop dispatch take-away`" + `.

Reasons: ` + strings.Join(rescueReasons, ", ") + `.`,
		Example: "  zoop dispatch rescue 7K3P0Q --reason ACCIDENT\n  zoop dispatch rescue 7K3P0Q --reason UNREACHABLE --at 28.6139,77.2090 -o json",
		Args:    exactly(1, "ORDER --reason REASON"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason == "" {
				return usageError{fmt.Errorf("--reason is needed: %s", strings.Join(rescueReasons, ", "))}
			}
			where, err := pointFlag("at", at)
			if err != nil {
				return err
			}
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			after, err := orders.Rescue(cmd.Context(), o, dto.RescueRequest{Reason: dto.RescueReason(reason), Location: where})
			if err != nil {
				return advised(meanwhile(cmd.Context(), orders, o, err), o)
			}
			return c.printDelivery(after, output)
		},
	}
	cmd.Flags().Var(&choice{&reason, rescueReasons}, "reason", "why; it is in the order's timeline")
	cmd.Flags().StringVar(&at, "at", "", "where the food is, as latitude and longitude (28.6139,77.2090)")
	outputFlag(cmd, &output)
	return cmd
}

var rescueReasons = []string{
	string(dto.RescueReasonUNREACHABLE), string(dto.RescueReasonACCIDENT), string(dto.RescueReasonVEHICLE), string(dto.RescueReasonOTHER),
}

// pointFlag reads a place on the Earth; nil where there is none.
func pointFlag(name, text string) (*dto.Point, error) {
	if text == "" {
		return nil, nil
	}
	lat, lng, _ := strings.Cut(text, ",")
	p := dto.Point{}
	var err1, err2 error
	p.Lat, err1 = strconv.ParseFloat(strings.TrimSpace(lat), 64)
	p.Lng, err2 = strconv.ParseFloat(strings.TrimSpace(lng), 64)
	if err1 != nil || err2 != nil || !(math.Abs(p.Lat) <= 90) || !(math.Abs(p.Lng) <= 180) {
		return nil, usageError{fmt.Errorf("--%s must be a latitude from -90 to 90 and a longitude from -180 to 180, such as 28.6139,77.2090", name)}
	}
	return &p, nil
}

func (c *cli) dispatchLose() *cobra.Command {
	var output string
	var sure bool
	cmd := &cobra.Command{
		Use:   "lose ORDER",
		Short: "Give up on food that is on its way and that nobody will bring",
		Long: `Give up on food that is on its way and that nobody will bring. Its order cannot be delivered, at the marketplace's cost, and its
customer is told; it ends with POST /api/v1/orders/{id}/return, which gives the money back. Where the food may still come, another
courier can fetch it: zoop dispatch rescue. The order is shown first, and its number has to be typed; --yes does without. It exits with
5 when the food was not fetched, when the order has ended, or when somebody has changed it since it was shown.`,
		Example: "  zoop dispatch lose 7K3P0Q\n  zoop dispatch lose 7K3P0Q --yes -o json | jq .state",
		Args:    exactly(1, "ORDER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			orders, err := c.orders(cmd)
			if err != nil {
				return err
			}
			o, err := orders.Order(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := c.confirm(o.Number, sure, func() { c.announce(o) }); err != nil {
				return err
			}
			after, err := orders.Lose(cmd.Context(), o)
			if err != nil {
				return advised(meanwhile(cmd.Context(), orders, o, err), o)
			}
			return c.printDelivery(after, output)
		},
	}
	yesFlag(cmd, &sure)
	outputFlag(cmd, &output)
	return cmd
}

// advised adds to a conflict what to do next.
func advised(err error, o dto.Order) error {
	var p *client.Problem
	if !errors.As(err, &p) {
		return err
	}
	advice := ""
	switch p.Code {
	case "courier.excluded":
		if advice = "choose another one: zoop dispatch explain " + o.Number; p.Details["overridable"] == true {
			advice = "if they know of it, add --override"
		}
	case "courier.busy", "courier.cash_limit", "courier.not_approved":
		advice = "choose another one: zoop dispatch explain " + o.Number
	case "delivery.no_position":
		advice = "ask the courier or the customer, and add --at LAT,LNG; or give up: zoop dispatch lose " + o.Number
	case "delivery.illegal_transition", "order.illegal_transition":
		advice = "see how it stands: zoop orders timeline " + o.Number
	}
	if p.Status == 412 {
		advice = "somebody has changed it: look at it (zoop dispatch explain " + o.Number + "), and do it again if it is still right"
	}
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w\n%s", err, advice)
}

// printDelivery says who brings an order now.
func (c *cli) printDelivery(o dto.Order, output string) error {
	if output == "json" {
		return c.printJSON(o)
	}
	text := fmt.Sprintf("order %s is %s, version %d; its delivery is %s", o.Number, o.State, o.Version, o.Delivery.State)
	switch {
	case o.Courier == nil:
	case o.Delivery.State == dto.DeliveryStateAssigned:
		text += " to " + o.Courier.Name
	default:
		text += ", with " + o.Courier.Name
	}
	row(c.out, text)
	return nil
}
