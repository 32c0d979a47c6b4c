package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func fromAccount(u account.User) dto.Account {
	return dto.Account{
		ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Phone: u.Phone, Role: dto.Role(u.Role),
		Status: dto.AccountStatus(u.Status), StatusReason: some(u.StatusReason), Permissions: permissionsOf(u),
		RefundLimit: fromLimit(u.RefundLimit), Version: u.Version, CreatedAt: u.CreatedAt.UTC(),
	}
}

func fromInvitation(i account.Invitation) dto.Invitation {
	return dto.Invitation{
		ID: i.ID, Email: i.Email, Role: dto.StaffRole(i.Role), Permissions: fromPermissions(i.Rights.Permissions),
		RefundLimit: fromLimit(i.Rights.RefundLimit), InvitedBy: some(i.InvitedBy), CreatedAt: i.CreatedAt.UTC(), ExpiresAt: i.ExpiresAt.UTC(),
	}
}

// permissionsOf are those of support; everybody else's go without saying.
func permissionsOf(u account.User) []dto.Permission {
	if u.Role != domain.RoleSupport {
		return nil
	}
	return fromPermissions(u.Permissions)
}

func fromPermissions(set domain.Permissions) []dto.Permission {
	out := []dto.Permission{}
	for _, name := range set.Names() {
		out = append(out, dto.Permission(name))
	}
	return out
}

func toPermissions(list []dto.Permission) (domain.Permissions, error) {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = string(p)
	}
	return domain.ParsePermissions(names)
}

func fromLimit(m domain.Money) *dto.Money {
	if m.Amount == 0 {
		return nil
	}
	limit := fromMoney(m)
	return &limit
}

// toLimit reads an absent limit as none.
func toLimit(l *dto.RefundLimit) domain.Money {
	if l == nil {
		return domain.Money{}
	}
	return domain.Money{Amount: l.Amount, Currency: domain.Currency(l.Currency)}
}
