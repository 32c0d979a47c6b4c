package api

import (
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

// getKeys is the JSON Web Key Set. Whoever keeps a copy for as long as it says knows each key before it signs.
func (h *handlers) getKeys(c *call) (answer, error) {
	keys, err := h.Accounts.PublicKeys(c.Context())
	if err != nil {
		return answer{}, err
	}
	set := dto.KeySet{Keys: make([]dto.PublicKey, len(keys))}
	for i, k := range keys {
		set.Keys[i] = dto.PublicKey{
			Kty: dto.OKP, Crv: dto.Ed25519, Alg: dto.EdDSA, Use: dto.Sig, Kid: k.ID, X: base64.RawURLEncoding.EncodeToString(k.Key),
		}
	}
	return answer{status: http.StatusOK, body: set, header: map[string]string{
		"Content-Type":  "application/jwk-set+json",
		"Cache-Control": fmt.Sprintf("public, max-age=%.0f", account.KeysMaxAge.Seconds()),
	}}, nil
}
