package account

import (
	"fmt"
	"hash/crc32"
	"math/big"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of API keys.
const (
	MaxKeysOfVendor = 20
	MaxKeyName      = 80
	MaxKeyGrace     = 24 * time.Hour // for which the secret before a rotation may still work
)

// APIKey is a partner's key to one vendor; its secret is not part of it.
type APIKey struct {
	ID        domain.ID
	VendorID  domain.ID
	MadeBy    domain.ID // the owner for whom it acts
	Name      string
	Prefix    string // what one may tell it by
	Scopes    domain.Scopes
	CreatedAt time.Time
	UsedAt    time.Time // to about a minute; zero: never
	ExpiresAt time.Time // zero: never
}

// Check bounds what the owner says of a key: Invalid, naming the field.
func (k APIKey) Check(now time.Time) error {
	if err := Line("name", k.Name, 1, MaxKeyName); err != nil {
		return err
	}
	if k.Scopes == 0 {
		return domain.Invalidf("scopes", "minItems", "must name at least one")
	}
	if !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(now) {
		return domain.Invalidf("expiresAt", "future", "must be in the future")
	}
	return nil
}

// A key is written zoop_<prefix>_<secret><checksum>, 64 characters in all, in base 62: scanners find it by its beginning, and
// by its checksum that it is one; a mistyped one is told from a wrong one without asking anybody.
const (
	KeyMark      = "zoop_"
	keyPrefix    = 9  // characters, for 6 bytes
	keySecret    = 43 // for 32 bytes
	keyChecksum  = 6  // for 4 bytes
	keyTextBytes = len(KeyMark) + keyPrefix + 1 + keySecret + keyChecksum
)

// NewKeyPrefix writes the part of a key that is no secret.
func NewKeyPrefix(random [6]byte) string { return base62(random[:], keyPrefix) }

// WriteKey writes a key.
func WriteKey(prefix string, secret [32]byte) string {
	text := KeyMark + prefix + "_" + base62(secret[:], keySecret)
	return text + checksum(text)
}

// KeyPrefix gives the part of a key that is no secret; ok is false for a text that is no key.
func KeyPrefix(text string) (public string, ok bool) {
	if len(text) != keyTextBytes || !strings.HasPrefix(text, KeyMark) {
		return "", false
	}
	body, sum := text[:keyTextBytes-keyChecksum], text[keyTextBytes-keyChecksum:]
	public, _, found := strings.Cut(body[len(KeyMark):], "_")
	return public, found && len(public) == keyPrefix && checksum(body) == sum
}

func checksum(text string) string {
	sum := crc32.ChecksumIEEE([]byte(text))
	return base62([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}, keyChecksum) //nolint:gosec // its four bytes
}

func base62(b []byte, width int) string {
	return fmt.Sprintf("%0*s", width, new(big.Int).SetBytes(b).Text(62))
}
