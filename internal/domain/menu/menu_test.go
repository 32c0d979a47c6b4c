package menu

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestChoosingOptions(t *testing.T) {
	t.Parallel()
	inr := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	small, large, cheese, bacon := domain.ID{1}, domain.ID{2}, domain.ID{3}, domain.ID{4}
	pizza := Dish{Name: "Margherita", Price: inr(20000), Available: true, Groups: []OptionGroup{
		{Name: "Size", Min: 1, Max: 1, Options: []Option{{small, "Small", inr(0), true}, {large, "Large", inr(8000), true}}},
		{Name: "Extras", Min: 0, Max: 2, Options: []Option{{cheese, "Cheese", inr(3000), true}, {bacon, "Bacon", inr(5000), false}}},
	}}
	require.NoError(t, CheckGroups(pizza.Groups))
	for name, tc := range map[string]struct {
		options []domain.ID
		unit    int64
		code    string
	}{
		"one of each":    {[]domain.ID{large, cheese}, 31000, ""},
		"only the must":  {[]domain.ID{small}, 20000, ""},
		"none":           {nil, 20000, "options_invalid"},
		"two sizes":      {[]domain.ID{small, large}, 28000, "options_invalid"},
		"one twice":      {[]domain.ID{small, cheese, cheese}, 23000, "options_invalid"},
		"another dish's": {[]domain.ID{small, {9}}, 20000, "options_invalid"},
		"sold out":       {[]domain.ID{small, bacon}, 25000, "option_unavailable"},
	} {
		unit, _, problems := pizza.Choose(tc.options)
		require.Equal(t, inr(tc.unit), unit, name)
		if tc.code == "" {
			require.Empty(t, problems, name)
			continue
		}
		require.Len(t, problems, 1, name)
		require.Equal(t, tc.code, problems[0].Code, name)
	}
	require.Error(t, CheckGroups([]OptionGroup{{Min: 2, Max: 1, Options: make([]Option, 3)}}))
	require.Error(t, CheckGroups([]OptionGroup{{Min: 0, Max: 4, Options: make([]Option, 3)}}))
}

func TestAvailability(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	none, some := 0, 3
	require.True(t, Dish{Available: true}.AvailableAt(noon))
	require.True(t, Dish{Available: true, Stock: &some}.AvailableAt(noon))
	require.False(t, Dish{Available: true, Stock: &none}.AvailableAt(noon))
	require.False(t, Dish{}.AvailableAt(noon))
	back := Dish{UnavailableUntil: noon}
	require.False(t, back.AvailableAt(noon.Add(-1)))
	require.True(t, back.AvailableAt(noon))
}
