package catalog_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/dbtest"
	"github.com/zoop-dev/zoop/internal/domain"
)

// studio is a catalogue whose pictures need no picture, and that counts them.
func studio(t *testing.T) (b *bundle, kept *atomic.Int64) {
	t.Helper()
	t.Parallel()
	kept = &atomic.Int64{}
	b = open(t, dbtest.URL(t), catalog.Options{Pictures: func(ctx context.Context, upload []byte) (string, error) {
		kept.Add(1)
		key := keyOf(string(upload))
		return key, b.db.RegisterPicture(ctx, key, len(upload))
	}})
	b.Cache().Current(true)
	return b, kept
}

func keyOf(upload string) string {
	sum := sha256.Sum256([]byte(upload))
	return hex.EncodeToString(sum[:])
}

// shownBy says of a picture whether somebody is known to show it.
func (b *bundle) shownBy(key string) (shown bool) {
	b.t.Helper()
	require.NoError(b.t, b.db.Pool().QueryRow(b.ctx, "SELECT idle_since IS NULL FROM pictures WHERE key = $1", key).Scan(&shown))
	return shown
}

func TestADishShowsItsPictureAtOnce(t *testing.T) {
	b, _ := studio(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Thali")
	before := b.menu(v.ID).Version
	got, err := b.SetDishPicture(b.ctx, owner, d.ID, d.Version, []byte("one"))
	require.NoError(t, err)
	require.Equal(t, keyOf("one"), got.Picture)
	require.Equal(t, d.Version+1, got.Version)
	require.Equal(t, before+1, b.menu(v.ID).Version, "the page is new")
	told := b.events(v.ID)
	require.Equal(t, "vendor.menu_changed", told[len(told)-1])
	require.True(t, b.shownBy(keyOf("one")))

	again, err := b.SetDishPicture(b.ctx, owner, d.ID, 0, []byte("one"))
	require.NoError(t, err)
	require.Equal(t, got.Version, again.Version, "the same picture changes nothing")
	require.Equal(t, told, b.events(v.ID))

	_, err = b.SetDishPicture(b.ctx, owner, d.ID, 0, []byte("two"))
	require.NoError(t, err)
	require.False(t, b.shownBy(keyOf("one")))
	require.NoError(t, b.DropDishPicture(b.ctx, owner, d.ID, 0))
	require.False(t, b.shownBy(keyOf("two")))
	require.NoError(t, b.DropDishPicture(b.ctx, owner, d.ID, 0), "it is gone as it should be")

	_, err = b.SetDishPicture(b.ctx, owner, d.ID, 0, []byte("three"))
	require.NoError(t, err)
	require.NoError(t, b.RemoveDish(b.ctx, owner, d.ID, 0))
	require.False(t, b.shownBy(keyOf("three")), "a dish that is off the menu shows nothing")
}

func TestAVendorShowsItsPictureAtOnce(t *testing.T) {
	b, _ := studio(t)
	v, owner := b.vendor()
	before := b.page(v.ID)
	got, err := b.SetVendorPicture(b.ctx, owner, v.ID, before.Version, []byte("one"))
	require.NoError(t, err)
	require.Equal(t, before.Version+1, got.Version)
	require.Equal(t, keyOf("one"), got.Picture)
	require.Equal(t, keyOf("one"), b.page(v.ID).Picture)
	told := b.events(v.ID)
	require.Equal(t, "vendor.updated", told[len(told)-1])
	require.NoError(t, b.DropVendorPicture(b.ctx, owner, v.ID, got.Version))
	require.Empty(t, b.page(v.ID).Picture)
	require.False(t, b.shownBy(keyOf("one")))
}

// Nobody makes the server look at a picture that they could not show.
func TestWhoMayNotIsRefusedBeforeTheFileIsLookedAt(t *testing.T) {
	b, kept := studio(t)
	v, owner := b.vendor()
	d := b.dish(owner, v.ID, "Thali")
	kitchen, stranger := b.account(), b.account()
	b.exec("INSERT INTO vendor_members (vendor_id, user_id, role) VALUES ($1, $2, 'kitchen')", v.ID, kitchen.ID)
	for _, tc := range []struct {
		actor   domain.Actor
		version int
		want    domain.Kind
	}{
		{stranger, 0, domain.NotFound}, {kitchen, 0, domain.Forbidden}, {customer, 0, domain.Forbidden}, {admin, 0, domain.Forbidden},
		{owner, 99, domain.Precondition},
	} {
		_, err := b.SetDishPicture(b.ctx, tc.actor, d.ID, tc.version, []byte("x"))
		requireKind(t, tc.want, err)
		_, err = b.SetVendorPicture(b.ctx, tc.actor, v.ID, tc.version, []byte("x"))
		requireKind(t, tc.want, err)
		requireKind(t, tc.want, b.DropDishPicture(b.ctx, tc.actor, d.ID, tc.version))
		requireKind(t, tc.want, b.DropVendorPicture(b.ctx, tc.actor, v.ID, tc.version))
	}
	require.Zero(t, kept.Load())
}

// A change that comes in while the picture is made is not overwritten by whoever did not know of it.
func TestAPictureIsComparedWithTheVersionAgain(t *testing.T) {
	t.Parallel()
	var b *bundle
	var v catalog.VendorView
	var owner domain.Actor
	b = open(t, dbtest.URL(t), catalog.Options{Pictures: func(ctx context.Context, upload []byte) (string, error) {
		_, err := b.Pause(ctx, owner, v.ID, 0, 5, "rain")
		require.NoError(t, err)
		return keyOf(string(upload)), b.db.RegisterPicture(ctx, keyOf(string(upload)), len(upload))
	}})
	v, owner = b.vendor()
	_, err := b.SetVendorPicture(b.ctx, owner, v.ID, v.Version, []byte("x"))
	requireKind(t, domain.Precondition, err)
}
