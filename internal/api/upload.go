package api

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/zoop-dev/zoop/internal/domain"
)

const (
	// uploadTimeout is for a request that carries a file, from its header to its answer: 5 MiB come in over 1 Mbit/s. It stands in
	// the place of the server's own, which are for JSON.
	uploadTimeout = time.Minute
	// maxUploads bounds how many files are in memory at once, in all and of one account; who comes too many is told so at once.
	maxUploads     = 16
	maxUploadsEach = 2
	// formOverhead is what a form with one file may have around it.
	formOverhead = 8 << 10
)

// filePart is the one part that the form of an operation has: a file.
type filePart struct {
	name string
	most int64 // bytes
}

// fileOf reads the contract of a form: one property, a file with a bound.
func fileOf(s *openapi3.Schema) (*filePart, error) {
	if len(s.Properties) == 1 {
		for name, p := range s.Properties {
			if p.Value.Format == "binary" && p.Value.MaxLength != nil {
				return &filePart{name, int64(*p.Value.MaxLength)}, nil //nolint:gosec // some megabytes
			}
		}
	}
	return nil, errors.New("a form must have one property: a binary string with a maxLength")
}

// timeout is how long a request of the operation may take.
func (op *operation) timeout() time.Duration {
	if op.file != nil {
		return uploadTimeout
	}
	return requestTimeout
}

// uploads are the places for files that are taken, in all and by account or API key.
type uploads struct {
	mu  sync.Mutex
	all int
	by  map[domain.ID]int
}

// take gives a place and what gives it back: Unavailable when there is none, or none for this caller.
func (u *uploads) take(actor domain.Actor) (release func(), err error) {
	who := actor.ID
	if !actor.Key.IsNil() {
		who = actor.Key
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all >= maxUploads || u.by[who] >= maxUploadsEach {
		return nil, domain.Errorf(domain.Unavailable, "uploads.busy", "too many files are coming in; try again").With("retryAfter", 5)
	}
	u.all++
	u.by[who]++
	return func() { u.give(who) }, nil
}

func (u *uploads) give(who domain.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all--
	if u.by[who]--; u.by[who] == 0 {
		delete(u.by, who)
	}
}

// readFile reads a form that has one part: the file that the contract names. What is beside it is refused.
func (c *call) readFile() error {
	file := c.op.file
	kind, params, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" || c.Header.Get("Content-Encoding") != "" {
		return errNotForm
	}
	if c.ContentLength > file.most+formOverhead {
		return tooLarge("file", file.most)
	}
	control := http.NewResponseController(c.w)
	until := time.Now().Add(uploadTimeout)
	// A connection that cannot be given more time is a test's; the context bounds it all the same.
	_ = control.SetReadDeadline(until)
	_ = control.SetWriteDeadline(until.Add(5 * time.Second))
	form := multipart.NewReader(http.MaxBytesReader(c.w, c.Body, file.most+formOverhead), params["boundary"])
	part, err := file.next(form)
	if err != nil {
		return err
	}
	if c.payload, err = io.ReadAll(io.LimitReader(part, file.most+1)); err != nil {
		return file.broken(err)
	}
	if int64(len(c.payload)) > file.most {
		return tooLarge("file", file.most)
	}
	if extra, err := form.NextRawPart(); err == nil {
		return domain.Invalidf(partName(extra), "unknown", "is one part too many: the form has one, %s", file.name)
	} else if !errors.Is(err, io.EOF) {
		return file.broken(err)
	}
	return nil
}

// next is the form's first part, which must be the file.
func (f *filePart) next(form *multipart.Reader) (*multipart.Part, error) {
	part, err := form.NextRawPart()
	if errors.Is(err, io.EOF) {
		return nil, domain.Invalidf(f.name, "required", "is required: the form has no part")
	}
	if err != nil {
		return nil, f.broken(err)
	}
	if part.FormName() != f.name {
		return nil, domain.Invalidf(partName(part), "unknown", "is no part of this form (names are case-sensitive): it has one, %s", f.name)
	}
	return part, nil
}

// partName is how an error names a part, whatever its sender called it.
func partName(p *multipart.Part) string {
	if name := p.FormName(); name != "" && len(name) <= 64 {
		return name
	}
	return "form"
}

// broken says why a form could not be read.
func (f *filePart) broken(err error) error {
	var tooMuch *http.MaxBytesError
	switch {
	case errors.As(err, &tooMuch):
		return tooLarge("file", f.most)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errTooSlow
	}
	return domain.Invalidf(f.name, "form", "did not arrive whole, or is no form")
}
