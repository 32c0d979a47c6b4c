package billing

import (
	"context"
	"errors"
	"fmt"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/invoice"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Papers serves the use cases of reading invoices and credit notes. They are issued with what they tell of: handovers and refunds.
type Papers struct{ db *postgres.DB }

// NewPapers makes the service.
func NewPapers(db *postgres.DB) *Papers { return &Papers{db} }

// ErrNotIssued says that there is no invoice yet.
var ErrNotIssued = domain.Errorf(domain.NotFound, "invoice.not_issued", "an order's invoice is issued when it is handed over")

// OfOrder gives an order's invoice, and its credit notes after it, oldest first, to its customer, its vendor's managers and owners,
// and staff.
// Errors: NotFound for strangers' orders; Forbidden for the vendor's kitchen; ErrNotIssued.
func (s *Papers) OfOrder(ctx context.Context, actor domain.Actor, orderID domain.ID) (sale postgres.Paper, credits []postgres.Paper, err error) {
	if err := maySee(ctx, s.db, actor, orderID); err != nil {
		return sale, nil, err
	}
	papers, err := s.db.PapersOf(ctx, orderID)
	if err != nil {
		return sale, nil, err
	}
	if len(papers) == 0 {
		return sale, nil, ErrNotIssued
	}
	return papers[0], papers[1:], nil
}

// maySee is for an order's customer, its vendor's managers and owners, and staff. NotFound for strangers, Forbidden for the kitchen.
func maySee(ctx context.Context, db *postgres.DB, actor domain.Actor, orderID domain.ID) error {
	parties, err := db.OrderParties(ctx, orderID, actor.ID)
	switch {
	case err != nil:
		return err
	case actor.Role.Staff(), actor.Role == domain.RoleCustomer && parties.CustomerID == actor.ID:
		return nil
	}
	_, err = mayLook(ctx, db, actor, parties.VendorID)
	if domain.KindOf(err) == domain.NotFound { // to whoever is not of the house, the order is not there
		return domain.Missing("order")
	}
	return err
}

// List lists the papers of a vendor's fiscal year, 0 for the current one, before a number, 0 for the newest, to its managers and
// owners, and staff. NotFound for strangers, Forbidden for its kitchen.
func (s *Papers) List(ctx context.Context, actor domain.Actor, vendorID domain.ID, kind invoice.Kind, year, before, limit int) ([]postgres.Paper, error) {
	series, err := s.series(ctx, actor, vendorID, year)
	if err != nil {
		return nil, err
	}
	series.Kind = kind
	return s.db.Papers(ctx, series, before, limit)
}

// series is of a year of a vendor, whose money the actor may see; it lacks its kind.
func (s *Papers) series(ctx context.Context, actor domain.Actor, vendorID domain.ID, year int) (invoice.Series, error) {
	v, err := mayLook(ctx, s.db, actor, vendorID)
	if err != nil {
		return invoice.Series{}, err
	}
	if year == 0 {
		now, err := s.db.Now(ctx)
		if err != nil {
			return invoice.Series{}, err
		}
		year = invoice.Year(v.Country, now, v.Place)
	}
	return invoice.Series{Vendor: vendorID, Year: year}, nil
}

// Pages hands papers over in pages, until there are no more.
type Pages func(page func([]postgres.Paper) error) error

// Export is List for all of a year: its invoices, then its credit notes.
func (s *Papers) Export(ctx context.Context, actor domain.Actor, vendorID domain.ID, year int) (Pages, error) {
	series, err := s.series(ctx, actor, vendorID, year)
	return func(use func([]postgres.Paper) error) error {
		for _, series.Kind = range invoice.Kinds {
			if err := s.pages(ctx, series, use); err != nil {
				return err
			}
		}
		return nil
	}, err
}

func (s *Papers) pages(ctx context.Context, series invoice.Series, use func([]postgres.Paper) error) error {
	const page = 500
	before := 0
	for {
		papers, err := s.db.Papers(ctx, series, before, page)
		if err != nil {
			return err
		}
		if err := use(papers); err != nil || len(papers) < page {
			return err
		}
		before = papers[len(papers)-1].No
	}
}

// Complete has what was handed over without an invoice, by a process that knew none, get it, and its credit notes. Each round looks
// through some of the orders, and says whether there are more; after the last one it begins anew. A round that is cut short is made
// again, and any number of instances may make the same.
func (s *Papers) Complete() func(context.Context) (bool, error) {
	const page = 2000
	var after domain.ID
	return func(ctx context.Context) (bool, error) {
		last, lacking, err := s.db.LackingPapers(ctx, after, page)
		if err != nil {
			return false, err
		}
		var errs []error
		for _, orderID := range lacking {
			err := s.db.InTx(ctx, func(tx *postgres.Tx) error {
				o, err := tx.HoldOrder(ctx, orderID)
				if err != nil {
					return err
				}
				return tx.IssueLacking(ctx, o)
			})
			if err != nil { // it must not keep those after it from theirs
				errs = append(errs, fmt.Errorf("papers of order %s: %w", orderID, err))
			}
		}
		after = last
		return !last.IsNil(), errors.Join(errs...)
	}
}
