package api

import (
	"strconv"

	"github.com/gorilla/mux"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
)

func (h *handlers) putMenu(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[menuDocument](c)
	if err != nil {
		return answer{}, err
	}
	doc, err := req.document()
	if err != nil {
		return answer{}, err
	}
	r, err := h.Catalog.ReplaceMenu(c.Context(), c.actor, id, version, doc, c.dryRun())
	return c.replacement(r, err)
}

func (h *handlers) copyMenu(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.MenuCopyRequest](c)
	if err != nil {
		return answer{}, err
	}
	r, err := h.Catalog.CopyMenu(c.Context(), c.actor, req.From, id, version, c.dryRun())
	return c.replacement(r, err)
}

func (h *handlers) restoreMenuVersion(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	n, err := c.menuVersion()
	if err != nil {
		return answer{}, err
	}
	r, err := h.Catalog.RestoreMenu(c.Context(), c.actor, id, version, n, c.dryRun())
	return c.replacement(r, err)
}

func (h *handlers) getMenuDocument(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	m, err := h.Catalog.WholeMenu(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	a, err := ok(fromDocument(m.Categories, c.param("state") == "true"))
	return versioned(a, m.Vendor.Version), err
}

func (h *handlers) listMenuVersions(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	kept, err := h.Catalog.MenuVersions(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	out := dto.MenuVersionList{Data: make([]dto.MenuVersion, len(kept))}
	for i, k := range kept {
		out.Data[i] = dto.MenuVersion{
			Version: k.Version, At: k.At.UTC(), Cause: dto.MenuVersionCause(k.Cause), Categories: k.Categories, Dishes: k.Dishes,
		}
	}
	return ok(out)
}

func (h *handlers) getMenuVersion(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	n, err := c.menuVersion()
	if err != nil {
		return answer{}, err
	}
	m, err := h.Catalog.MenuVersion(c.Context(), c.actor, id, n)
	if err != nil {
		return answer{}, err
	}
	return ok(fromDocument(m.Categories, false))
}

// menuVersion is the {version} of the path.
func (c *call) menuVersion() (int, error) {
	n, err := strconv.ParseInt(mux.Vars(c.Request)["version"], 10, 32)
	if err != nil || n < 1 {
		return 0, domain.Missing("version of the menu") // what is no number names nothing
	}
	return int(n), nil
}

func (c *call) dryRun() bool { return c.param("dryRun") == "true" }

// replacement answers with what became of a menu, or would.
func (c *call) replacement(r catalog.Replacement, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	a, err := ok(fromDiff(r, c.dryRun()))
	return versioned(a, r.Version), err
}
