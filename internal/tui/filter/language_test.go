package filter_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/tui/filter"
)

type shop struct {
	name, city string
	late       float64
	since      time.Time
}

var shops = filter.Language[shop]{
	Word: func(s shop) []string { return []string{s.name, s.city} },
	Fields: []filter.Field[shop]{
		{Name: "name", Meant: "~", Text: func(s shop) string { return s.name }},
		{Name: "mood", Meant: "=", Values: []string{"good", "bad"}, Text: func(s shop) string { return "good" }},
		{Name: "late", Meant: ">", Number: func(s shop) (float64, bool) { return s.late, s.late >= 0 }},
		{Name: "for", Meant: ">", Span: func(s shop, now time.Time) (time.Duration, bool) { return now.Sub(s.since), !s.since.IsZero() }},
	},
}

// TestALanguageOfRows: the same words, fields and operators as of orders, for other rows.
func TestALanguageOfRows(t *testing.T) {
	t.Parallel()
	lima := shop{"Casa Lima", "Delhi", 3, noon.Add(-10 * time.Minute)}
	for text, want := range map[string]bool{
		"": true, "lima": true, "delhi": true, "-pune": true, "-lima": false, `"casa lima"`: true, "name~lim": true, "name=lima": false,
		`name="casa lima",wok`: true, "name!~wok": true, "mood=GOOD": true, "late>2": true, "late>3": false, "late>=3 late<4%": true, "for>9m": true, "for>10": false,
	} {
		f, err := shops.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, f.Match(lima, noon), text)
		require.Equal(t, text, f.String())
	}
	for text, want := range map[string]string{"late>2": "", "-lima wok": "wok", "mood=good name~lim": "lim", `name="casa lima"`: "casa lima", "name!=a name=a,b": "", `"poke bar" x`: "poke bar"} {
		f, err := shops.Parse(text)
		require.NoError(t, err)
		require.Equal(t, want, f.Sought("name"), text)
	}
	timed, err := shops.Parse("for>1m")
	require.NoError(t, err)
	require.True(t, timed.Timed())
	require.False(t, timed.Match(shop{}, noon), "what has none meets no term about it")
	for text, want := range map[string]string{
		"size>3": `no field "size": name, mood, late, for`, "late>": "needs a value", "late~3": "is a number", "late>much": "is a number", "name>a": "is a text",
		"for>soon": "is a time", `name="a`: "not closed",
	} {
		_, err := shops.Parse(text)
		require.ErrorContains(t, err, want, text)
	}
	rows := []shop{lima, {name: "Wok 88"}, {name: "Wok 88"}}
	for text, want := range map[string][]string{
		"l": {"late>"}, "lima mo": {"lima mood="}, "mood=": {"mood=good", "mood=bad"}, "name~w": {`name~"Wok 88"`}, "size=": nil, "late>": nil,
	} {
		require.Equal(t, want, shops.Complete(text, rows), text)
	}
}
