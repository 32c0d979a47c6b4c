package seed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/postgres"
)

// Options of an import.
type Options struct {
	// Report receives the faults of every row that is rejected, in the order of the file; nil: nobody does.
	Report *Report
	// Progress is called after every batch, from one goroutine: bytes of the input that were read, and rows dealt with. It may be nil.
	Progress func(bytes int64, rows int)
}

// Vendors imports a Zomato export. A batch is read while the one before is composed and the one before that written; so
// memory holds a handful of batches.
//
// When ctx ends or the database goes away, what was written stays, whole vendors only, and the same call continues the work.
// It returns Invalid "columns" for a file that is no export, "empty_file", "too_large"; Unavailable when the database is away.
// The Result counts what was done until then.
func (s *Seeder) Vendors(ctx context.Context, r io.Reader, o Options) (Result, error) {
	started := time.Now()
	count := &counter{r: r}
	from, err := open(count)
	if err != nil {
		return Result{}, fmt.Errorf("open vendors: %w", err)
	}
	im := &importing{
		Seeder: s, options: o, count: count, seen: map[string]int{},
		result: Result{Reasons: map[string]int{}, Repaired: map[string]int{}},
	}
	read, composed := make(chan *batch), make(chan *batch, 1)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(read)
		return im.read(gctx, from, read)
	})
	g.Go(func() error {
		defer close(composed)
		return im.compose(gctx, read, composed)
	})
	g.Go(func() error { return im.write(gctx, composed) })
	err = g.Wait()
	if err == nil && im.result.Inserted > 0 {
		err = s.db.AnalyzeCatalog(ctx)
	}
	im.result.Took = time.Since(started)
	if err != nil {
		return im.result, fmt.Errorf("import vendors: %w", err)
	}
	return im.result, nil
}

// importing is one run. The reading goroutine owns seen; the writing one owns result and the report.
type importing struct {
	*Seeder
	options Options
	count   *counter
	seen    map[string]int // line by source key
	result  Result
}

// batch is some rows of the file, examined.
type batch struct {
	rows       int
	bytes      int64
	candidates []candidate
	vendors    []postgres.SourcedVendor // the candidates, once they are composed
	repaired   [][]string               // of each candidate
	faults     [][]Fault                // of each rejected row
}

// pass hands a batch on.
func pass(ctx context.Context, to chan<- *batch, b *batch) error {
	select {
	case to <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (im *importing) read(ctx context.Context, from *source, to chan<- *batch) error {
	b := &batch{}
	for {
		r, fault, err := from.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read row: %w", err)
		}
		if err == nil {
			im.add(b, r, fault)
		}
		if err != nil || len(b.candidates) == batchVendors || b.rows == 4*batchVendors {
			b.bytes = im.count.n
			if err := pass(ctx, to, b); err != nil {
				return err
			}
			b = &batch{}
		}
		if err != nil {
			return nil
		}
	}
}

func (im *importing) compose(ctx context.Context, from <-chan *batch, to chan<- *batch) error {
	for b := range from {
		var err error
		if b.vendors, err = im.prepare(ctx, b.candidates); err != nil {
			return err
		}
		if err := pass(ctx, to, b); err != nil {
			return err
		}
	}
	return nil
}

func (im *importing) add(b *batch, r row, broken *Fault) {
	b.rows++
	if broken != nil {
		b.faults = append(b.faults, []Fault{*broken})
		return
	}
	c, repaired, faults := examine(r)
	if len(faults) == 0 {
		if first, twice := im.seen[c.key]; twice {
			value := r.cells[colID] + " (first in line " + strconv.Itoa(first) + ")"
			faults = []Fault{{r.line, colID, reasonDuplicate, value}}
		} else {
			im.seen[c.key] = r.line
		}
	}
	if len(faults) > 0 {
		b.faults = append(b.faults, faults)
		return
	}
	b.candidates, b.repaired = append(b.candidates, c), append(b.repaired, repaired)
}

func (im *importing) write(ctx context.Context, from <-chan *batch) error {
	for b := range from {
		done, err := im.db.ImportVendors(ctx, b.vendors)
		if err != nil {
			return err
		}
		im.settle(b, done)
		im.result.Rows += b.rows
		for _, faults := range b.faults {
			if err := im.reject(faults); err != nil {
				return err
			}
		}
		if im.options.Progress != nil {
			im.options.Progress(b.bytes, im.result.Rows)
		}
	}
	return nil
}

// settle counts what became of a batch's candidates.
func (im *importing) settle(b *batch, done postgres.Imported) {
	im.result.Inserted += done.Inserted
	im.result.Updated += done.Updated
	im.result.Unchanged += done.Unchanged
	im.result.Dishes += done.Dishes
	for i, c := range b.candidates {
		if old, refused := done.Refused[c.key]; refused {
			b.faults = append(b.faults, []Fault{{c.line, colCountry, reasonCurrency, string(old)}})
			continue
		}
		for _, kind := range b.repaired[i] {
			im.result.Repaired[kind]++
		}
	}
}

func (im *importing) reject(faults []Fault) error {
	im.result.Rejected++
	for _, f := range faults {
		reason := f.Reason
		if f.Field != "" {
			reason = f.Field + ": " + f.Reason
		}
		im.result.Reasons[reason]++
	}
	if im.options.Report == nil {
		return nil
	}
	return im.options.Report.Add(faults)
}

// counter counts what was read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err //nolint:wrapcheck // a reader's errors are its own
}
