package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/tui/board"
	"github.com/zoop-dev/zoop/internal/tui/filter"
)

func TestEventsThatAFilterLetsThrough(t *testing.T) {
	t.Parallel()
	order, vendor := domain.MustParseID("01900000-0000-7000-8000-00000000f2ab"), domain.MustParseID("01900000-0000-7000-8000-00000000aaaa")
	placed := board.Entry{Number: "8F2K9Q", Event: board.Event{
		Subject: domain.SubjectOrder, SubjectID: order, VendorID: vendor, Type: "order.placed", City: "New Delhi", Actor: domain.RoleCustomer,
	}}
	paused := board.Entry{Event: board.Event{Subject: domain.SubjectVendor, SubjectID: vendor, Type: "vendor.paused", Actor: domain.RoleSystem}}
	for text, want := range map[string][2]bool{
		"": {true, true}, "placed": {true, false}, "-placed": {false, true}, "8f2k": {true, false}, `"new delhi"`: {true, false},
		"type=order.placed": {true, false}, "type=order.*,sla.*": {true, false}, "type!=order.*": {false, true}, "type~pause": {false, true}, "type=ord*,cour*,*": {true, true}, "type~bogus": {false, false},
		"order=8F2K9Q": {true, false}, "order=" + order.String(): {true, false}, "vendor=" + vendor.String(): {true, true},
		"subject=vendor": {false, true}, "actor!=system": {true, false}, "city~delhi type=order.*": {true, false}, "courier=none": {true, true},
		"city~delhi subject=vendor": {false, false},
	} {
		f, err := filter.ParseEvents(text)
		require.NoError(t, err, text)
		require.Equal(t, want, [2]bool{f.Match(placed), f.Match(paused)}, text)
	}
	f, err := filter.ParseEvents("order=8F2K9Q,8f2*," + order.String() + " order!=ABCDEF order~2K vendor=none")
	require.NoError(t, err)
	require.Equal(t, []string{"8F2K9Q", "ABCDEF"}, f.Numbers())
	for text, says := range map[string]string{
		"type=bogus.*": `"bogus.*" is no type of event; there are`, "type=order.plaecd": "near it are order.placed", "type!=order.bogus": "order.*",
		"total>5": `no field "total"`, "type>5": "use = != ~ !~", "type=": "needs a value", `"a`: "quote is not closed",
	} {
		_, err := filter.ParseEvents(text)
		require.ErrorContains(t, err, says)
	}
}
