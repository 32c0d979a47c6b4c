package api

import (
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	app "github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func (h *handlers) signup(c *call) (answer, error) {
	req, err := body[dto.SignupRequest](c)
	if err != nil {
		return answer{}, err
	}
	profile := account.Profile{FirstName: req.FirstName, LastName: deref(req.LastName), Role: domain.Role(req.Role)}
	return codeSent(h.Accounts.Signup(c.Context(), c.client(nil), req.Email, profile))
}

func (h *handlers) login(c *call) (answer, error) {
	req, err := body[dto.LoginRequest](c)
	if err != nil {
		return answer{}, err
	}
	return codeSent(h.Accounts.Login(c.Context(), c.client(nil), req.Email))
}

// codeSent is the same whether or not the address has an account.
func codeSent(err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return accepted(dto.CodeSent{ExpiresIn: int(account.CodeTTL / time.Second)})
}

func (h *handlers) verify(c *call) (answer, error) {
	req, err := body[dto.VerifyRequest](c)
	if err != nil {
		return answer{}, err
	}
	tokens, err := h.Accounts.Verify(c.Context(), c.client(req.Device), req.Email, req.Otp)
	if err != nil {
		return answer{}, err
	}
	return ok(h.pics.fromTokens(tokens))
}

func (h *handlers) refresh(c *call) (answer, error) {
	req, err := body[dto.RefreshRequest](c)
	if err != nil {
		return answer{}, err
	}
	tokens, err := h.Accounts.Refresh(c.Context(), app.Client{From: c.actor.From, Device: deref(req.Device)}, req.RefreshToken)
	if err != nil {
		return answer{}, err
	}
	return ok(h.pics.fromTokens(tokens))
}

func (h *handlers) logout(c *call) (answer, error) {
	if err := h.Accounts.Logout(c.Context(), c.actor); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) getMe(c *call) (answer, error) {
	user, err := h.Accounts.Me(c.Context(), c.actor)
	return h.userAnswer(user, err)
}

func (h *handlers) patchMe(c *call) (answer, error) {
	req, err := body[dto.UserPatch](c)
	if err != nil {
		return answer{}, err
	}
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	patch := account.UserPatch{FirstName: req.FirstName, LastName: req.LastName, Phone: req.Phone}
	user, err := h.Accounts.PatchMe(c.Context(), c.actor, version, patch)
	return h.userAnswer(user, err)
}

func (h *handlers) userAnswer(u account.User, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	a, err := ok(h.pics.fromUser(u))
	return versioned(a, u.Version), err
}

func (h *handlers) listAddresses(c *call) (answer, error) {
	addresses, err := h.Accounts.Addresses(c.Context(), c.actor)
	if err != nil {
		return answer{}, err
	}
	list := dto.AddressList{Data: make([]dto.Address, len(addresses))}
	for i, a := range addresses {
		list.Data[i] = fromAddress(a)
	}
	return ok(list)
}

func (h *handlers) createAddress(c *call) (answer, error) {
	req, err := body[dto.AddressRequest](c)
	if err != nil {
		return answer{}, err
	}
	address, err := h.Accounts.CreateAddress(c.Context(), c.actor, account.Address{
		Label: req.Label, Line1: req.Line1, Line2: deref(req.Line2), City: req.City, Postcode: deref(req.Postcode),
		ContactName: deref(req.ContactName), ContactPhone: deref(req.ContactPhone), Instructions: deref(req.Instructions), Default: deref(req.Default),
		Location: domain.Point{Lat: req.Location.Lat, Lng: req.Location.Lng},
	})
	if err != nil {
		return answer{}, err
	}
	a, err := created(fromAddress(address))
	return versioned(a, address.Version), err
}

func (h *handlers) patchAddress(c *call) (answer, error) {
	req, err := body[dto.AddressPatch](c)
	if err != nil {
		return answer{}, err
	}
	addressID, err := c.id()
	if err != nil {
		return answer{}, err
	}
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	patch := account.AddressPatch{
		Label: req.Label, Line1: req.Line1, Line2: req.Line2, City: req.City, Postcode: req.Postcode,
		ContactName: req.ContactName, ContactPhone: req.ContactPhone, Instructions: req.Instructions, Default: req.Default != nil,
	}
	if req.Location != nil {
		patch.Location = &domain.Point{Lat: req.Location.Lat, Lng: req.Location.Lng}
	}
	address, err := h.Accounts.PatchAddress(c.Context(), c.actor, addressID, version, patch)
	if err != nil {
		return answer{}, err
	}
	a, err := ok(fromAddress(address))
	return versioned(a, address.Version), err
}

func (h *handlers) deleteAddress(c *call) (answer, error) {
	addressID, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Accounts.DeleteAddress(c.Context(), c.actor, addressID, version); err != nil {
		return answer{}, err
	}
	return noContent()
}
