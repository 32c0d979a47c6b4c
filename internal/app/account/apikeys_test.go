package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
)

// owner is a vendor's owner, and their vendor.
func (f fixture) owner(email string) (domain.Actor, domain.ID) {
	f.t.Helper()
	minted, err := f.Mint(f.t.Context(), account.Mint{Email: email, Role: domain.RoleVendor})
	require.NoError(f.t, err)
	vendorID := domain.ID(id.New())
	f.exec(`INSERT INTO vendors (id, name, cuisines, address, city, country, timezone, currency, lat, lng, status)
		VALUES ($1, 'Casa', '{}', 'street', 'Delhi', 'IN', 'Asia/Kolkata', 'INR', 28.6, 77.2, 'approved')`, vendorID)
	f.exec("INSERT INTO vendor_members (vendor_id, user_id) VALUES ($1, $2)", vendorID, minted.User.ID)
	actor := f.actor(minted.Token)
	actor.From = here.From
	return actor, vendorID
}

func (f fixture) key(owner domain.Actor, vendorID domain.ID) account.MadeKey {
	f.t.Helper()
	made, err := f.CreateKey(f.t.Context(), owner, vendorID, rules.APIKey{Name: "till", Scopes: domain.OrdersRead | domain.OrdersWrite})
	require.NoError(f.t, err)
	return made
}

func TestAKeyActsForItsMakerOnOneVendor(t *testing.T) {
	f := setup(t)
	owner, vendorID := f.owner("vee@example.com")
	made := f.key(owner, vendorID)
	actor, err := f.Authenticate(t.Context(), made.Secret)
	require.NoError(t, err)
	require.Equal(t, domain.Actor{
		ID: owner.ID, Role: domain.RoleVendor, Key: made.ID, Vendor: vendorID, Scopes: domain.OrdersRead | domain.OrdersWrite,
	}, actor)
	require.True(t, actor.Reaches(vendorID))
	require.False(t, actor.Reaches(id.New()))

	list, err := f.APIKeys(t.Context(), owner, vendorID)
	require.NoError(t, err)
	require.Equal(t, []rules.APIKey{made.APIKey}, list)
	_, secret, _ := strings.Cut(strings.TrimPrefix(made.Secret, rules.KeyMark), "_")
	require.Zero(t, scan[int](f, "SELECT count(*) FROM api_keys WHERE api_keys::text LIKE '%' || $1 || '%'", secret))
	require.Zero(t, scan[int](f, "SELECT count(*) FROM audit_log WHERE audit_log::text LIKE '%' || $1 || '%'", secret))
	f.exec("UPDATE vendors SET status = 'suspended'")
	fresh, _ := f.instance()
	_, err = fresh.Authenticate(t.Context(), made.Secret)
	require.NoError(t, err, "open orders of a suspended vendor go on")
}

func TestKeysThatOpenNothing(t *testing.T) {
	f := setup(t)
	owner, vendorID := f.owner("vee@example.com")
	good := f.key(owner, vendorID)
	other := f.key(owner, vendorID)
	spliced := rules.WriteKey(good.Prefix, [32]byte{7})
	for name, text := range map[string]string{
		"none": "zoop_", "mistyped": good.Secret[:63] + "!", "unknown": rules.WriteKey("000000000", [32]byte{}), "another secret": spliced,
		"another's secret": rules.KeyMark + good.Prefix + other.Secret[len(rules.KeyMark)+len(good.Prefix):], "endless": good.Secret + strings.Repeat("0", 4096),
	} {
		for range 2 {
			_, err := f.Authenticate(t.Context(), text)
			requireCode(t, err, "auth.key")
			require.Equal(t, domain.Unauthenticated, domain.KindOf(err), name)
		}
	}
	_, err := f.Authenticate(t.Context(), good.Secret)
	require.NoError(t, err)
}

// Whatever ends a key, an instance that knew it refuses it within seconds.
func TestKeysEndEverywhere(t *testing.T) {
	for name, end := range map[string]func(f fixture, owner domain.Actor, k account.MadeKey) error{
		"revoked": func(f fixture, owner domain.Actor, k account.MadeKey) error {
			return f.RevokeKey(t.Context(), owner, k.VendorID, k.ID)
		},
		"rotated": func(f fixture, owner domain.Actor, k account.MadeKey) error {
			_, err := f.RotateKey(t.Context(), owner, k.VendorID, k.ID, 0)
			return err
		},
		"expired":         sql("UPDATE api_keys SET expires_at = clock_timestamp()"),
		"maker suspended": sql("UPDATE users SET status = 'suspended'"),
		"maker left":      sql("DELETE FROM vendor_members"),
		"maker demoted":   sql("UPDATE vendor_members SET role = 'manager'"),
		"vendor rejected": sql("UPDATE vendors SET status = 'rejected'"),
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t)
			other, _ := f.instance()
			run(t, other)
			owner, vendorID := f.owner("vee@example.com")
			k := f.key(owner, vendorID)
			_, err := other.Authenticate(t.Context(), k.Secret)
			require.NoError(t, err)
			require.NoError(t, end(f, owner, k))
			require.Eventually(t, func() bool {
				_, err = other.Authenticate(t.Context(), k.Secret)
				return err != nil
			}, patience, 20*time.Millisecond)
			requireCode(t, err, "auth.key")
			_, err = f.Authenticate(t.Context(), k.Secret)
			requireCode(t, err, "auth.key")
		})
	}
}

func sql(text string) func(fixture, domain.Actor, account.MadeKey) error {
	return func(f fixture, _ domain.Actor, _ account.MadeKey) error {
		f.exec(text)
		return nil
	}
}

func TestRotationLeavesTheOldSecretAGrace(t *testing.T) {
	f := setup(t)
	owner, vendorID := f.owner("vee@example.com")
	first := f.key(owner, vendorID)
	second, err := f.RotateKey(t.Context(), owner, vendorID, first.ID, time.Hour)
	require.NoError(t, err)
	require.Equal(t, first.APIKey, second.APIKey)
	for _, secret := range []string{first.Secret, second.Secret} {
		_, err = f.Authenticate(t.Context(), secret)
		require.NoError(t, err)
	}
	f.exec("UPDATE api_keys SET old_until = clock_timestamp()")
	later, _ := f.instance()
	_, err = later.Authenticate(t.Context(), first.Secret)
	requireCode(t, err, "auth.key")
	third, err := f.RotateKey(t.Context(), owner, vendorID, first.ID, 0)
	require.NoError(t, err)
	_, err = f.Authenticate(t.Context(), second.Secret)
	requireCode(t, err, "auth.key")
	_, err = f.Authenticate(t.Context(), third.Secret)
	require.NoError(t, err)
	_, err = f.RotateKey(t.Context(), owner, vendorID, first.ID, 25*time.Hour)
	requireCode(t, err, "invalid")
	require.Equal(t, []string{"key.create", "key.rotate", "key.rotate"}, scan[[]string](f, "SELECT array_agg(action ORDER BY id) FROM audit_log WHERE subject_id = $1 AND address = '198.51.100.7'", first.ID))
}

func TestOwnersAloneKeepKeys(t *testing.T) {
	f := setup(t)
	owner, vendorID := f.owner("vee@example.com")
	stranger, strangers := f.owner("eve@example.com")
	k := f.key(owner, vendorID)
	byKey, err := f.Authenticate(t.Context(), k.Secret)
	require.NoError(t, err)
	all := func(actor domain.Actor, vendorID domain.ID, code string) {
		t.Helper()
		_, err := f.CreateKey(t.Context(), actor, vendorID, rules.APIKey{Name: "mine", Scopes: domain.MenuWrite})
		requireCode(t, err, code)
		_, err = f.APIKeys(t.Context(), actor, vendorID)
		requireCode(t, err, code)
		_, err = f.RotateKey(t.Context(), actor, vendorID, k.ID, 0)
		requireCode(t, err, code)
		requireCode(t, f.RevokeKey(t.Context(), actor, vendorID, k.ID), code)
	}
	all(stranger, vendorID, "not_found")
	all(byKey, vendorID, "not_found")
	_, err = f.RotateKey(t.Context(), stranger, strangers, k.ID, 0)
	requireCode(t, err, "not_found")
	requireCode(t, f.RevokeKey(t.Context(), stranger, strangers, k.ID), "not_found")
	f.exec("UPDATE vendor_members SET role = 'manager' WHERE vendor_id = $1", vendorID)
	all(owner, vendorID, "forbidden")
	f.exec("UPDATE vendor_members SET role = 'owner'")
	require.NoError(t, f.RevokeKey(t.Context(), owner, vendorID, k.ID))
	requireCode(t, f.RevokeKey(t.Context(), owner, vendorID, k.ID), "not_found")
}

func TestKeysOfAVendorAreBounded(t *testing.T) {
	f := setup(t)
	owner, vendorID := f.owner("vee@example.com")
	inParallel(rules.MaxKeysOfVendor+5, func(int) {
		_, _ = f.CreateKey(t.Context(), owner, vendorID, rules.APIKey{Name: "till", Scopes: domain.MenuWrite})
	})
	require.Equal(t, rules.MaxKeysOfVendor, scan[int](f, "SELECT count(*) FROM api_keys"))
	_, err := f.CreateKey(t.Context(), owner, vendorID, rules.APIKey{Name: "till", Scopes: domain.MenuWrite})
	requireCode(t, err, "key.too_many")
}

// Guessing keys asks the database so often and no more, and keeps nobody out whose key is known.
func TestGuessingKeysCostsLittle(t *testing.T) {
	f := setup(t)
	owner, vendorID := f.owner("vee@example.com")
	k := f.key(owner, vendorID)
	_, err := f.Authenticate(t.Context(), k.Secret)
	require.NoError(t, err)
	limited := 0
	for i := range 2000 {
		_, err := f.Authenticate(t.Context(), rules.WriteKey(rules.NewKeyPrefix([6]byte{1, byte(i >> 8), byte(i)}), [32]byte{}))
		if domain.KindOf(err) == domain.RateLimited {
			limited++
			continue
		}
		requireCode(t, err, "auth.key")
	}
	require.Positive(t, limited)
	_, err = f.Authenticate(t.Context(), k.Secret)
	require.NoError(t, err)
}

func TestUsesAreNotedByTheMinute(t *testing.T) {
	f := setup(t)
	owner, vendorID := f.owner("vee@example.com")
	k := f.key(owner, vendorID)
	for range 3 {
		_, err := f.Authenticate(t.Context(), k.Secret)
		require.NoError(t, err)
	}
	require.NoError(t, f.db.NoteKeyUses(t.Context(), []domain.ID{k.ID, id.New()}))
	require.NoError(t, f.db.NoteKeyUses(t.Context(), []domain.ID{k.ID}))
	list, err := f.APIKeys(t.Context(), owner, vendorID)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), list[0].UsedAt, 2*time.Minute)
	require.Zero(t, list[0].UsedAt.Second())
}
