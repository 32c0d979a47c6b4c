package domain

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// ID names a thing of the marketplace. New ones are UUIDv7 (RFC 9562), so that they sort by time of birth.
type ID [16]byte

// Nil is the ID of nothing.
var Nil ID

// ParseID reads the canonical 36-character form of a UUID; any other form is an Invalid error.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return Nil, Invalidf("id", "uuid", "%q is not a UUID of the form 8-4-4-4-12", clip(s, 48))
	}
	compact := s[0:8] + s[9:13] + s[14:18] + s[19:23] + s[24:36]
	if _, err := hex.Decode(id[:], []byte(compact)); err != nil {
		return Nil, Invalidf("id", "uuid", "%q has characters that are not hexadecimal", clip(s, 48))
	}
	return id, nil
}

// MustParseID is ParseID for constants; it panics on a malformed one.
func MustParseID(s string) ID {
	id, err := ParseID(s)
	if err != nil {
		panic(err)
	}
	return id
}

// String gives the canonical form, in lower case.
func (id ID) String() string {
	text, _ := id.MarshalText() // cannot fail
	return string(text)
}

// IsNil says whether the ID names nothing.
func (id ID) IsNil() bool { return id == Nil }

// MarshalText implements encoding.TextMarshaler.
func (id ID) MarshalText() ([]byte, error) {
	var b [36]byte
	hex.Encode(b[0:8], id[0:4])
	hex.Encode(b[9:13], id[4:6])
	hex.Encode(b[14:18], id[6:8])
	hex.Encode(b[19:23], id[8:10])
	hex.Encode(b[24:36], id[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return b[:], nil
}

// UnmarshalText implements encoding.TextUnmarshaler; its errors are those of ParseID.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	if err != nil {
		return fmt.Errorf("decode id: %w", err)
	}
	*id = parsed
	return nil
}

// clip shortens a stranger's text for an error message.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// CompareIDs sorts by bytes, as Postgres does.
func CompareIDs(a, b ID) int { return bytes.Compare(a[:], b[:]) }
