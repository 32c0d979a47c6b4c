// Package id makes new identifiers.
package id

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// A system call fetches the randomness of sixteen identifiers: every request is given one.
func init() { uuid.EnableRandPool() }

// New gives a UUIDv7 (RFC 9562): unique, and sorting by time of birth. It panics only when the system has no randomness.
func New() [16]byte { return uuid.Must(uuid.NewV7()) }

// Since gives the least identifier that may be born at a moment.
func Since(t time.Time) [16]byte {
	var low [16]byte
	binary.BigEndian.PutUint64(low[:8], uint64(max(0, t.UnixMilli()))<<16|0x7000) //nolint:gosec // not negative
	low[8] = 0x80
	return low
}
