package review_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/app/review"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/review"
)

// fold counts the votes of all published reviews, row by row, with nothing of what keeps the tallies.
const fold = `
	WITH votes AS (
		SELECT 'vendor' AS subject, vendor_id AS id, stars FROM reviews WHERE state = 'published'
		UNION ALL
		SELECT 'dish', d.dish_id, d.stars FROM reviews r JOIN review_dishes d ON d.review_id = r.id WHERE r.state = 'published'
		UNION ALL
		SELECT 'courier', d.courier_id, r.courier_stars FROM reviews r JOIN deliveries d ON d.order_id = r.order_id
		WHERE r.state = 'published' AND r.courier_stars IS NOT NULL
	), counted AS (
		SELECT subject, id, sum(stars) AS stars, count(*) AS votes FROM votes GROUP BY 1, 2
	)
	SELECT coalesce(string_agg(concat_ws(' ', coalesce(c.subject, r.subject), coalesce(c.id, r.subject_id), c.stars, c.votes, '≠', r.stars, r.votes), E'\n'), '')
	FROM counted c
	FULL JOIN ratings r ON r.subject_id = c.id AND r.subject = c.subject
	WHERE coalesce(c.stars, 0) <> coalesce(r.stars, 0) OR coalesce(c.votes, 0) <> coalesce(r.votes, 0)`

// deed is one thing that somebody does to the review of some order.
type deed struct {
	order int
	what  string
	stars int
	dish  int // stars of the first dish; 0: none given
	text  string
}

var deeds = rapid.Custom(func(t *rapid.T) deed {
	return deed{
		order: rapid.IntRange(0, 5).Draw(t, "order"),
		what:  rapid.SampledFrom([]string{"write", "write", "edit", "remove", "publish", "reject", "reply", "photo", "show"}).Draw(t, "what"),
		stars: rapid.IntRange(1, 5).Draw(t, "stars"),
		dish:  rapid.IntRange(0, 5).Draw(t, "dish"),
		text:  rapid.SampledFrom([]string{"", "fine", "see example.com"}).Draw(t, "text"),
	}
})

func (b *bundle) do(d deed, orders []domain.ID) error {
	customer, orderID := b.customers[d.order%len(b.customers)], orders[d.order]
	o := say(d.stars, d.text)
	o.CourierStars = &d.stars
	dishes := []rules.DishStars{}
	if d.dish > 0 {
		dishes = append(dishes, rules.DishStars{DishID: b.dishes[b.vendors[d.order%2]][0], Stars: d.dish})
	}
	o.Dishes = &dishes
	v, err := b.OfOrder(b.ctx, staff, orderID)
	if err != nil && domain.KindOf(err) != domain.NotFound {
		return err
	}
	switch d.what {
	case "write":
		_, err = b.Write(b.ctx, customer, orderID, o)
	case "edit":
		_, err = b.Edit(b.ctx, customer, orderID, 0, o)
	case "remove":
		err = b.Remove(b.ctx, customer, orderID, 0)
	case "publish", "reject":
		_, err = b.Judge(b.ctx, staff, v.ID, 0, d.what, map[string]string{"reject": "no"}[d.what])
	case "reply":
		_, err = b.Reply(b.ctx, b.owner, v.ID, 0, d.text)
	case "photo":
		_, err = b.SetPhoto(b.ctx, customer, orderID, 0, 1, []byte(d.text))
	case "show":
		_, err = b.ShowRatings(b.ctx)
	}
	if kind := domain.KindOf(err); kind == domain.NotFound || kind == domain.Conflict {
		return nil
	}
	return err
}

func TestTalliesAreAFoldOfTheReviews(t *testing.T) {
	b := setup(t, review.Options{Pause: time.Nanosecond})
	rapid.Check(t, func(rt *rapid.T) {
		var orders []domain.ID
		for n := range 6 {
			orders = append(orders, b.order(b.customers[n%len(b.customers)], b.vendors[n%2], "delivered"))
		}
		var hands sync.WaitGroup
		failed := make(chan error, 4)
		for range 4 {
			list := rapid.SliceOfN(deeds, 1, 6).Draw(rt, "deeds")
			hands.Go(func() {
				for _, d := range list {
					if err := b.do(d, orders); err != nil {
						failed <- fmt.Errorf("%+v: %w", d, err)
						return
					}
				}
			})
		}
		hands.Wait()
		close(failed)
		for err := range failed {
			rt.Fatal(err)
		}
		if wrong := scan[string](b, fold); wrong != "" {
			rt.Fatalf("the tallies differ from the reviews:\n%s", wrong)
		}
	})
	b.show()
	for subject, table := range map[string]string{"vendor": "vendors", "dish": "dishes"} {
		rows, err := b.pool.Query(b.ctx, `SELECT r.stars, r.votes, t.rating_average, t.rating_count FROM ratings r JOIN `+table+` t ON t.id = r.subject_id WHERE r.subject = $1`, subject)
		require.NoError(t, err)
		seen := 0
		for ; rows.Next(); seen++ {
			var tally rules.Tally
			var shown rules.Rating
			require.NoError(t, rows.Scan(&tally.Stars, &tally.Votes, &shown.Average, &shown.Count))
			require.Equal(t, rules.Rate(tally, rules.Imported{}), shown, table)
		}
		require.NoError(t, rows.Err())
		require.Equal(t, 2, seen)
	}
	require.Zero(t, scan[int](b, "SELECT count(*) FROM ratings WHERE stale"))
	require.Equal(t, scan[int](b, "SELECT sum(version) - 2 FROM vendors"), scan[int](b, "SELECT count(*) FROM events WHERE type = 'vendor.rated'"))
}

func TestAVendorShowsItsRatingAtMostOnceAPause(t *testing.T) {
	b := setup(t, review.Options{Pause: time.Hour})
	vendorID := b.vendors[0]
	b.exec("UPDATE vendors SET source_rating = 4.9, source_votes = 77, rating_average = 4.71, rating_count = 77 WHERE id = $1", vendorID)
	shown := func() string {
		return scan[string](b, "SELECT concat_ws(' ', rating_average, rating_count, version) FROM vendors WHERE id = $1", vendorID)
	}
	b.show()
	require.Equal(t, "4.71 77 1", shown(), "nobody has voted here")
	o := say(1, "cold")
	o.Dishes = &[]rules.DishStars{{DishID: b.dishes[vendorID][0], Stars: 5}}
	b.written(o)
	b.show()
	require.Equal(t, "4.64 78 2", shown(), "the first vote shows at once, beside those from elsewhere")
	require.Equal(t, "3.67 1 1", scan[string](b, "SELECT concat_ws(' ', rating_average, rating_count, version) FROM dishes WHERE id = $1", b.dishes[vendorID][0]))
	require.Equal(t, "4.64", scan[string](b, "SELECT data ->> 'average' FROM events WHERE type = 'vendor.rated'"))
	for range 10 {
		b.written(say(1, "cold"))
	}
	b.show()
	require.Equal(t, "4.64 78 2", shown(), "the next ones wait for the pause")
	b.exec("UPDATE ratings SET shown_at = shown_at - interval '1 hour'")
	b.show()
	require.Equal(t, "4.12 88 3", shown(), "and then show together")
	b.exec("UPDATE ratings SET shown_at = shown_at - interval '1 hour'")
	b.show()
	require.Equal(t, "4.12 88 3", shown(), "without a new vote nothing changes")
	require.Zero(t, scan[int](b, "SELECT count(*) FROM cart_checks"), "carts show no ratings")
}

func TestACourierSeesEveryFifthVote(t *testing.T) {
	b := setup(t, review.Options{Pause: time.Nanosecond})
	shown := func() string {
		b.show()
		return scan[string](b, "SELECT concat_ws(' ', rating_average, rating_count) FROM couriers")
	}
	stars := 1
	o := say(5, "")
	o.CourierStars = &stars
	for range rules.CourierStep - 1 {
		b.written(o)
		require.Equal(t, "0 0", shown())
	}
	b.written(o)
	require.Equal(t, "2.54 5", shown())
	b.written(o)
	require.Equal(t, "2.54 5", shown())
	require.Zero(t, scan[int](b, "SELECT count(*) FROM events WHERE subject = 'courier'"))
}
