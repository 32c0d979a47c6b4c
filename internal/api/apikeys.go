package api

import (
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	app "github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

func (h *handlers) listKeys(c *call) (answer, error) {
	vendorID, err := c.id()
	if err != nil {
		return answer{}, err
	}
	keys, err := h.Accounts.APIKeys(c.Context(), c.actor, vendorID)
	if err != nil {
		return answer{}, err
	}
	list := dto.APIKeyList{Data: make([]dto.APIKey, len(keys))}
	for i, k := range keys {
		list.Data[i] = fromAPIKey(k)
	}
	return ok(list)
}

func (h *handlers) createKey(c *call) (answer, error) {
	req, err := body[dto.APIKeyRequest](c)
	if err != nil {
		return answer{}, err
	}
	vendorID, err := c.id()
	if err != nil {
		return answer{}, err
	}
	key := account.APIKey{Name: req.Name, ExpiresAt: deref(req.ExpiresAt)}
	names := make([]string, len(req.Scopes))
	for i, s := range req.Scopes {
		names[i] = string(s)
	}
	if key.Scopes, err = domain.ParseScopes(names); err != nil {
		return answer{}, err
	}
	made, err := h.Accounts.CreateKey(c.Context(), c.actor, vendorID, key)
	if err != nil {
		return answer{}, err
	}
	return created(fromMadeKey(made))
}

func (h *handlers) rotateKey(c *call) (answer, error) {
	req, err := body[dto.KeyRotation](c)
	if err != nil {
		return answer{}, err
	}
	vendorID, keyID, err := c.vendorAndKey()
	if err != nil {
		return answer{}, err
	}
	made, err := h.Accounts.RotateKey(c.Context(), c.actor, vendorID, keyID, time.Duration(deref(req.GraceMinutes))*time.Minute)
	if err != nil {
		return answer{}, err
	}
	return ok(fromMadeKey(made))
}

func (h *handlers) revokeKey(c *call) (answer, error) {
	vendorID, keyID, err := c.vendorAndKey()
	if err != nil {
		return answer{}, err
	}
	if err := h.Accounts.RevokeKey(c.Context(), c.actor, vendorID, keyID); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (c *call) vendorAndKey() (vendorID, keyID domain.ID, err error) {
	if vendorID, err = c.id(); err != nil {
		return vendorID, keyID, err
	}
	keyID, err = c.idNamed("keyId")
	return vendorID, keyID, err
}

func fromAPIKey(k account.APIKey) dto.APIKey {
	out := dto.APIKey{ID: k.ID, Name: k.Name, Prefix: account.KeyMark + k.Prefix, CreatedAt: k.CreatedAt}
	for _, name := range k.Scopes.Names() {
		out.Scopes = append(out.Scopes, dto.Scope(name))
	}
	if !k.UsedAt.IsZero() {
		out.LastUsedAt = &k.UsedAt
	}
	if !k.ExpiresAt.IsZero() {
		out.ExpiresAt = &k.ExpiresAt
	}
	return out
}

func fromMadeKey(k app.MadeKey) dto.APIKey {
	out := fromAPIKey(k.APIKey)
	out.Secret = &k.Secret
	return out
}
