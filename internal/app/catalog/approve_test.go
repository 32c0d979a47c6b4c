package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Nobody answers for a vendor whose only owner has gone, so it does not sell until there is another.
func TestAVendorWithoutAnOwnerIsNotApproved(t *testing.T) {
	b := setup(t)
	owner, other := b.account(), b.account()
	v, err := b.Open(b.ctx, owner, request())
	require.NoError(t, err)
	b.exec("DELETE FROM vendor_members")
	_, err = b.Approve(b.ctx, admin, v.ID, 0)
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "vendor.no_owner", e.Code)
	_, err = b.NameOwner(b.ctx, admin, v.ID, other.ID.String()+"@example.com")
	require.NoError(t, err)
	_, err = b.Approve(b.ctx, admin, v.ID, 0)
	require.NoError(t, err)
}
