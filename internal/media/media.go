// Package media turns what people upload into pictures that are safe to show, and keeps their files.
//
// Invariants:
//   - Nothing that was uploaded is ever kept or served: only pixels survive, encoded anew, without metadata.
//   - Memory is set aside before a decoder may use it, from a budget that all uploads of the process share.
//   - A file's name is made from the hash of what the picture's files hold, so a name never means other bytes.
package media

import (
	"context"
	"io"
	"regexp"
	"strconv"
)

// Sides are the long sides, in pixels, of a picture's three files. None is larger than the picture that was uploaded.
var Sides = [3]int{Small, Medium, Large}

// The three sizes.
const (
	Small  = 160
	Medium = 480
	Large  = 1200
)

// ContentType is that of every file.
const ContentType = "image/jpeg"

// CacheControl lets everybody keep a file for good: its name never means another one.
const CacheControl = "public, max-age=31536000, immutable"

// Name is the file that shows the picture of a key in one of the Sides.
func Name(key string, side int) string { return key + "-" + strconv.Itoa(side) + ".jpg" }

var validName = regexp.MustCompile(`^[0-9a-f]{64}-(?:160|480|1200)\.jpg$`)

// ValidName says whether a name can be a file of ours; nothing else reaches a store.
func ValidName(name string) bool { return validName.MatchString(name) }

// Store keeps files under names that Name has made. Its methods bound their own time.
type Store interface {
	// Put keeps a file, whole or not at all. One of that name is the same file.
	Put(ctx context.Context, name string, data []byte) error
	// Open gives a file and its size in bytes. NotFound when there is none, Unavailable when the store is away.
	Open(ctx context.Context, name string) (io.ReadCloser, int64, error)
	// Delete removes a file and what was left of attempts to write it; none is no error.
	Delete(ctx context.Context, name string) error
}
