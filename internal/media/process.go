package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/zoop-dev/zoop/internal/domain"
)

const (
	// budget is how many bytes all decoders of the process may take at once.
	budget = 288 << 20
	// leastCost is what the smallest picture counts for, which bounds how many are decoded at once: to four.
	leastCost = budget / 4
	// maxWaiting bounds who queues for the budget, and maxWait for how long.
	maxWaiting = 32
	maxWait    = 15 * time.Second
	quality    = 82 // of the JPEGs that are made
)

// Picture is what became of an upload.
type Picture struct {
	Key   string    // hash of all files
	Files [3][]byte // by Sides
}

// Bytes is the size of all files.
func (p Picture) Bytes() int { return len(p.Files[0]) + len(p.Files[1]) + len(p.Files[2]) }

// Processor makes pictures of uploads, a few at once.
type Processor struct {
	memory  *semaphore.Weighted
	waiting atomic.Int64
}

// NewProcessor makes a processor; one a process, for the memory they share is counted here.
func NewProcessor() *Processor { return &Processor{memory: semaphore.NewWeighted(budget)} }

// Process turns a file of at most MaxBytes into a picture: upright, on white where it was transparent, the first frame where
// it moved. It returns Invalid, naming the bound, for what is no picture or too large a one, and Unavailable, with
// retryAfter, when too many are being made.
func (p *Processor) Process(ctx context.Context, data []byte) (Picture, error) {
	u, err := inspect(data)
	if err != nil {
		return Picture{}, err
	}
	cost := max(u.cost, leastCost)
	if err := p.reserve(ctx, cost); err != nil {
		return Picture{}, err
	}
	defer p.release(cost)
	return u.picture(ctx, data)
}

// release gives memory back. What a large picture leaves behind is cleared away first, so that garbage does not come on top of
// what the next one takes.
func (p *Processor) release(cost int64) {
	if cost > leastCost {
		runtime.GC()
	}
	p.memory.Release(cost)
}

// picture decodes the file and makes the picture's own.
func (u upload) picture(ctx context.Context, data []byte) (Picture, error) {
	img, err := u.decode(&careful{ctx.Err, bytes.NewReader(data)})
	switch {
	case ctx.Err() != nil:
		return Picture{}, ctx.Err()
	case err != nil:
		return Picture{}, unreadable(u.kind)
	}
	return render(img, u.orientation)
}

// reserve waits for memory.
func (p *Processor) reserve(ctx context.Context, cost int64) error {
	if p.memory.TryAcquire(cost) {
		return nil
	}
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > maxWaiting {
		return busy()
	}
	wait, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	err := p.memory.Acquire(wait, cost)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return busy()
	}
	return err
}

func busy() error {
	return domain.Errorf(domain.Unavailable, "picture.busy", "too many pictures are being made; try again").With("retryAfter", 5)
}

// careful reads in small steps, so that a decoder that works long on little ends with the request.
type careful struct {
	ended func() error // the request's context's
	r     io.Reader
}

func (c *careful) Read(b []byte) (int, error) {
	if err := c.ended(); err != nil {
		return 0, err
	}
	return c.r.Read(b[:min(len(b), 512)])
}

// render makes the files. The smaller ones are made from the largest.
func render(img image.Image, orientation int) (Picture, error) {
	var p Picture
	large := upright(shrink(img, Large), orientation)
	hash := sha256.New()
	for i, side := range Sides {
		var file bytes.Buffer
		if err := jpeg.Encode(&file, shrink(large, side), &jpeg.Options{Quality: quality}); err != nil {
			return p, err
		}
		p.Files[i] = file.Bytes()
		hash.Write(p.Files[i])
	}
	p.Key = hex.EncodeToString(hash.Sum(nil))
	return p, nil
}
