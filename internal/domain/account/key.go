package account

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// KeyPurpose says what a key of the server is for.
type KeyPurpose string

// The purposes.
const (
	ForTokens KeyPurpose = "token" // an Ed25519 key
	ForCodes  KeyPurpose = "code"  // 32 random bytes: sign-in codes, tickets, seals
)

// Key is what may be told of a key of the server. Its times are the database's.
type Key struct {
	ID            string
	Purpose       KeyPurpose
	CreatedAt     time.Time
	SignsFrom     time.Time // until then it is only made known
	VerifiesUntil time.Time // zero while no newer key has been made
}

// KeyState is where in its life a key is.
type KeyState string

// The states, in the order of a key's life.
const (
	Published KeyState = "published" // everybody may know it; it does not sign yet
	Signing   KeyState = "signing"
	Verifying KeyState = "verifying" // signs no more; what it signed is still good
	Retired   KeyState = "retired"   // checks nothing more; it opens the letters that were sealed with it
)

// Times of keys.
const (
	// KeyPublished is how long a key is known before it signs: longer than any instance takes to hear of it, and than
	// anybody may keep a copy of the public keys.
	KeyPublished = 5 * time.Minute
	// KeyOverlap is how long the keys before go on verifying after that: longer than any token lives.
	KeyOverlap = MaxMintedTTL + 5*time.Minute
	// KeysMaxAge is how long others may keep a copy of the public keys.
	KeysMaxAge = 2 * time.Minute
	// MaxKeys is how many keys for tokens there are at most.
	MaxKeys = 16
)

// SignerAt gives the place of the key for tokens that signs at a moment, among keys that are listed newest first: the newest
// of those that may, or the oldest, when none has begun. It is -1 when there is no key for tokens.
func SignerAt(keys []Key, at time.Time) int {
	found := -1
	for i, k := range keys {
		if k.Purpose != ForTokens {
			continue
		}
		found = i
		if !k.SignsFrom.After(at) {
			break
		}
	}
	return found
}

// StateAt says in which state each of a list of keys is, newest first, at a moment.
func StateAt(keys []Key, at time.Time) []KeyState {
	states := make([]KeyState, len(keys))
	signer, codes := SignerAt(keys, at), false
	for i, k := range keys {
		switch {
		case k.Purpose == ForCodes && codes:
			states[i] = Retired
		case k.Purpose == ForCodes:
			states[i], codes = Signing, true
		case i == signer:
			states[i] = Signing
		case k.SignsFrom.After(at):
			states[i] = Published
		default:
			states[i] = Verifying
		}
	}
	return states
}

// KeyID names a key by a digest that tells nothing of it.
func KeyID(purpose KeyPurpose, secret []byte) string {
	about := append([]byte("zoop "+purpose+" key\x00"), secret...)
	if purpose == ForTokens {
		about = ed25519.NewKeyFromSeed(secret).Public().(ed25519.PublicKey)
	}
	sum := sha256.Sum256(about)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
