package api

import (
	"bufio"
	"context"
	"net/http"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

// Bounds of exports, each of which holds a connection to the database: how long one may take its reader, and how many run at once.
const (
	exportLimit = 25 * time.Second
	maxExports  = 4
)

// export streams everything of the caller's. What fails before the first bytes are out is a problem like any other; later,
// the document lacks its end, which no parser overlooks.
func (h *handlers) export(w http.ResponseWriter, r *http.Request, actor domain.Actor) error {
	select {
	case h.exports <- struct{}{}:
		defer func() { <-h.exports }()
	default:
		return domain.Errorf(domain.Unavailable, "exports.busy", "too many exports are being read; try again").With("retryAfter", 10)
	}
	ctx, cancel := context.WithTimeout(r.Context(), exportLimit)
	defer cancel()
	out := &late{ResponseWriter: w}
	buffered := bufio.NewWriterSize(out, 32<<10)
	err := h.Accounts.Export(ctx, actor, buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil && out.begun {
		panic(http.ErrAbortHandler) // cuts the connection, so that a proxy does not take the piece for the whole
	}
	return err
}

// late sends the headers with the first bytes.
type late struct {
	http.ResponseWriter
	begun bool
}

// Write implements io.Writer.
func (l *late) Write(b []byte) (int, error) {
	if !l.begun {
		l.begun = true
		h := l.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Disposition", `attachment; filename="zoop-export.json"`)
		h.Set("Cache-Control", "no-store")
		l.WriteHeader(http.StatusOK)
	}
	return l.ResponseWriter.Write(b)
}

func (h *handlers) erase(c *call) (answer, error) {
	if _, err := body[dto.ErasureRequest](c); err != nil {
		return answer{}, err
	}
	if err := h.Accounts.Erase(c.Context(), c.actor); err != nil {
		return answer{}, err
	}
	return noContent()
}
