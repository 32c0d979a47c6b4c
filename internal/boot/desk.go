package boot

import (
	"context"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
)

// MostDesk bounds how many rows one list of the desk reads.
const MostDesk = 1000

// Desk is what vendors and couriers have to do now, at the settings' API, for staff. Errors of its methods: *client.Problem.
type Desk struct{ *client.Client }

// OpenDesk makes it. Errors: those of staffClient.
func OpenDesk(c *config.Config, dataDir string) (*Desk, error) {
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	return &Desk{api}, err
}

// Vendors reads up to most vendors (1 to MostDesk), the worst first, from a cursor on, or "" for the beginning.
func (d *Desk) Vendors(ctx context.Context, f client.DeskFilter, most int, cursor string) (dto.DeskVendorList, error) {
	all, next, err := upTo(most, cursor, func(p client.Page) ([]dto.DeskVendor, *string, error) {
		list, err := d.DeskVendors(ctx, f, p)
		return list.Data, list.NextCursor, err
	})
	return dto.DeskVendorList{Data: all, NextCursor: next}, err
}

// Couriers reads up to most couriers (1 to MostDesk) by ID, from a cursor on, or "" for the beginning.
func (d *Desk) Couriers(ctx context.Context, f client.DeskFilter, most int, cursor string) (dto.DeskCourierList, error) {
	all, next, err := upTo(most, cursor, func(p client.Page) ([]dto.DeskCourier, *string, error) {
		list, err := d.DeskCouriers(ctx, f, p)
		return list.Data, list.NextCursor, err
	})
	return dto.DeskCourierList{Data: all, NextCursor: next}, err
}

// Pause stops a vendor from taking orders for so many minutes, 0 until it is resumed, and gives its work then.
func (d *Desk) Pause(ctx context.Context, id domain.ID, minutes int, reason string, same ...client.CallOption) (dto.DeskVendor, error) {
	r := dto.PauseRequest{Reason: reason}
	if minutes > 0 {
		r.Minutes = &minutes
	}
	if _, err := d.PauseVendor(ctx, id, r, append(same, Once())...); err != nil {
		return dto.DeskVendor{}, err
	}
	return d.DeskVendor(ctx, id)
}

// Resume has it take orders again, and gives its work then.
func (d *Desk) Resume(ctx context.Context, id domain.ID, same ...client.CallOption) (dto.DeskVendor, error) {
	if _, err := d.ResumeVendor(ctx, id, append(same, Once())...); err != nil {
		return dto.DeskVendor{}, err
	}
	return d.DeskVendor(ctx, id)
}

// SetAvailable says whether a dish can be ordered, and until when it cannot (zero: until somebody says otherwise). For whoever may run its
// vendor's menu, too.
func (d *Desk) SetAvailable(ctx context.Context, dishID domain.ID, available bool, until time.Time, same ...client.CallOption) (dto.Dish, error) {
	r := dto.AvailabilityRequest{Available: available}
	if !until.IsZero() {
		r.Until = &until
	}
	return d.PutAvailability(ctx, dishID, r, append(same, Once())...)
}
