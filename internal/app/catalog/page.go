package catalog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/version"
)

// Page is an answer as it goes over the wire. Nobody may change its bytes.
type Page struct {
	Body []byte
	ETag string // strong, in quotes; begins with the vendor's version where the page is one vendor's
	// Gzip is the body compressed, and its tag; nil where it was not worth it.
	Gzip     []byte
	GzipETag string
	// Languages are those of the vendor's menu, its own first and with commas between them; Language is that of the page. Both
	// are "" where the page is no vendor's.
	Languages, Language string
	version             int // of the vendor; 0 where the page is no vendor's
}

// entry is a page in the cache.
type entry struct {
	Page
	expires time.Time // when it says something else by the mere passing of time
}

// kind is what of a vendor a page shows.
type kind uint8

const (
	kindVendor kind = iota
	kindMenu
	kindHours
	kindZone
	kinds
)

// key names a page. language is "" for the vendor's own, in which there is every page: a change of the vendor drops these alone.
// A page in another language is only read together with the own one, and not below its version.
type key struct {
	kind     kind
	language string
	id       domain.ID
}

// pageOf gives the body its tag: the version, so that it changes with every change, and the content, because what a page
// says about now also changes without one.
func pageOf(body []byte, vendorVersion int) Page {
	sum := sha256.Sum256(body)
	return Page{Body: body, ETag: `"` + strconv.Itoa(vendorVersion) + "-" + hex.EncodeToString(sum[:8]) + `"`, version: vendorVersion}
}

// vendorPage is pageOf for a page of a vendor as it was when the page was true.
func vendorPage(body []byte, p vendor.Profile) Page {
	page := pageOf(body, p.Version)
	page.Languages = strings.Join(p.Languages, ",")
	return page
}

// compressed adds the page's second form, once for all who will read it.
func (p Page) compressed() Page {
	p.setGzip(compress(p.Body))
	return p
}

func (p *Page) setGzip(packed []byte) {
	if p.Gzip = packed; packed != nil {
		p.GzipETag = strings.TrimSuffix(p.ETag, `"`) + `-gzip"` // strong tags differ where the bytes do (RFC 9110, 8.8.3.3)
	}
}

// weight is about what a page costs in memory, all told.
func (p Page) weight() uint32 {
	return uint32(len(p.Body)+len(p.Gzip)+2*len(p.ETag)+len(p.Languages)) + entryWeight //nolint:gosec // a page has some kilobytes
}

// build tells apart what different builds wrote: they may encode the same page differently.
var build = version.Version + "." + version.Revision()

// sharedKey names an entry in Redis. The version is part of it: a late writer can only write what is true of its version,
// and nobody asks for a version that is past. So is the build.
func sharedKey(k key, vendorVersion int) string {
	return "catalog:" + build + ":" + strconv.Itoa(int(k.kind)) + ":" + k.language + ":" + k.id.String() + ":" + strconv.Itoa(vendorVersion)
}

// How an entry's body stands in Redis.
const (
	asItIs = iota
	gzipped
)

// packedHead is the length of what stands before an entry's texts in Redis: when it expires, how the body is written, the lengths of
// its tag and of the languages.
const packedHead = 8 + 1 + 1 + 2

// pack writes an entry for Redis: the head, the tag, the languages, the body.
func (e entry) pack() []byte {
	form, body := byte(asItIs), e.Body
	if e.Gzip != nil {
		form, body = gzipped, e.Gzip
	}
	b := make([]byte, 0, packedHead+len(e.ETag)+len(e.Languages)+len(body))
	b = binary.BigEndian.AppendUint64(b, uint64(e.expires.UnixNano()))
	b = append(b, form, byte(len(e.ETag)))                         //nolint:gosec // a few dozen
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.Languages))) //nolint:gosec // at most eight tags
	b = append(b, e.ETag...)
	b = append(b, e.Languages...)
	return append(b, body...)
}

// unpack reads what pack wrote; false for anything else.
func unpack(b []byte, vendorVersion int) (entry, bool) {
	if len(b) < packedHead || b[8] > gzipped {
		return entry{}, false
	}
	nanos, tag := int64(binary.BigEndian.Uint64(b)), packedHead+int(b[9]) //nolint:gosec // a bit pattern
	start := tag + int(binary.BigEndian.Uint16(b[10:]))
	if len(b) < start {
		return entry{}, false
	}
	page := Page{Body: b[start:], ETag: string(b[packedHead:tag]), Languages: string(b[tag:start]), version: vendorVersion}
	e := entry{Page: page, expires: time.Unix(0, nanos)}
	if b[8] == gzipped {
		body, err := expand(b[start:])
		if err != nil {
			return entry{}, false
		}
		e.Body = body
		e.setGzip(b[start:])
	}
	return e, true
}
