package webhooks_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/webhooks"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/webhook"
)

func TestKeeping(t *testing.T) {
	b := setup(t)
	const url = "https://pos.example.com/zoop?key=secret"
	m := b.make(url, "vendor.*", "order.placed", "order.placed")
	require.Equal(t, []string{"order.placed", "vendor.*"}, m.Events)
	require.Equal(t, 1, m.Version)
	require.Regexp(t, `^whsec_[A-Za-z0-9+/]{43}=$`, m.Secret)

	// Partners and staff do not see the query, and the audit log holds no part of it.
	partner := b.owner
	partner.Key, partner.Vendor, partner.Scopes = newID(), b.vendor, domain.AllScopes
	for _, who := range []domain.Actor{partner, b.admin} {
		list, err := b.List(b.ctx, who, b.vendor)
		require.NoError(t, err)
		require.Equal(t, "https://pos.example.com/zoop?…", list[0].URL)
		e, err := b.Get(b.ctx, who, b.vendor, m.ID)
		require.NoError(t, err)
		require.Equal(t, "https://pos.example.com/zoop?…", e.URL)
	}
	e, err := b.Get(b.ctx, b.manager, b.vendor, m.ID)
	require.NoError(t, err)
	require.Equal(t, url, e.URL)
	require.Zero(t, b.count(`SELECT count(*) FROM audit_log WHERE after::text LIKE '%secret%' OR before::text LIKE '%secret%' OR after::text LIKE '%whsec%'`))
	require.Equal(t, 1, b.count(`SELECT count(*) FROM audit_log WHERE action = 'webhook.create' AND after ->> 'host' = 'pos.example.com'`))

	// A change says what it changes, of the version that was seen.
	note, elsewhere := "the till", "https://elsewhere.example.com/"
	b.exec(`UPDATE webhook_endpoints SET failures = 3, failing_since = now(), slow = false`)
	e, err = b.Change(b.ctx, b.owner, b.vendor, m.ID, 1, webhooks.Patch{Note: &note})
	require.NoError(t, err)
	require.Equal(t, "the till", e.Note)
	require.Equal(t, url, e.URL)
	require.Equal(t, 3, e.Health.Failures)
	_, err = b.Change(b.ctx, b.owner, b.vendor, m.ID, 1, webhooks.Patch{Note: &note})
	require.Equal(t, domain.Precondition, domain.KindOf(err))
	e, err = b.Change(b.ctx, b.owner, b.vendor, m.ID, 0, webhooks.Patch{URL: &elsewhere})
	require.NoError(t, err)
	require.Equal(t, rules.Health{Slow: true}, e.Health, "elsewhere it begins anew")
	for _, wrong := range []string{"http://10.0.0.1:4370/", "https://pos", "https://pos.example.com:22/", "gopher://pos.example.com/"} {
		_, err = b.Change(b.ctx, b.owner, b.vendor, m.ID, 0, webhooks.Patch{URL: &wrong})
		require.Equal(t, domain.Invalid, domain.KindOf(err), wrong)
	}

	for range rules.MaxEndpoints - 1 {
		b.make(url)
	}
	_, err = b.Create(b.ctx, b.owner, rules.Endpoint{VendorID: b.vendor, URL: url, Events: []string{"*"}})
	require.ErrorIs(t, err, domain.Errorf(domain.Conflict, "webhook.too_many", ""))
	require.NoError(t, b.Drop(b.ctx, b.owner, b.vendor, m.ID, 0))
	b.make(url)
}

// TestWhatStaffHaveDisabledStaysSo: no new webhook at its host, none that is led there or brought back, and it can be neither led
// elsewhere nor thrown away; other hosts, and other vendors, are as before.
func TestWhatStaffHaveDisabledStaysSo(t *testing.T) {
	b := setup(t)
	byStaff := domain.Errorf(domain.Conflict, "webhook.disabled_by_staff", "")
	m, sleeping, elsewhere := b.make("https://pos.example.com/zoop"), b.make("https://pos.example.com/other"), b.make("https://till.example.com/")
	for _, e := range []webhooks.Made{m, sleeping} {
		_, err := b.Switch(b.ctx, b.owner, b.vendor, e.ID, 0, false)
		require.NoError(t, err)
	}
	e, err := b.Switch(b.ctx, b.admin, b.vendor, m.ID, 0, false)
	require.NoError(t, err)
	require.Equal(t, rules.ByStaff, e.Cause, "that its vendor was quicker changes nothing")
	_, err = b.Switch(b.ctx, b.owner, b.vendor, m.ID, 0, false)
	require.NoError(t, err)
	_, err = b.Switch(b.ctx, b.owner, b.vendor, m.ID, 0, true)
	require.ErrorIs(t, err, byStaff, "nor that it says so once more")

	create := func(vendor domain.ID, url string) error {
		_, err := b.Create(b.ctx, b.owner, rules.Endpoint{VendorID: vendor, URL: url, Events: []string{"*"}})
		return err
	}
	for _, url := range []string{"https://pos.example.com/zoop", "https://POS.example.com:443/zoop", "https://pos.example.com:8443/zoop2?again=1"} {
		require.ErrorIs(t, create(b.vendor, url), byStaff, url)
		_, err = b.Change(b.ctx, b.owner, b.vendor, elsewhere.ID, 0, webhooks.Patch{URL: &url})
		require.ErrorIs(t, err, byStaff, url)
	}
	away, note := "https://away.example.com/", "the till"
	_, err = b.Change(b.ctx, b.owner, b.vendor, m.ID, 0, webhooks.Patch{URL: &away})
	require.ErrorIs(t, err, byStaff)
	require.ErrorIs(t, b.Drop(b.ctx, b.owner, b.vendor, m.ID, 0), byStaff)
	_, err = b.Switch(b.ctx, b.owner, b.vendor, sleeping.ID, 0, true)
	require.ErrorIs(t, err, byStaff)

	require.NoError(t, create(b.vendor, away))
	require.NoError(t, create(b.newVendor(b.owner), "https://pos.example.com/zoop"))
	_, err = b.Change(b.ctx, b.owner, b.vendor, m.ID, 0, webhooks.Patch{Note: &note})
	require.NoError(t, err)
	_, err = b.Switch(b.ctx, b.admin, b.vendor, m.ID, 0, true)
	require.NoError(t, err)
	require.NoError(t, create(b.vendor, "https://pos.example.com/zoop"))
	require.NoError(t, b.Drop(b.ctx, b.owner, b.vendor, m.ID, 0))
}

func TestWhoKeepsThem(t *testing.T) {
	b := setup(t)
	m := b.make("https://pos.example.com/")
	stranger := b.account(domain.RoleVendor)
	other := b.newVendor(stranger)
	for who, kind := range map[*domain.Actor]domain.Kind{&stranger: domain.NotFound, &b.kitchen: domain.Forbidden, {}: domain.NotFound} {
		_, err := b.List(b.ctx, *who, b.vendor)
		require.Equal(t, kind, domain.KindOf(err))
		_, err = b.Rotate(b.ctx, *who, b.vendor, m.ID, 0)
		require.Equal(t, kind, domain.KindOf(err))
		require.Equal(t, kind, domain.KindOf(b.Drop(b.ctx, *who, b.vendor, m.ID, 0)))
	}
	_, err := b.Get(b.ctx, stranger, other, m.ID)
	require.Equal(t, domain.NotFound, domain.KindOf(err), "not by way of a vendor of one's own")
	_, err = b.Switch(b.ctx, stranger, other, m.ID, 0, false)
	require.Equal(t, domain.NotFound, domain.KindOf(err))

	// Staff switch, and do not make; what they have switched off stays so.
	_, err = b.Create(b.ctx, b.admin, rules.Endpoint{VendorID: b.vendor, URL: "https://pos.example.com/", Events: []string{"*"}})
	require.Equal(t, domain.Forbidden, domain.KindOf(err))
	plain := domain.Actor{ID: newID(), Role: domain.RoleSupport}
	_, err = b.Switch(b.ctx, plain, b.vendor, m.ID, 0, false)
	require.Equal(t, domain.Forbidden, domain.KindOf(err))
	e, err := b.Switch(b.ctx, b.admin, b.vendor, m.ID, 0, false)
	require.NoError(t, err)
	require.Equal(t, rules.ByStaff, e.Cause)
	_, err = b.Switch(b.ctx, b.owner, b.vendor, m.ID, 0, true)
	require.ErrorIs(t, err, domain.Errorf(domain.Conflict, "webhook.disabled_by_staff", ""))
	require.Equal(t, domain.Precondition, domain.KindOf(b.Drop(b.ctx, b.owner, b.vendor, m.ID, 1)))
	_, err = b.Switch(b.ctx, b.admin, b.vendor, m.ID, 1, true)
	require.Equal(t, domain.Precondition, domain.KindOf(err))
	again, err := b.Switch(b.ctx, b.admin, b.vendor, m.ID, 0, false)
	require.NoError(t, err)
	require.Equal(t, e, again, "nothing changes that is so")
	_, err = b.Try(b.ctx, b.owner, b.vendor, m.ID, rules.Ping)
	require.ErrorIs(t, err, domain.Errorf(domain.Conflict, "webhook.disabled", ""))
	_, err = b.Switch(b.ctx, b.admin, b.vendor, m.ID, 0, true)
	require.NoError(t, err)
	_, err = b.Try(b.ctx, b.admin, b.vendor, m.ID, rules.Ping)
	require.NoError(t, err)
	require.Equal(t, 3, b.count(`SELECT count(*) FROM audit_log WHERE actor_id = $1 AND action IN ('webhook.disable', 'webhook.enable', 'webhook.try')`, b.admin.ID))
}

// Another's webhook is not told what concerns nobody but staff: an event without a vendor.
func TestEventsOfNobody(t *testing.T) {
	b := setup(t)
	b.make("https://pos.example.com/")
	b.exec(`INSERT INTO events (subject, subject_id, version, type, actor_role, courier_id) VALUES ('courier', $1, 1, 'courier.online', 'courier', $1)`, newID())
	b.publish()
	b.told()
	require.Zero(t, b.count(`SELECT count(*) FROM webhook_deliveries`))
}
