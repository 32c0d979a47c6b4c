package account

import (
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Erased is the standing of an account whose person is gone. Nobody signs in to it any more; their address is free for
// another one.
const Erased Status = "erased"

// Times around one's own data.
const (
	RecentSignIn = 15 * time.Minute // since a sign-in, for what cannot be undone
	ExportPause  = time.Minute      // between two exports
)

// ErrNotRecent refuses what cannot be undone to a session that began long ago.
var ErrNotRecent = domain.Errorf(domain.Forbidden, "auth.recent", "sign in again: this needs a sign-in within the last %d minutes", int(RecentSignIn/time.Minute))

// Open is what of a person is not yet at its end.
type Open struct {
	Orders     int // that they placed
	Deliveries int // that they carry
	Purses     int // with money in them: their wallets, and cash that they hold for the marketplace
	Owed       int // accounts of what they earned that is not paid out
}

// MayBeErased is Conflict "erasure.open_order", "erasure.carrying" or "erasure.money" while others wait for something of the person,
// or they would lose what is theirs.
func (o Open) MayBeErased() error {
	switch {
	case o.Orders > 0:
		return domain.Errorf(domain.Conflict, "erasure.open_order", "an order is open; it comes to its end first").With("orders", o.Orders)
	case o.Deliveries > 0:
		return domain.Errorf(domain.Conflict, "erasure.carrying", "a delivery is on its way; it comes to its end first").With("deliveries", o.Deliveries)
	case o.Purses > 0:
		return domain.Errorf(domain.Conflict, "erasure.money", "there is money in a wallet, or cash to hand in; it comes to nothing first")
	case o.Owed > 0:
		return domain.Errorf(domain.Conflict, "erasure.money", "what was earned is not paid out yet; it is first")
	}
	return nil
}

// MayBeSuspended is Conflict "account.carrying" while the person has somebody's food: without sessions they could not bring it.
func (o Open) MayBeSuspended() error {
	if o.Deliveries > 0 {
		return domain.Errorf(domain.Conflict, "account.carrying",
			"the courier carries a delivery; suspend the courier first, who then brings it to its end and gets no more").With("deliveries", o.Deliveries)
	}
	return nil
}

// SoleOwner is Conflict "erasure.sole_owner" about a vendor that sells and would be nobody's.
func SoleOwner(vendorID domain.ID) error {
	return domain.Errorf(domain.Conflict, "erasure.sole_owner", "a vendor that sells has no other owner; make somebody else one first").
		With("vendorId", vendorID.String())
}
