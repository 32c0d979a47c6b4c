package boot

import (
	"context"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
)

// MostRules bounds how many rules one list reads.
const MostRules = 1000

// Rules are the rules of prices of the settings' API, as far as the bearer of its token may see and change them.
// Errors of its methods: *client.Problem; NotFound for a code that no promotion has.
type Rules struct{ api *client.Client }

// OpenRules makes it. Errors: those of staffClient.
func OpenRules(c *config.Config, dataDir string) (*Rules, error) {
	api, err := staffClient(c, dataDir, client.DefaultAttempts)
	return &Rules{api}, err
}

// Promotions reads up to most promotions (1 to MostRules), newest first, from a cursor on, or "" for the beginning. The list's
// NextCursor tells where the next begin.
func (r *Rules) Promotions(ctx context.Context, f client.PromotionFilter, most int, cursor string) (dto.PromotionList, error) {
	all, next, err := upTo(most, cursor, func(p client.Page) ([]dto.Promotion, *string, error) {
		list, err := r.api.Promotions(ctx, f, p)
		return list.Data, list.NextCursor, err
	})
	return dto.PromotionList{Data: all, NextCursor: next}, err
}

// Promotion reads the promotion of an ID, or of a code.
func (r *Rules) Promotion(ctx context.Context, name string) (dto.Promotion, error) {
	id, err := domain.ParseID(name)
	if err != nil {
		found, err := r.api.Promotions(ctx, client.PromotionFilter{Code: name}, client.Page{Limit: 1})
		if err != nil {
			return dto.Promotion{}, err
		}
		if len(found.Data) == 0 {
			return dto.Promotion{}, domain.Missing("promotion")
		}
		id = found.Data[0].ID
	}
	return r.api.Promotion(ctx, id)
}

// CreatePromotion makes a promotion of the marketplace. The same key and request do it once.
func (r *Rules) CreatePromotion(ctx context.Context, key string, p dto.PromotionRequest) (dto.Promotion, error) {
	return r.api.CreatePromotion(ctx, key, p)
}

// StepPromotion pauses, resumes or ends a promotion that still has the version which was looked at.
func (r *Rules) StepPromotion(ctx context.Context, seen dto.Promotion, verb string) (dto.Promotion, error) {
	return r.api.StepPromotion(ctx, seen.ID, verb, client.IfMatch(seen.Version), Once())
}

// Commissions reads up to MostRules rules of commission, newest first: of a vendor, of a city, or with Nil and "" all.
func (r *Rules) Commissions(ctx context.Context, vendorID domain.ID, city string) (dto.CommissionList, error) {
	all, next, err := upTo(MostRules, "", func(p client.Page) ([]dto.Commission, *string, error) {
		list, err := r.api.Commissions(ctx, vendorID, city, p)
		return list.Data, list.NextCursor, err
	})
	return dto.CommissionList{Data: all, NextCursor: next}, err
}

// SetCommission makes a rule of commission. The same key and request do it once.
func (r *Rules) SetCommission(ctx context.Context, key string, c dto.CommissionRequest) (dto.Commission, error) {
	return r.api.CreateCommission(ctx, key, c)
}

// Tariffs reads up to MostRules tariffs, newest first: of a currency, of a city, "" for any.
func (r *Rules) Tariffs(ctx context.Context, currency, city string) (dto.TariffList, error) {
	all, next, err := upTo(MostRules, "", func(p client.Page) ([]dto.Tariff, *string, error) {
		list, err := r.api.Tariffs(ctx, currency, city, p)
		return list.Data, list.NextCursor, err
	})
	return dto.TariffList{Data: all, NextCursor: next}, err
}

// CreateTariff makes a tariff. The same key and request do it once.
func (r *Rules) CreateTariff(ctx context.Context, key string, t dto.TariffRequest) (dto.Tariff, error) {
	return r.api.CreateTariff(ctx, key, t)
}

// EndTariff takes a tariff away: it applies no more, and is not listed.
func (r *Rules) EndTariff(ctx context.Context, id domain.ID) error {
	return r.api.DeleteTariff(ctx, id)
}

// Surges reads up to MostRules rules of surge, newest first: of a currency, of a city, "" for any.
func (r *Rules) Surges(ctx context.Context, currency, city string) (dto.SurgeZoneList, error) {
	all, next, err := upTo(MostRules, "", func(p client.Page) ([]dto.SurgeZone, *string, error) {
		list, err := r.api.Surges(ctx, currency, city, p)
		return list.Data, list.NextCursor, err
	})
	return dto.SurgeZoneList{Data: all, NextCursor: next}, err
}

// CreateSurge makes a rule of surge. The same key and request do it once.
func (r *Rules) CreateSurge(ctx context.Context, key string, s dto.SurgeZoneRequest) (dto.SurgeZone, error) {
	return r.api.CreateSurge(ctx, key, s)
}

// EndSurge takes a rule of surge away.
func (r *Rules) EndSurge(ctx context.Context, id domain.ID) error { return r.api.DeleteSurge(ctx, id) }

// upTo reads pages from a cursor on, "" for the beginning, until it has most things or there are no more; next is where they would
// go on.
func upTo[T any](most int, cursor string, read func(client.Page) ([]T, *string, error)) (all []T, next *string, err error) {
	all = []T{}
	if cursor != "" {
		next = &cursor
	}
	for len(all) < most {
		p := client.Page{Limit: min(100, most-len(all))}
		if next != nil {
			p.Cursor = *next
		}
		var page []T
		if page, next, err = read(p); err != nil {
			return nil, nil, err
		}
		all = append(all, page...)
		if next == nil {
			break
		}
	}
	return all, next, nil
}
