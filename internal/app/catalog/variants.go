package catalog

import (
	"slices"
	"sync"
	"sync/atomic"
)

// maxVariants bounds the variants that are kept; pages in further ones are served, and made anew each time.
const maxVariants = 64

// variants are those in which any page was kept.
type variants struct {
	mu    sync.Mutex
	known atomic.Pointer[[]string] // replaced as a whole
}

func (v *variants) all() []string {
	if known := v.known.Load(); known != nil {
		return *known
	}
	return nil
}

// admit says whether pages of a variant may be kept.
func (v *variants) admit(variant string) bool {
	if slices.Contains(v.all(), variant) {
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	known := v.all()
	if slices.Contains(known, variant) {
		return true
	}
	if len(known) == maxVariants {
		return false
	}
	more := append(slices.Clone(known), variant)
	v.known.Store(&more)
	return true
}
