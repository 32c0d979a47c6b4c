package words_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/words"
)

func TestData(t *testing.T) {
	t.Parallel()
	speaker := words.Speaker{Zone: time.UTC, Money: domain.Money.String, Known: []string{"number"}}
	money := map[string]any{"amount": 4200.0, "currency": "INR"}
	for want, e := range map[string]board.Event{
		"":                          {Data: map[string]any{"number": "8F2K9Q"}},
		"no courier, fee INR 42.00": {Data: map[string]any{"fee": money, "reason": "NO_COURIER", "again": false}},
		"12 min to cook, ready by 12:12:31, expected 12:40:00": {Data: map[string]any{
			"estimatedAt": "2026-03-14T12:40:00Z", "prepMinutes": 12.0, "readyBy": "2026-03-14T12:12:31Z",
		}},
		"expected 14 Mar 00:17": {At: time.Date(2026, 3, 13, 23, 50, 0, 0, time.UTC), Data: map[string]any{"estimatedAt": "2026-03-14T00:17:00Z"}},
		"c-ab10, past the rules, 555 m away": {Type: "delivery.at_customer", CourierID: domain.MustParseID("01900000-0000-7000-8000-00000000ab10"), Data: map[string]any{
			"overridden": true, "distanceMeters": 555.0,
		}},
		"not located, new thing x, other 2 values": {Data: map[string]any{"located": false, "newThing": "x", "other": map[string]any{"a": 1.0, "b": 2.0}}},
		"The oven, broke":                          {Data: map[string]any{"reason": "The oven, broke"}},
	} {
		require.Equal(t, want, speaker.Data(e))
	}
}
