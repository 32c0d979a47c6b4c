package catalog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/version"
)

// Page is an answer as it goes over the wire. Nobody may change its bytes.
type Page struct {
	Body []byte
	ETag string // strong, in quotes; begins with the vendor's version where the page is one vendor's
}

// entry is a page in the cache.
type entry struct {
	Page
	version int       // of the vendor; 0 for lists
	expires time.Time // when it says something else by the mere passing of time
}

// kind is what of a vendor a page shows.
type kind uint8

const (
	kindVendor kind = iota
	kindMenu
	kindHours
	kinds
)

type key struct {
	kind kind
	id   domain.ID
}

// pageOf gives the body its tag: the version, so that it changes with every change, and the content, because what a page
// says about now also changes without one.
func pageOf(body []byte, vendorVersion int) Page {
	sum := sha256.Sum256(body)
	return Page{body, `"` + strconv.Itoa(vendorVersion) + "-" + hex.EncodeToString(sum[:8]) + `"`}
}

// build tells apart what different builds wrote: they may encode the same page differently.
var build = version.Version + "." + version.Revision()

// sharedKey names an entry in Redis. The version is part of it: a late writer can only write what is true of its version,
// and nobody asks for a version that is past. So is the build.
func sharedKey(k key, vendorVersion int) string {
	return "catalog:" + build + ":" + strconv.Itoa(int(k.kind)) + ":" + k.id.String() + ":" + strconv.Itoa(vendorVersion)
}

// pack writes an entry for Redis: when it expires, the length of its tag, the tag, the body.
func (e entry) pack() []byte {
	b := make([]byte, 0, 9+len(e.ETag)+len(e.Body))
	b = binary.BigEndian.AppendUint64(b, uint64(e.expires.UnixNano()))
	b = append(b, byte(len(e.ETag))) //nolint:gosec // a few dozen
	b = append(b, e.ETag...)
	return append(b, e.Body...)
}

// unpack reads what pack wrote; false for anything else.
func unpack(b []byte, vendorVersion int) (entry, bool) {
	if len(b) < 9 || len(b) < 9+int(b[8]) {
		return entry{}, false
	}
	nanos, body := int64(binary.BigEndian.Uint64(b)), 9+int(b[8]) //nolint:gosec // a bit pattern
	return entry{Page{b[body:], string(b[9:body])}, vendorVersion, time.Unix(0, nanos)}, true
}
