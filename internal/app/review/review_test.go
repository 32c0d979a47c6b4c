package review_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/review"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
)

func (b *bundle) list(actor domain.Actor, f review.Filter) (texts []string) {
	b.t.Helper()
	if f.Limit == 0 {
		f.Limit = 50
	}
	found, err := b.OfVendor(b.ctx, actor, f)
	require.NoError(b.t, err)
	for _, v := range found {
		texts = append(texts, v.Text)
	}
	return texts
}

func TestAReviewIsItsCustomersAndOfWhatTheyReceived(t *testing.T) {
	b := setup(t, review.Options{})
	asha, other := b.customers[0], b.customers[1]
	orderID := b.order(asha, b.vendors[0], "delivered")
	_, err := b.Write(b.ctx, other, orderID, say(1, "not mine"))
	requireCode(t, "not_found", err)
	_, err = b.Write(b.ctx, asha, b.order(asha, b.vendors[0], "cancelled"), say(1, "cancelled"))
	requireCode(t, "review.not_received", err)
	late := b.order(asha, b.vendors[0], "completed")
	b.exec("UPDATE orders SET ended_at = now() - interval '14 days' WHERE id = $1", late)
	_, err = b.Write(b.ctx, asha, late, say(1, "late"))
	requireCode(t, "review.too_late", err)

	dishes, courier := []rules.DishStars{{DishID: b.dishes[b.vendors[0]][1], Stars: 2}}, 5
	o := say(4, "Good food")
	o.Dishes, o.CourierStars = &dishes, &courier
	v, err := b.Write(b.ctx, asha, orderID, o)
	require.NoError(t, err)
	require.Equal(t, rules.Published, v.State)
	require.Equal(t, []string{"Lassi"}, v.DishNames)
	require.Equal(t, 5, v.CourierStars)
	require.Equal(t, "Asha R.", rules.Author(v.FirstName, v.LastName))
	_, err = b.Write(b.ctx, asha, orderID, say(5, "again"))
	requireCode(t, "review.exists", err)

	_, err = b.OfOrder(b.ctx, other, orderID)
	requireCode(t, "not_found", err)
	_, err = b.Edit(b.ctx, other, orderID, 0, say(1, ""))
	requireCode(t, "not_found", err)
	requireCode(t, "not_found", b.Remove(b.ctx, other, orderID, 0))
	_, err = b.OfOrder(b.ctx, staff, orderID)
	require.NoError(t, err)

	_, err = b.Edit(b.ctx, asha, orderID, 7, say(1, ""))
	requireCode(t, "precondition", err)
	edited, err := b.Edit(b.ctx, asha, orderID, 1, rules.Opinion{Dishes: &[]rules.DishStars{}})
	require.NoError(t, err)
	require.Equal(t, "Good food", edited.Text, "what was not said stays")
	require.Empty(t, edited.Dishes)
	require.Equal(t, 2, edited.Version)
	b.exec("UPDATE reviews SET created_at = now() - interval '7 days'")
	_, err = b.Edit(b.ctx, asha, orderID, 0, say(1, ""))
	requireCode(t, "review.closed", err)
	requireCode(t, "review.closed", b.Remove(b.ctx, asha, orderID, 0))
	b.exec("UPDATE reviews SET created_at = now()")
	require.NoError(t, b.Remove(b.ctx, asha, orderID, 2))
	_, err = b.OfOrder(b.ctx, asha, orderID)
	requireCode(t, "not_found", err)
	_, err = b.Write(b.ctx, asha, orderID, say(5, "anew"))
	require.NoError(t, err)

	require.Equal(t, "review.created review.published review.edited review.removed review.created review.published",
		scan[string](b, "SELECT string_agg(type, ' ' ORDER BY version) FROM events WHERE subject_id = $1", orderID))
	require.Zero(t, scan[int](b, "SELECT count(*) FROM events WHERE courier_id IS NOT NULL"), "a courier hears of no review")
	require.Equal(t, scan[int](b, "SELECT version FROM orders WHERE id = $1", orderID), scan[int](b, "SELECT max(version) FROM events WHERE subject_id = $1", orderID))
}

func TestWhoReadsWhat(t *testing.T) {
	b := setup(t, review.Options{})
	b.written(say(5, "one"))
	b.written(say(3, "two"))
	b.written(say(5, "three"))
	waits := b.written(say(5, "see example.com"))
	gone := b.written(say(5, "rude"))
	_, err := b.Judge(b.ctx, staff, gone.ID, 1, rules.VerbReject, "it insults")
	require.NoError(t, err)

	all := review.Filter{VendorID: b.vendors[0]}
	require.Equal(t, []string{"three", "two", "one"}, b.list(anonymous, all))
	require.Equal(t, []string{"three", "one"}, b.list(anonymous, review.Filter{VendorID: b.vendors[0], Stars: 5}))
	require.Empty(t, b.list(anonymous, review.Filter{VendorID: b.vendors[1]}))
	first, err := b.OfVendor(b.ctx, anonymous, review.Filter{VendorID: b.vendors[0], Limit: 1})
	require.NoError(t, err)
	require.Equal(t, []string{"two", "one"}, b.list(anonymous, review.Filter{VendorID: b.vendors[0], Before: first[0].ID}))

	b.exec("UPDATE vendors SET status = 'suspended' WHERE id = $1", b.vendors[0])
	_, err = b.OfVendor(b.ctx, anonymous, review.Filter{VendorID: b.vendors[0], Limit: 5})
	requireCode(t, "not_found", err)
	_, err = b.OfVendor(b.ctx, b.customers[0], review.Filter{VendorID: b.vendors[0], Limit: 5})
	requireCode(t, "not_found", err)
	require.Len(t, b.list(b.kitchen, all), 3)
	require.Len(t, b.list(staff, all), 3)

	pending, err := b.All(b.ctx, rules.Pending, domain.Nil, 10)
	require.NoError(t, err)
	require.Len(t, pending, 1)
	require.Equal(t, waits.ID, pending[0].ID)
	pending, err = b.All(b.ctx, rules.Pending, waits.ID, 10)
	require.NoError(t, err)
	require.Empty(t, pending)
}

func TestStaffJudgeTheVersionTheySaw(t *testing.T) {
	b := setup(t, review.Options{})
	v := b.written(say(2, "cheaper at example.com"))
	require.Equal(t, rules.Pending, v.State)
	_, err := b.Judge(b.ctx, staff, v.ID, 2, rules.VerbPublish, "")
	requireCode(t, "precondition", err)
	v, err = b.Judge(b.ctx, staff, v.ID, 1, rules.VerbReject, "it advertises")
	require.NoError(t, err)
	require.Equal(t, "it advertises", v.Reason)
	v, err = b.Edit(b.ctx, b.customers[0], v.OrderID, 0, say(2, "cheaper elsewhere"))
	require.NoError(t, err)
	require.Equal(t, rules.Pending, v.State, "who was rejected waits")
	_, err = b.Judge(b.ctx, staff, v.ID, v.Version, rules.VerbPublish, "")
	require.NoError(t, err)
	require.Equal(t, "review.reject pending rejected, review.publish pending published",
		scan[string](b, "SELECT string_agg(concat_ws(' ', action, before ->> 'state', after ->> 'state'), ', ' ORDER BY id) FROM audit_log"))
	require.Zero(t, scan[int](b, "SELECT count(*) FROM audit_log WHERE position('advertises' IN before::text || after::text) > 0"), "no words in the log")
}

func TestTheVendorAnswers(t *testing.T) {
	b := setup(t, review.Options{})
	v := b.written(say(4, "fine"))
	stranger := b.person(domain.RoleVendor, "Max", "")
	_, err := b.Reply(b.ctx, stranger, v.ID, 0, "hello")
	requireCode(t, "not_found", err)
	_, err = b.Reply(b.ctx, b.kitchen, v.ID, 0, "hello")
	requireCode(t, "forbidden", err)
	partner := b.owner
	partner.Key, partner.Vendor = domain.ID{1}, b.vendors[1]
	_, err = b.Reply(b.ctx, partner, v.ID, 0, "hello")
	requireCode(t, "not_found", err)
	v, err = b.Reply(b.ctx, b.owner, v.ID, 1, "Thank you")
	require.NoError(t, err)
	require.Equal(t, "Thank you", v.Reply)
	require.NotZero(t, v.RepliedAt)
	_, err = b.Reply(b.ctx, b.owner, v.ID, 1, "Thanks")
	requireCode(t, "precondition", err)
	v, err = b.Reply(b.ctx, b.owner, v.ID, 2, "Thanks")
	require.NoError(t, err)
	require.Equal(t, "Thanks", v.Reply)
	v, err = b.Reply(b.ctx, b.owner, v.ID, 0, "")
	require.NoError(t, err)
	require.Zero(t, v.RepliedAt)

	waits := b.written(say(4, "see example.com"))
	_, err = b.Reply(b.ctx, b.owner, waits.ID, 0, "hello")
	requireCode(t, "not_found", err)
}

func TestPhotosAreLookedAtFirst(t *testing.T) {
	b := setup(t, review.Options{})
	asha := b.customers[0]
	v := b.written(say(4, "fine"))
	_, err := b.SetPhoto(b.ctx, b.customers[1], v.OrderID, 0, 1, []byte("theirs"))
	requireCode(t, "not_found", err)
	_, err = b.SetPhoto(b.ctx, asha, v.OrderID, 9, 1, []byte("stale"))
	requireCode(t, "precondition", err)
	require.Zero(t, scan[int](b, "SELECT count(*) FROM pictures"), "who may not is told so before the file costs anything")

	v, err = b.SetPhoto(b.ctx, asha, v.OrderID, 1, 1, []byte("a"))
	require.NoError(t, err)
	require.Equal(t, rules.Pending, v.State)
	v, err = b.SetPhoto(b.ctx, asha, v.OrderID, 0, 3, []byte("b"))
	require.NoError(t, err)
	require.Len(t, v.Photos, 2)
	require.Empty(t, b.list(anonymous, review.Filter{VendorID: b.vendors[0]}))
	v, err = b.Judge(b.ctx, staff, v.ID, v.Version, rules.VerbPublish, "")
	require.NoError(t, err)
	require.Len(t, b.list(anonymous, review.Filter{VendorID: b.vendors[0]}), 1)

	b.exec("UPDATE pictures SET idle_since = now() - interval '1 day'") // as if the collector had come in between
	doom, _, err := b.db.DoomPictures(b.ctx, time.Hour, time.Minute, 10)
	require.NoError(t, err)
	require.Empty(t, doom.Keys, "what a review shows is not collected")
	v, err = b.SetPhoto(b.ctx, asha, v.OrderID, 0, 1, []byte("c"))
	require.NoError(t, err)
	require.NoError(t, b.DropPhoto(b.ctx, asha, v.OrderID, 0, 1))
	require.NoError(t, b.Remove(b.ctx, asha, v.OrderID, 0))
	require.Equal(t, 3, scan[int](b, "SELECT count(*) FROM pictures WHERE idle_since IS NOT NULL"), "nobody shows them any more")
}

// However often a customer rewrites a review and a vendor its reply, an order's timeline stays bounded; staff may judge
// nevertheless, and what was said may be taken back.
func TestAReviewIsNotRewrittenWithoutEnd(t *testing.T) {
	b := setup(t, review.Options{})
	v := b.written(say(4, "good"))
	var err error
	for n := 0; err == nil; n++ {
		require.LessOrEqual(t, n, rules.MaxSaid)
		_, err = b.Edit(b.ctx, b.customers[0], v.OrderID, 0, say(1+n%5, ""))
	}
	requireCode(t, "review.said_enough", err)
	for n := 0; n <= rules.MaxSaid; n++ {
		_, err = b.Reply(b.ctx, b.owner, v.ID, 0, fmt.Sprint("Thank you ", n))
		if n < rules.MaxSaid {
			require.NoError(t, err, "each side has a bound of its own")
		}
	}
	requireCode(t, "review.said_enough", err)
	_, err = b.Judge(b.ctx, staff, v.ID, 0, rules.VerbReject, "spam")
	require.NoError(t, err)
	require.LessOrEqual(t, scan[int](b, "SELECT count(*) FROM events WHERE type LIKE 'review.%'"), 2*rules.MaxSaid+2)
	require.Equal(t, domain.Conflict, domain.KindOf(b.Remove(b.ctx, b.customers[0], v.OrderID, 0)), "a rejected review stays")
	_, err = b.Judge(b.ctx, staff, v.ID, 0, rules.VerbPublish, "")
	require.NoError(t, err)
	require.NoError(t, b.Remove(b.ctx, b.customers[0], v.OrderID, 0))
	_, err = b.Write(b.ctx, b.customers[0], v.OrderID, say(4, "again"))
	requireCode(t, "review.said_enough", err)
	require.Empty(t, scan[string](b, fold))
}
