package api

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/media"
)

// pictureBase is what the URL of a picture's file begins with.
type pictureBase string

// newPictureBase takes an absolute URL, or "" for our own route.
func newPictureBase(public string) pictureBase {
	if public == "" {
		return "/media/"
	}
	return pictureBase(public + "/")
}

// urls gives the files of a picture; nil for none.
func (b pictureBase) urls(key string) *dto.Images {
	if key == "" {
		return nil
	}
	file := func(side int) string { return string(b) + media.Name(key, side) }
	return &dto.Images{Small: file(media.Small), Medium: file(media.Medium), Large: file(media.Large)}
}

// url gives the file of middle size; nil for none.
func (b pictureBase) url(key string) *string {
	if images := b.urls(key); images != nil {
		return &images.Medium
	}
	return nil
}

func (h *handlers) putDishPicture(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return h.dishAnswer(h.Catalog.SetDishPicture(c.Context(), c.actor, id, version, c.payload))
}

func (h *handlers) deleteDishPicture(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Catalog.DropDishPicture(c.Context(), c.actor, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) putVendorPicture(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return h.vendorAnswer(h.Catalog.SetVendorPicture(c.Context(), c.actor, id, version, c.payload))
}

func (h *handlers) deleteVendorPicture(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Catalog.DropVendorPicture(c.Context(), c.actor, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) putMyPicture(c *call) (answer, error) {
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	return h.userAnswer(h.Accounts.SetPicture(c.Context(), c.actor, version, c.payload))
}

func (h *handlers) deleteMyPicture(c *call) (answer, error) {
	version, err := c.version()
	if err != nil {
		return answer{}, err
	}
	if err := h.Accounts.DropPicture(c.Context(), c.actor, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

// pictureTimeout bounds how long a file is sent.
const pictureTimeout = 20 * time.Second

// getPicture sends a file of a picture. It is shown and nothing else: no type but its own, no script, no frame. Its name is
// its entity tag, because a name never means other bytes.
func (h *handlers) getPicture(w http.ResponseWriter, r *http.Request, _ domain.Actor) error {
	name := mux.Vars(r)["name"]
	ctx, cancel := context.WithTimeout(r.Context(), pictureTimeout)
	defer cancel()
	file, size, err := h.Pictures.Open(ctx, name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	header := w.Header()
	header.Set("ETag", strconv.Quote(name))
	header.Set("Cache-Control", media.CacheControl)
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("Content-Disposition", "inline")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if etagMatches(r.Header.Get("If-None-Match"), header.Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	header.Set("Content-Type", media.ContentType)
	header.Set("Content-Length", strconv.FormatInt(size, 10))
	if r.Method == http.MethodHead {
		return nil
	}
	_, _ = io.CopyN(w, file, size) // whoever gets less than the length that was announced knows that it is not all
	return nil
}
