package account_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
)

// asked makes a vendor that asks an address to come in, and gives its ID.
func (f fixture) asked(email string) domain.ID {
	f.t.Helper()
	vendorID := domain.ID(id.New())
	f.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng)
		VALUES ($1, 'Dilli Dosa', '{}', '1 Janpath', 'New Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.6, 77.2)`, vendorID)
	f.exec(`INSERT INTO vendor_invitations (id, vendor_id, email, role, expires_at)
		VALUES ($1, $2, $3, 'kitchen', now() + interval '1 hour')`, domain.ID(id.New()), vendorID, email)
	return vendorID
}

func (f fixture) members(vendorID domain.ID) int {
	return scan[int](f, "SELECT count(*) FROM vendor_members WHERE vendor_id = $1", vendorID)
}

func TestAnInvitationIsFollowedBySigningInToAVendorsAccount(t *testing.T) {
	f := setup(t)
	ctx := t.Context()
	vendorID, other := f.asked("vee@example.com"), f.asked("vee@example.com")
	late := f.asked("vee@example.com")
	f.exec("UPDATE vendor_invitations SET expires_at = now() WHERE vendor_id = $1", late)
	require.NoError(t, f.Signup(ctx, here, "vee@example.com", rules.Profile{FirstName: "Vee", Role: domain.RoleVendor}))
	require.Zero(t, f.members(vendorID), "before the address is proven")
	_, err := f.Verify(ctx, here, "vee@example.com", f.mail.last().Digits)
	require.NoError(t, err)
	require.Equal(t, 1, f.members(vendorID))
	require.Equal(t, 1, f.members(other))
	require.Zero(t, f.members(late))
	require.Equal(t, "vendor.member_joined", scan[string](f, "SELECT type FROM events WHERE subject_id = $1", vendorID))
	require.Equal(t, 1, scan[int](f, "SELECT count(*) FROM audit_log WHERE subject_id = $1", vendorID))

	customers := f.asked("asha@example.com")
	f.signUp("asha@example.com")
	require.Zero(t, f.members(customers), "a customer's account does not work for a vendor")
}
