package page

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/tui/keymap"
	"github.com/zoop-dev/zoop/internal/tui/theme"
)

// TestWhyNotTellsTheStanding of who is not approved: to have been suspended is not to wait for approval.
func TestWhyNotTellsTheStanding(t *testing.T) {
	t.Parallel()
	p := NewCouriers(theme.Theme{}, keymap.Map{}, time.UTC)
	shown := func(status dto.DeskCourierStatus, why dto.Exclusion) string {
		row := ReadCourier(dto.DeskCourier{Status: status, Excluded: &why})
		for _, c := range p.columns {
			if c.Name == "WHY NOT" {
				return c.Text(row, time.Time{})
			}
		}
		return ""
	}
	require.Equal(t, "suspended", shown("suspended", dto.ExclusionNotApproved))
	require.Equal(t, "rejected", shown("rejected", dto.ExclusionNotApproved))
	require.Equal(t, "pending", shown("pending", dto.ExclusionNotApproved))
	require.Equal(t, "off shift", shown("approved", dto.ExclusionOffShift))
	require.Equal(t, "not approved", shown("", dto.ExclusionNotApproved))
}
