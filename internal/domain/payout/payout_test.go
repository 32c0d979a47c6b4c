package payout

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// leads is the whole table, written down a second time.
var leads = map[State]map[string]State{
	Draft:    {VerbApprove: Approved, VerbFail: Failed},
	Approved: {VerbApprove: Approved, VerbExport: Exported, VerbFail: Failed}, // again: its payee has another bank account
	Exported: {VerbPay: Paid, VerbFail: Failed},
}

func TestEveryVerbInEveryState(t *testing.T) {
	t.Parallel()
	maker, other := domain.ID{1}, domain.ID{2}
	for _, from := range States {
		for _, verb := range []string{VerbApprove, VerbExport, VerbPay, VerbFail} {
			for _, role := range []domain.Role{domain.RoleAdmin, domain.RoleSupport, domain.RoleVendor, domain.RoleCourier, domain.RoleCustomer} {
				p := Payout{State: from, Version: 3, MadeBy: maker}
				err := p.Step(verb, domain.Actor{ID: other, Role: role}, 3)
				to, ok := leads[from][verb]
				if !ok || role != domain.RoleAdmin && role != domain.RoleSupport {
					require.Error(t, err, "%s when %s by %s", verb, from, role)
					require.Equal(t, Payout{State: from, Version: 3, MadeBy: maker}, p)
					continue
				}
				require.NoError(t, err)
				require.Equal(t, to, p.State)
				require.Equal(t, 4, p.Version)
				require.Equal(t, to == Failed, p.Owed())
			}
		}
	}
}

func TestNobodyApprovesTheirOwnDraft(t *testing.T) {
	t.Parallel()
	maker := domain.Actor{ID: domain.ID{1}, Role: domain.RoleAdmin}
	p := Payout{State: Draft, Version: 1, MadeBy: maker.ID}
	require.ErrorIs(t, p.Step(VerbApprove, maker, 0), ErrOwnDraft)
	require.NoError(t, p.Step(VerbFail, maker, 0), "it is theirs to drop")
	p = Payout{State: Draft, Version: 2, MadeBy: maker.ID}
	require.Equal(t, domain.Precondition, domain.KindOf(p.Step(VerbFail, maker, 1)))
}
