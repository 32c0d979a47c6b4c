package account

import (
	"context"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/id"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// Mint says for whom an access token is made without a code.
type Mint struct {
	Email string
	Role  domain.Role   // any but system
	Name  string        // of an account that is made; empty: what stands before the @
	TTL   time.Duration // 0: 12 h; at most 24 h

	Simulated bool // a robot's of a synthetic city: such tokens are not noted in the audit log

	// Permissions are what the account may do from now on, of support alone; nil leaves what it has, and gives a new one
	// MintedPermissions.
	Permissions *domain.Permissions

	// RefundLimit is what support may give back at once from now on; nil leaves what the account has, which is nothing of a new one.
	RefundLimit *domain.Money

	// Usual says that both are what such an account has unless staff have set its rights: what they took they have taken.
	Usual bool
}

// Minted is an access token made without a code. It cannot be refreshed.
type Minted struct {
	Token     string
	User      rules.User
	ExpiresAt time.Time
}

// Mint makes an access token, and the account it is for unless there is one. A courier and the vendors that the account owns become
// approved, where nobody has decided about them yet: what staff have suspended or rejected stays so. It is for those who hold the
// database anyway: operators and tests.
// It returns Invalid, Conflict "account.other_role" when the address has an account of another role, or Forbidden "account.suspended".
func (s *Service) Mint(ctx context.Context, m Mint) (Minted, error) {
	user, err := m.user()
	if err != nil {
		return Minted{}, err
	}
	if m.TTL == 0 {
		m.TTL = rules.MintedTTL
	}
	m.TTL = m.TTL.Truncate(time.Second)
	if m.TTL < time.Second || m.TTL > rules.MaxMintedTTL {
		return Minted{}, domain.Invalidf("ttl", "range", "must be from one second to %s", rules.MaxMintedTTL)
	}
	session := domain.ID(id.New())
	var until time.Time
	var surplus []postgres.Revoked
	err = s.db.InTx(ctx, func(tx *postgres.Tx) error {
		made, err := tx.EnsureUser(ctx, user)
		if err != nil {
			return err
		}
		if err := made.MayAct(); err != nil {
			return err
		}
		if err := tx.EnsureApproved(ctx, made); err != nil {
			return err
		}
		if err := m.rights(ctx, tx, &made); err != nil {
			return err
		}
		user = made
		until, surplus, err = tx.StartSession(ctx, postgres.NewSession{
			ID: session, UserID: made.ID, Device: "minted", AccessTTL: m.TTL, SessionTTL: m.TTL,
		})
		if err != nil || m.Simulated {
			return err
		}
		return tx.Audit(ctx, domain.Operator, postgres.AuditEntry{Action: "token.mint", Subject: "user", SubjectID: made.ID, After: map[string]any{
			"role": made.Role, "permissions": made.Permissions.Names(), "session": session, "expiresAt": until.UTC(),
		}})
	})
	if err != nil {
		return Minted{}, err
	}
	for _, old := range surplus {
		s.revoke(old.ID, old.AccessUntil)
	}
	token, err := s.sign(ctx, user, session, until, m.TTL)
	return Minted{Token: token, User: user, ExpiresAt: until}, err
}

// rights gives an account the permissions and the limit that were asked for; other instances learn of the sessions that this ends.
func (m Mint) rights(ctx context.Context, tx *postgres.Tx, u *rules.User) error {
	before := *u
	if m.Usual {
		if set, err := tx.RightsSetByStaff(ctx, u.ID); err != nil || set {
			return err
		}
	}
	if m.Permissions != nil {
		u.Permissions = *m.Permissions
	}
	if m.RefundLimit != nil {
		u.RefundLimit = *m.RefundLimit
	}
	if u.Permissions == before.Permissions && u.RefundLimit == before.RefundLimit {
		return nil
	}
	if err := tx.StoreStanding(ctx, u); err != nil {
		return err
	}
	if _, err := shutOut(ctx, tx, domain.Operator, *u); err != nil {
		return err
	}
	return tx.Audit(ctx, domain.Operator, postgres.AuditEntry{
		Action: "user.rights", Subject: "user", SubjectID: u.ID, Before: standing(before), After: standing(*u),
	})
}

// user is the account to make, if there is none.
func (m Mint) user() (rules.User, error) {
	email, err := rules.ParseEmail(m.Email)
	if err != nil {
		return rules.User{}, err
	}
	if !m.Role.Known() {
		return rules.User{}, domain.Invalidf("role", "enum", "must be customer, vendor, courier, admin or support")
	}
	name := m.Name
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	first, last, _ := strings.Cut(strings.TrimSpace(name), " ")
	user := rules.User{ID: id.New(), Email: email, FirstName: first, LastName: strings.TrimSpace(last), Role: m.Role}
	if m.Role == domain.RoleSupport {
		user.Permissions = rules.MintedPermissions
	}
	if m.Permissions != nil {
		user.Permissions = *m.Permissions
	}
	if m.Permissions == nil && m.RefundLimit == nil {
		return user, user.Check()
	}
	rights := rules.Rights{Permissions: user.Permissions}
	if m.RefundLimit != nil {
		rights.RefundLimit = *m.RefundLimit
	}
	if err := rights.Check(m.Role); err != nil {
		return user, err
	}
	return user, user.Check()
}
