package review

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

var (
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	thali  = domain.ID{1}
	lassi  = domain.ID{2}
	eaten  = Order{ID: domain.ID{3}, VendorID: domain.ID{4}, CourierID: domain.ID{5}, Dishes: []domain.ID{thali, lassi}, HandedOver: true, EndedAt: noon}
	by     = domain.RoleSupport
	opened = noon.Add(time.Hour)
)

func say(stars int, text string) Opinion { return Opinion{Stars: &stars, Text: &text} }

func write(t *testing.T, text string) Review {
	t.Helper()
	r, _, err := Write(domain.ID{9}, eaten, say(4, text), opened)
	require.NoError(t, err)
	return r
}

func types(events []domain.Event) (out []string) {
	for _, e := range events {
		out = append(out, e.Type)
	}
	return out
}

func requireCode(t *testing.T, code string, err error) {
	t.Helper()
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, code, e.Code)
}

func TestWhoMayWriteAndWhen(t *testing.T) {
	t.Parallel()
	cooking, collected := eaten, eaten
	cooking.HandedOver, collected.CourierID = false, domain.Nil
	_, _, err := Write(domain.ID{9}, cooking, say(4, ""), opened)
	requireCode(t, "review.not_received", err)
	_, _, err = Write(domain.ID{9}, eaten, say(4, ""), noon.Add(WriteWithin))
	requireCode(t, "review.too_late", err)
	_, _, err = Write(domain.ID{9}, eaten, say(4, ""), noon.Add(WriteWithin-1))
	require.NoError(t, err)

	r := write(t, "")
	_, err = r.Edit(eaten, say(5, ""), opened.Add(EditWithin-1))
	require.NoError(t, err)
	_, err = r.Edit(eaten, say(5, ""), opened.Add(EditWithin))
	requireCode(t, "review.closed", err)
	_, err = r.Show(1, "key", opened.Add(EditWithin))
	requireCode(t, "review.closed", err)

	five := 5
	_, _, err = Write(domain.ID{9}, collected, Opinion{Stars: &five, CourierStars: &five}, opened)
	requireField(t, "courierStars", err)
}

func requireField(t *testing.T, field string, err error) {
	t.Helper()
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Len(t, e.Fields, 1)
	require.Equal(t, field, e.Fields[0].Field)
}

func TestOpinionsHaveBounds(t *testing.T) {
	t.Parallel()
	stars := func(n int) *int { return &n }
	dishes := func(all ...DishStars) *[]DishStars { return &all }
	text := func(s string) *string { return &s }
	for field, o := range map[string]Opinion{
		"stars":            {Stars: stars(0)},
		"courierStars":     {Stars: stars(5), CourierStars: stars(6)},
		"text":             {Stars: stars(5), Text: text(strings.Repeat("ü", MaxText+1))},
		"dishes[0].dishId": {Stars: stars(5), Dishes: dishes(DishStars{domain.ID{7}, 5})},
		"dishes[1].dishId": {Stars: stars(5), Dishes: dishes(DishStars{thali, 5}, DishStars{thali, 4})},
		"dishes[1].stars":  {Stars: stars(5), Dishes: dishes(DishStars{thali, 5}, DishStars{lassi, 9})},
	} {
		_, _, err := Write(domain.ID{9}, eaten, o, opened)
		requireField(t, field, err)
	}
	_, _, err := Write(domain.ID{9}, eaten, Opinion{Text: text("no stars")}, opened)
	requireField(t, "stars", err)
	_, _, err = Write(domain.ID{9}, eaten, say(5, "escape\x1b"), opened)
	requireField(t, "text", err)
	_, _, err = Write(domain.ID{9}, eaten, say(5, strings.Repeat("ü", MaxText)), opened)
	require.NoError(t, err)
}

func TestWhatIsPublishedAtOnce(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]State{
		"": Published, "Hot, and in 20 minutes.": Published, "बहुत स्वादिष्ट": Published, "Great food.Came in time.": Published,
		"4.5 of 5, 1,200 rupees for 2": Published,
		"see https://example.test":     Pending, "WWW.example": Pending, "cheaper at example.com": Pending, "bit.ly/x": Pending,
		"mail me@home": Pending, "call 98100 00000": Pending, "call ९८१०० ०००००": Pending, "+91 (22) 123-45": Pending,
	} {
		r := write(t, text)
		require.Equal(t, want, r.State, text)
	}
	r := write(t, "fine")
	events, err := r.Show(2, "picture", opened)
	require.NoError(t, err)
	require.Equal(t, Pending, r.State, "somebody looks at every picture first")
	require.Equal(t, []string{"review.edited"}, types(events))
	events, err = r.Show(2, "picture", opened)
	require.NoError(t, err)
	require.Empty(t, events, "the same again is nothing")
	events, err = r.Show(2, "", opened)
	require.NoError(t, err)
	require.Equal(t, []string{"review.edited", "review.published"}, types(events))
	_, err = r.Show(MaxPhotos+1, "x", opened)
	requireField(t, "place", err)
}

func TestWhatStaffRejectedOnlyStaffPublish(t *testing.T) {
	t.Parallel()
	r := write(t, "rude")
	_, err := r.Judge(VerbReject, by, "")
	requireField(t, "reason", err)
	require.Equal(t, Published, r.State)
	event, err := r.Judge(VerbReject, by, "it insults")
	require.NoError(t, err)
	require.Equal(t, "review.rejected", event.Type)
	require.Equal(t, Rejected, r.State)
	_, err = r.Judge(VerbReject, by, "again")
	requireCode(t, "review.illegal_transition", err)

	for range 2 { // the second edit is of a pending one, and still not the customer's to publish
		_, err = r.Edit(eaten, say(4, "polite"), opened)
		require.NoError(t, err)
		require.Equal(t, Pending, r.State)
		require.Empty(t, r.Reason)
	}
	_, err = r.Judge(VerbPublish, by, "")
	require.NoError(t, err)
	_, err = r.Edit(eaten, say(3, "still polite"), opened)
	require.NoError(t, err)
	require.Equal(t, Published, r.State)
	_, err = r.Judge(VerbReject, domain.RoleCustomer, "x")
	require.Equal(t, domain.Forbidden, domain.KindOf(err))
}

func TestOnlyWhatIsPublishedIsAnswered(t *testing.T) {
	t.Parallel()
	r := write(t, "see example.com")
	_, err := r.Answer("thanks", opened)
	require.Equal(t, domain.NotFound, domain.KindOf(err))
	r = write(t, "fine")
	event, err := r.Answer("thanks", opened)
	require.NoError(t, err)
	require.Equal(t, "review.replied", event.Type)
	event, err = r.Answer(" thanks\n", opened.Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, event.Type)
	require.Equal(t, opened, r.RepliedAt)
	_, err = r.Answer(strings.Repeat("x", MaxText+1), opened)
	requireField(t, "text", err)
	_, err = r.Answer(" \n", opened)
	requireField(t, "text", err)
	event, err = r.Answer("", opened)
	require.NoError(t, err)
	require.Equal(t, "review.reply_removed", event.Type)
	require.Zero(t, r.RepliedAt)
}

// What staff rejected is not taken back and written again as if nobody had looked; what says the same again is no event.
func TestARejectedReviewStays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	r := Review{Stars: 4, Text: "fine", State: Published, CreatedAt: now}
	require.NoError(t, r.MayGo(now))
	stars := 4
	events, err := r.Edit(Order{}, Opinion{Stars: &stars}, now)
	require.NoError(t, err)
	require.Empty(t, events)
	require.True(t, r.EditedAt.IsZero())
	_, err = r.Judge(VerbReject, domain.RoleSupport, "it insults")
	require.NoError(t, err)
	require.Equal(t, domain.Conflict, domain.KindOf(r.MayGo(now)))
	_, err = r.Judge(VerbPublish, domain.RoleSupport, "")
	require.NoError(t, err)
	require.NoError(t, r.MayGo(now))
}
