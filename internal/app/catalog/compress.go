package catalog

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

const (
	// worthIt is the least size of a body that is compressed: below, a packet is sent all the same.
	worthIt = 1 << 10
	// maxExpanded bounds what is taken out of Redis.
	maxExpanded = 16 << 20
)

var errTooMuch = errors.New("the page is larger than any page of ours")

// writers are used again: one has some hundred kilobytes of tables.
var writers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// compress gives nil where it is not worth it.
func compress(body []byte) []byte {
	if len(body) < worthIt {
		return nil
	}
	w := writers.Get().(*gzip.Writer)
	defer writers.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	_, _ = w.Write(body) // into memory: it cannot fail
	_ = w.Close()
	if out.Len() > len(body)/10*9 {
		return nil
	}
	return bytes.Clone(out.Bytes()) // without the room that the buffer has left
}

// expand is the reverse; an error for what compress did not write.
func expand(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if _, err := io.Copy(&out, io.LimitReader(r, maxExpanded+1)); err != nil {
		return nil, err
	}
	if out.Len() > maxExpanded {
		return nil, errTooMuch
	}
	return bytes.Clone(out.Bytes()), nil
}
