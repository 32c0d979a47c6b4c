package catalog

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/phone"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// NewVendor is what somebody who opens a vendor says of it. Empty: Country is IN, Timezone and Currency the country's, CostForTwo
// is not known, and PriceLevel is 1.
type NewVendor struct {
	Name, Address, City, Country, Timezone, Phone string
	Cuisines                                      []string
	Location                                      domain.Point
	PrepMinutes                                   int
	Currency                                      domain.Currency
	CostForTwo                                    *domain.Money
	PriceLevel                                    int // 1 … 4
}

// Edit is a change of a vendor's page; nil leaves a thing as it is.
type Edit struct {
	Name, Address, Phone                     *string
	TaxID                                    *string // "": it has none
	Cuisines                                 []string
	PrepMinutes, AcceptSeconds, RadiusMeters *int // a radius takes the place of a zone that was drawn
	MinimumOrder, PackagingFee, CostForTwo   *domain.Money
	PriceLevel                               *int // 1 … 4
	TaxRates                                 *domain.TaxRates
	Languages                                []string // its own first
	Acceptance                               *vendor.Acceptance
	SlotCapacity                             *int // 0: any number
}

// Open makes a vendor, pending approval, with the actor as its owner, a zone of 5 km and no hours.
// It returns Forbidden for any role but vendor, and Invalid.
func (s *Service) Open(ctx context.Context, actor domain.Actor, n NewVendor) (VendorView, error) {
	if actor.Role != domain.RoleVendor {
		return VendorView{}, domain.Errorf(domain.Forbidden, string(domain.Forbidden), "only a vendor's account opens a vendor")
	}
	p, err := n.profile()
	if err != nil {
		return VendorView{}, err
	}
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		p.ID, p.Version = id.New(), 0
		version, err := tx.Append(ctx, head(actor, p), domain.Event{Type: "vendor.created"})
		if err != nil {
			return err
		}
		p.Version = version
		if err := tx.AddVendor(ctx, p, actor.ID); err != nil {
			return err
		}
		p, _, err = tx.VendorForWrite(ctx, p.ID, actor.ID) // with what the table adds by itself
		return err
	})
	if err != nil {
		return VendorView{}, err
	}
	s.tell(ctx, p)
	return s.view(p), nil
}

// profile checks and completes the request.
func (n NewVendor) profile() (vendor.Profile, error) {
	var p vendor.Profile
	err := cleanInto(
		cleaned{"name", n.Name, &p.Name}, cleaned{"address", n.Address, &p.Address}, cleaned{"city", n.City, &p.City},
		cleaned{"phone", n.Phone, &p.Phone})
	if err != nil {
		return p, err
	}
	if p.Cuisines, err = cuisines(n.Cuisines); err != nil {
		return p, err
	}
	if p.Phone, err = dialled(p.Phone, cmp.Or(n.Country, "IN")); err != nil {
		return p, err
	}
	if !n.Location.Valid() {
		return p, domain.Invalidf("location", "place", "must be a place on Earth, and not 0,0")
	}
	p.Location, p.RadiusM, p.PrepMinutes = n.Location, vendor.DefaultRadiusM, n.PrepMinutes
	if err = n.settle(&p); err == nil && n.CostForTwo != nil {
		err = priced("costForTwo", *n.CostForTwo, &p)
	}
	set(&p.CostForTwo, n.CostForTwo)
	p.PriceLevel = cmp.Or(n.PriceLevel, 1)
	return p, err
}

// settle decides country, currency, timezone and tax.
func (n NewVendor) settle(p *vendor.Profile) error {
	if p.Country = n.Country; p.Country == "" {
		p.Country = "IN"
	}
	country, ok := vendor.CountryOf(p.Country)
	if !ok {
		return domain.Invalidf("country", "unknown", "is not a country that the marketplace works in")
	}
	p.Currency, p.Timezone, p.TaxRate = country.Currency, country.Timezone, country.TaxRate
	if n.Currency != "" {
		p.Currency = n.Currency
	}
	if !p.Currency.Known() {
		return domain.Invalidf("currency", "unknown", "is not a currency that the marketplace trades in")
	}
	if n.Timezone != "" {
		p.Timezone = n.Timezone
	}
	if _, err := time.LoadLocation(p.Timezone); err != nil || !strings.Contains(p.Timezone, "/") {
		return domain.Invalidf("timezone", "unknown", "is not an IANA timezone of the form Area/City")
	}
	return nil
}

// Edit changes a vendor's page; what it says already is no change. version is the one that the caller saw, 0 for whatever it is.
// It returns NotFound, Forbidden, Precondition and Invalid.
func (s *Service) Edit(ctx context.Context, actor domain.Actor, id domain.ID, version int, e Edit) (VendorView, error) {
	return s.keep(ctx, change{actor: actor, needs: editVendor, version: version, on: onVendor(id),
		apply: func(ctx context.Context, tx *postgres.Tx, p *vendor.Profile) (*domain.Event, error) {
			before := *p
			if err := e.apply(p); err != nil || reflect.DeepEqual(before, *p) {
				return nil, err
			}
			if e.RadiusMeters != nil {
				if err := tx.SaveZone(ctx, p.Vendor); err != nil {
					return nil, err
				}
			}
			return &domain.Event{Type: "vendor.updated"}, nil
		}})
}

func (e Edit) apply(p *vendor.Profile) error {
	var err error
	for _, f := range []struct {
		name string
		from *string
		to   *string
	}{{"name", e.Name, &p.Name}, {"address", e.Address, &p.Address}, {"phone", e.Phone, &p.Phone}} {
		if f.from != nil {
			if *f.to, err = requiredText(f.name, *f.from); err != nil {
				return err
			}
		}
	}
	if e.TaxID != nil {
		if p.TaxID, err = optionalText("taxId", *e.TaxID); err != nil {
			return err
		}
	}
	if e.Phone != nil {
		if p.Phone, err = dialled(p.Phone, p.Country); err != nil {
			return err
		}
	}
	if e.Cuisines != nil {
		if p.Cuisines, err = cuisines(e.Cuisines); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name string
		from *domain.Money
		to   *domain.Money
	}{{"minimumOrder", e.MinimumOrder, &p.MinOrder}, {"packagingFee", e.PackagingFee, &p.PackagingFee}, {"costForTwo", e.CostForTwo, &p.CostForTwo}} {
		if f.from != nil {
			if err := priced(f.name, *f.from, p); err != nil {
				return err
			}
			*f.to = *f.from
		}
	}
	if e.Languages != nil {
		if p.Languages, err = relabelled(p.Languages, e.Languages); err != nil {
			return err
		}
	}
	set(&p.TaxRates, e.TaxRates)
	set(&p.PriceLevel, e.PriceLevel)
	set(&p.PrepMinutes, e.PrepMinutes)
	set(&p.AcceptSeconds, e.AcceptSeconds)
	set(&p.Acceptance, e.Acceptance)
	set(&p.SlotCapacity, e.SlotCapacity)
	if e.RadiusMeters != nil {
		p.RadiusM, p.Ring = *e.RadiusMeters, nil
	}
	return nil
}

// relabelled gives the languages that a menu is said to be in. One that it is translated to does not become its own: its texts
// would be in another.
func relabelled(now, wanted []string) ([]string, error) {
	given, err := languages(wanted)
	if err == nil && slices.Contains(now[1:], given[0]) {
		err = domain.Errorf(domain.Conflict, "languages.translated",
			"the menu is in %s, and translated to %s: take %[2]s out of the languages first, which drops its translations", now[0], given[0])
	}
	return given, err
}

// dialled gives a vendor's number its one form; without a country's code it is one of the vendor's country.
func dialled(text, country string) (string, error) {
	e164, ok := phone.Normal(text, country)
	if !ok {
		return "", domain.Invalidf("phone", "phone", "must be a telephone number of %s, or one with its country's code", country)
	}
	return e164, nil
}

// set takes over a value that was given.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func cuisines(list []string) ([]string, error) {
	out, err := texts("cuisines", list)
	if err == nil && len(out) == 0 {
		err = domain.Invalidf("cuisines", "blank", "must name at least one")
	}
	return out, err
}

// keep makes a change whose answer is the vendor.
func (s *Service) keep(ctx context.Context, c change) (VendorView, error) {
	p, err := s.do(ctx, c)
	if err != nil {
		return VendorView{}, err
	}
	return s.view(p), nil
}

type cleaned struct {
	field, text string
	to          *string
}

// cleanInto fills required texts.
func cleanInto(fields ...cleaned) (err error) {
	for _, f := range fields {
		if *f.to, err = requiredText(f.field, f.text); err != nil {
			return err
		}
	}
	return nil
}
