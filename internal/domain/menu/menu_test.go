package menu

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) // a Monday

func TestChoosingOptions(t *testing.T) {
	t.Parallel()
	inr := func(n int64) domain.Money { return domain.Money{Amount: n, Currency: "INR"} }
	option := func(id domain.ID, price int64) Option { return Option{ID: id, Price: inr(price), Available: true} }
	small, large, cheese, bacon := domain.ID{1}, domain.ID{2}, domain.ID{3}, domain.ID{4}
	pizza := Dish{Name: "Margherita", Price: inr(20000), Available: true, Groups: []OptionGroup{
		{Name: "Size", Min: 1, Max: 1, Options: []Option{option(small, 0), option(large, 8000)}},
		{Name: "Extras", Min: 0, Max: 2, Options: []Option{option(cheese, 3000), {ID: bacon, Price: inr(5000)}}},
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
		unit, _, problems := pizza.Choose(tc.options, noon)
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
