package boot

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
)

// MostCouriers bounds how many couriers one list reads.
const MostCouriers = 1000

// Couriers are those of the settings' API, for staff with the permission onboard; their cash needs payouts.
// Errors of its methods: *client.Problem.
type Couriers struct{ *client.Client }

// OpenCouriers makes it. Errors: those of staffClient.
func OpenCouriers(c *config.Config, dataDir string) (*Couriers, error) {
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	return &Couriers{api}, err
}

// List reads up to most couriers (1 to MostCouriers) of a standing, "" for any, newest first, from a cursor on, or "" for the beginning.
// The list's NextCursor tells where the next begin.
func (s *Couriers) List(ctx context.Context, standing dto.Standing, most int, cursor string) (dto.CourierList, error) {
	all, next, err := upTo(most, cursor, func(p client.Page) ([]dto.Courier, *string, error) {
		list, err := s.Couriers(ctx, standing, p)
		return list.Data, list.NextCursor, err
	})
	return dto.CourierList{Data: all, NextCursor: next}, err
}

// Judge approves, rejects or suspends a courier, by that verb, who still has the version that was looked at, and gives them as they are then.
func (s *Couriers) Judge(ctx context.Context, seen dto.Courier, verb, reason string) (dto.Courier, error) {
	same := client.IfMatch(seen.Version)
	var err error
	switch verb {
	case "approve":
		_, err = s.ApproveCourier(ctx, seen.ID, same, Once())
	case "reject":
		_, err = s.RejectCourier(ctx, seen.ID, reason, same, Once())
	default:
		_, err = s.SuspendCourier(ctx, seen.ID, reason, same, Once())
	}
	if err != nil {
		return seen, err
	}
	return s.CourierFor(ctx, seen.ID)
}

// Change changes a courier who still has the version that was looked at, and gives them as they are then.
func (s *Couriers) Change(ctx context.Context, seen dto.Courier, r dto.CourierPatch) (dto.Courier, error) {
	if _, err := s.PatchCourier(ctx, seen.ID, r, client.IfMatch(seen.Version)); err != nil {
		return seen, err
	}
	return s.CourierFor(ctx, seen.ID)
}
