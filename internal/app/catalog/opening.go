package catalog

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// SetHours replaces a vendor's opening hours; version is the one that the caller saw, 0 for whatever it is.
// It returns NotFound, Forbidden, Precondition and Invalid.
func (s *Service) SetHours(ctx context.Context, actor domain.Actor, id domain.ID, version int, week []vendor.Slot) (VendorView, error) {
	hours, err := vendor.NewHours(week)
	if err != nil {
		return VendorView{}, err
	}
	return s.keep(ctx, change{actor: actor, needs: editVendor, version: version, on: onVendor(id),
		apply: func(_ context.Context, _ *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			if slices.Equal(p.Hours, hours) {
				return nil, nil
			}
			p.Hours = hours
			return &domain.Event{Type: "vendor.hours_changed", Data: map[string]any{"change": "hours"}}, nil
		}})
}

// Pause makes a vendor take no orders for so many minutes, or with 0 until somebody resumes. The end is rounded up to a
// whole minute, on which pages and lists are made afresh. It returns NotFound, Forbidden, Precondition and Invalid.
func (s *Service) Pause(ctx context.Context, actor domain.Actor, id domain.ID, version, minutes int, reason string) (VendorView, error) {
	reason, err := requiredText("reason", reason)
	if err != nil {
		return VendorView{}, err
	}
	until := vendor.Forever
	if minutes > 0 {
		until = wholeMinute(s.now(), minutes)
	}
	return s.keep(ctx, change{actor: actor, needs: takeOff, version: version, on: onVendor(id), deed: "vendor.pause",
		apply: func(_ context.Context, _ *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			if p.PausedUntil.Equal(until) && p.PauseReason == reason {
				return nil, nil
			}
			p.PausedUntil, p.PauseReason = until, reason
			data := map[string]any{"reason": reason}
			if until.Before(vendor.Forever) {
				data["until"] = until
			}
			return &domain.Event{Type: "vendor.paused", Data: data}, nil
		}})
}

// Resume ends a pause; without one nothing happens. It returns NotFound, Forbidden and Precondition.
func (s *Service) Resume(ctx context.Context, actor domain.Actor, id domain.ID, version int) (VendorView, error) {
	return s.keep(ctx, change{actor: actor, needs: takeOff, version: version, on: onVendor(id), deed: "vendor.resume",
		apply: func(_ context.Context, _ *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			if !p.Paused(s.now()) {
				return nil, nil
			}
			p.PausedUntil, p.PauseReason = time.Time{}, ""
			return &domain.Event{Type: "vendor.resumed"}, nil
		}})
}

// Bounds of a busy time, in minutes.
const (
	maxBusyMinutes = 120 // more for every order
	maxBusyTime    = 480
)

// SetBusy makes every order take so many minutes more, for a time of so many minutes, after which that ends by itself; 0 more
// ends it now. The end is rounded up as a pause's. It returns NotFound, Forbidden, Precondition and Invalid.
func (s *Service) SetBusy(ctx context.Context, actor domain.Actor, id domain.ID, version, more, minutes int) (VendorView, error) {
	switch {
	case more < 0 || more > maxBusyMinutes:
		return VendorView{}, domain.Invalidf("extraMinutes", "range", "must be from 0 to %d", maxBusyMinutes)
	case more > 0 && (minutes < 1 || minutes > maxBusyTime):
		return VendorView{}, domain.Invalidf("minutes", "range", "must be from 1 to %d", maxBusyTime)
	}
	until := wholeMinute(s.now(), minutes)
	return s.keep(ctx, change{actor: actor, needs: runMenu, version: version, on: onVendor(id),
		apply: func(_ context.Context, _ *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			if more == 0 {
				if !p.Busy(s.now()) {
					return nil, nil
				}
				p.BusyMinutes, p.BusyUntil = 0, time.Time{}
				return &domain.Event{Type: "vendor.busy_ended"}, nil
			}
			if p.BusyMinutes == more && p.BusyUntil.Equal(until) {
				return nil, nil
			}
			p.BusyMinutes, p.BusyUntil = more, until
			return &domain.Event{Type: "vendor.busy", Data: map[string]any{"extraMinutes": more, "until": until}}, nil
		}})
}

// wholeMinute is so many minutes from now, rounded up.
func wholeMinute(now time.Time, minutes int) time.Time {
	return now.UTC().Add(time.Duration(minutes)*time.Minute + time.Minute - 1).Truncate(time.Minute)
}

// Approve lets a vendor sell. It returns Forbidden for any role but staff, NotFound, Precondition,
// and Conflict when its standing forbids it or it has no owner ("vendor.no_owner").
func (s *Service) Approve(ctx context.Context, actor domain.Actor, id domain.ID, version int) (VendorView, error) {
	return s.judge(ctx, actor, id, version, vendor.VerbApprove, "")
}

// Reject turns a pending vendor down; errors as Approve's, and Invalid.
func (s *Service) Reject(ctx context.Context, actor domain.Actor, id domain.ID, version int, reason string) (VendorView, error) {
	return s.judge(ctx, actor, id, version, vendor.VerbReject, reason)
}

// Suspend stops an approved vendor from selling; errors as Approve's, and Invalid.
func (s *Service) Suspend(ctx context.Context, actor domain.Actor, id domain.ID, version int, reason string) (VendorView, error) {
	return s.judge(ctx, actor, id, version, vendor.VerbSuspend, reason)
}

// errNoOwner keeps a vendor from selling that nobody answers for, such as one whose only owner was erased.
var errNoOwner = domain.Errorf(domain.Conflict, "vendor.no_owner", "the vendor has no owner; name one first: POST /api/v1/admin/vendors/{id}/owner")

func (s *Service) judge(ctx context.Context, actor domain.Actor, id domain.ID, version int, verb, reason string) (VendorView, error) {
	clean := requiredText
	if verb == vendor.VerbApprove {
		clean = optionalText
	}
	reason, err := clean("reason", reason)
	if err != nil {
		return VendorView{}, err
	}
	return s.keep(ctx, change{actor: actor, needs: judge, version: version, on: onVendor(id), deed: "vendor." + verb,
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			step, err := vendor.Machine.Step(p.Status, verb, actor.Role)
			if err != nil {
				return nil, err
			}
			if verb == vendor.VerbApprove {
				if owners, err := tx.Owners(ctx, id); err != nil || owners == 0 {
					return nil, cmp.Or(err, error(errNoOwner))
				}
			}
			p.Status, p.StatusReason = step.To, reason
			return &domain.Event{Type: step.Event}, nil
		}})
}
