package filter_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/filter"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func sample() *board.Order {
	return &board.Order{
		Number: "8F2K9Q", Vendor: "Casa Lima", State: order.PickedUp, City: "Delhi", Fulfilment: order.Delivery,
		CourierID: domain.MustParseID("01900000-0000-7000-8000-00000000ab10"),
		Total:     domain.Money{Amount: 50_000, Currency: "INR"}, PlacedAt: noon.Add(-20 * time.Minute), PromisedAt: noon.Add(4 * time.Minute),
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"": true, "   ": true, "lima": true, "LIMA": true, "8f2k": true, "picked": true, "wok": false, "-wok": true, "-lima": false,
		`"casa lima"`: true, `"casa  lima"`: false, "casa lima": true, "casa wok": false,
		"state=picked_up": true, "state=placed": false, "state=placed,picked_up": true, "state!=done": true, "state=live": true,
		"state=done": false, "state~pick": true, "state!~pick": false, "STATE=Picked_Up": true,
		"vendor~lima": true, "vendor=lima": false, `vendor="casa lima"`: true, "vendor!~wok": true,
		"number=8f2k9q": true, "order~2k": true, "city=delhi": true, "fulfilment=pickup": false,
		"courier=c-ab10": true, "courier=none": false, "courier!=none": true,
		"total>499.99": true, "total>500": false, "total>=500": true, "total=500": true, "total<1": false, "total!=500": false, "total<=500": true,
		"sla<5m": true, "sla<5": true, "sla<4m": false, "sla>-2m": true, "age>19m30s": true, "age<20": false, "age>=20": true,
		"state!=done sla<5m vendor~lima total>100": true, "state!=done sla<5m vendor~lima total>900": false,
	} {
		f, err := filter.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, f.Match(sample(), noon), text)
	}
}

func TestEndedHasNoSLA(t *testing.T) {
	t.Parallel()
	o := sample()
	o.State = order.Delivered
	for _, text := range []string{"sla<5m", "sla>5m", "sla>=-100h"} {
		f, err := filter.Parse(text)
		require.NoError(t, err)
		require.True(t, f.Timed())
		require.False(t, f.Match(o, noon), text)
	}
}

func TestParseErrorsHelp(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"colour=red": `no field "colour"`, "state=lost": `no state "lost"`, "state=": "needs a value", "total>much": "no amount",
		"sla<soon": "is a time", "sla~5m": "is a time", "total~5": "is a number", "vendor>x": "is a text", `vendor="casa`: "not closed",
	} {
		_, err := filter.Parse(text)
		require.ErrorContains(t, err, want, text)
	}
}

// TestParseNeverPanics: every keystroke is parsed.
func TestParseNeverPanics(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"state", "sla", "total", "=", "!", "~", "<", "\"", " ", "-", "5m", "é", "寿"})
		text := ""
		for range rapid.IntRange(0, 8).Draw(t, "parts") {
			text += part.Draw(t, "part")
		}
		if f, err := filter.Parse(text); err == nil {
			f.Match(sample(), noon)
		}
	})
}

func TestComplete(t *testing.T) {
	t.Parallel()
	another := *sample()
	another.Vendor, another.City, another.CourierID = "Wok 88", "Pune", domain.Nil
	orders := []*board.Order{sample(), &another}
	for text, want := range map[string][]string{
		"v": {"vendor~"}, "sl": {"sla<"}, "lima st": {"lima state="}, "zzz": nil,
		"state=pic": {"state=picked_up"}, "state=ready,pic": {"state=ready,picked_up"}, "state!=li": {"state!=live"},
		"vendor~": {`vendor~"Casa Lima"`, `vendor~"Wok 88"`}, "vendor~wo": {`vendor~"Wok 88"`}, `vendor~"ca`: {`vendor~"Casa Lima"`},
		"city=p": {"city=Pune"}, "courier=": {"courier=none", "courier=c-ab10"}, "fulfilment=d": {"fulfilment=delivery"},
		"total>": nil, "sla<": {"sla<0", "sla<3m", "sla<5m", "sla<10m"},
	} {
		require.Equal(t, want, filter.Complete(text, orders), text)
		for _, whole := range want {
			if _, op, found := strings.Cut(whole, "="); found && op != "" {
				_, err := filter.Parse(whole)
				require.NoError(t, err, whole)
			}
		}
	}
}
