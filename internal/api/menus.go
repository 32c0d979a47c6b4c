package api

import (
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
)

func (h *handlers) getMenu(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	page, err := h.Catalog.MenuPage(c.Context(), c.actor, id, c.acceptLanguage(), func(m catalog.MenuView) ([]byte, error) {
		return encode(h.pics.fromMenu(m))
	})
	if err != nil {
		return answer{}, err
	}
	c.writtenIn(page.Language)
	return pageAnswer(page, nil)
}

func (c *call) acceptLanguage() string { return strings.Join(c.Header.Values("Accept-Language"), ",") }

// writtenIn says in which language the answer is, and that another reader may get it in another.
func (c *call) writtenIn(language string) {
	c.varies()
	c.w.Header()["Content-Language"] = []string{language}
}

// varies says that another reader may get the answer in another language.
func (c *call) varies() {
	h := c.w.Header()
	h["Vary"] = append(h["Vary"], "Accept-Language")
}

func (h *handlers) createCategory(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.CategoryRequest](c)
	if err != nil {
		return answer{}, err
	}
	edit, err := toCategoryEdit(dto.CategoryPatch{Name: &req.Name, Position: req.Position, Schedule: req.Schedule, Translations: req.Translations})
	if err != nil {
		return answer{}, err
	}
	v, err := h.Catalog.AddCategory(c.Context(), c.actor, id, edit)
	if err != nil {
		return answer{}, err
	}
	return created(h.pics.fromCategoryView(v))
}

func (h *handlers) patchCategory(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.CategoryPatch](c)
	if err != nil {
		return answer{}, err
	}
	edit, err := toCategoryEdit(req)
	if err != nil {
		return answer{}, err
	}
	v, err := h.Catalog.EditCategory(c.Context(), c.actor, id, version, edit)
	if err != nil {
		return answer{}, err
	}
	return ok(h.pics.fromCategoryView(v))
}

func (h *handlers) deleteCategory(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Catalog.RemoveCategory(c.Context(), c.actor, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) createDish(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	req, err := body[newDish](c)
	if err != nil {
		return answer{}, err
	}
	edit, err := toDishEdit(req.DishPatch)
	if err != nil {
		return answer{}, err
	}
	v, err := h.Catalog.AddDish(c.Context(), c.actor, id, catalog.NewDish{Stock: req.Stock, DishEdit: edit})
	if err != nil {
		return answer{}, err
	}
	return created(h.pics.fromDishView(v))
}

func (h *handlers) getDish(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	v, err := h.Catalog.Dish(c.Context(), c.actor, id, c.acceptLanguage())
	if err != nil {
		return answer{}, err
	}
	c.writtenIn(v.Language)
	return tagged(strconv.Itoa(v.Version)+"-", h.pics.fromDishView(v))
}

func (h *handlers) patchDish(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.DishPatch](c)
	if err != nil {
		return answer{}, err
	}
	edit, err := toDishEdit(req)
	if err != nil {
		return answer{}, err
	}
	return h.dishAnswer(h.Catalog.EditDish(c.Context(), c.actor, id, version, edit))
}

func (h *handlers) deleteDish(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if err := h.Catalog.RemoveDish(c.Context(), c.actor, id, version); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) putAvailability(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.AvailabilityRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.dishAnswer(h.Catalog.SetAvailable(c.Context(), c.actor, id, version, req.Available, deref(req.Until)))
}

func (h *handlers) putOptionAvailability(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	optionID, err := c.idNamed("optionId")
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.AvailabilityRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.dishAnswer(h.Catalog.SetOptionAvailable(c.Context(), c.actor, id, optionID, version, req.Available, deref(req.Until)))
}

func (h *handlers) putStock(c *call) (answer, error) {
	id, version, err := c.target()
	if err != nil {
		return answer{}, err
	}
	req, err := body[dto.StockRequest](c)
	if err != nil {
		return answer{}, err
	}
	return h.dishAnswer(h.Catalog.SetStock(c.Context(), c.actor, id, version, req.Stock))
}

// dishAnswer answers a write with a dish.
func (h *handlers) dishAnswer(v catalog.DishView, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(h.pics.fromDishView(v))
}
