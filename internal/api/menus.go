package api

import (
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain/menu"
)

func (h *handlers) getMenu(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return pageAnswer(h.Catalog.MenuPage(c.Context(), c.actor, id, func(m catalog.MenuView) ([]byte, error) {
		return encode(h.pics.fromMenu(m))
	}))
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
	category, err := h.Catalog.AddCategory(c.Context(), c.actor, id, req.Name, req.Position)
	if err != nil {
		return answer{}, err
	}
	return created(h.pics.fromCategory(category, time.Time{}))
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
	v, err := h.Catalog.EditCategory(c.Context(), c.actor, id, version, catalog.CategoryEdit{Name: req.Name, Position: req.Position})
	if err != nil {
		return answer{}, err
	}
	return ok(h.pics.fromCategory(v.Category, v.At))
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
	req, err := body[dto.DishRequest](c)
	if err != nil {
		return answer{}, err
	}
	diet := menu.Diet(req.Diet)
	d, err := h.Catalog.AddDish(c.Context(), c.actor, id, catalog.NewDish{Stock: req.Stock, DishEdit: catalog.DishEdit{
		CategoryID: &req.CategoryID, Name: &req.Name, Description: req.Description, Price: toPrice(&req.Price), Diet: &diet,
		Allergens: req.Allergens, Spice: req.Spice, Position: req.Position, Groups: toGroups(req.OptionGroups),
	}})
	if err != nil {
		return answer{}, err
	}
	return created(h.pics.fromDish(d.Dish, d.At))
}

func (h *handlers) getDish(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	return h.dishAnswer(h.Catalog.Dish(c.Context(), c.actor, id))
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
	return h.dishAnswer(h.Catalog.EditDish(c.Context(), c.actor, id, version, catalog.DishEdit{
		CategoryID: req.CategoryID, Name: req.Name, Description: req.Description, Price: toPrice(req.Price), Diet: (*menu.Diet)(req.Diet),
		Allergens: req.Allergens, Spice: req.Spice, Position: req.Position, Groups: toGroups(req.OptionGroups),
	}))
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

// dishAnswer answers with a dish. No tag of content: what it says of now may change without its version.
func (h *handlers) dishAnswer(d catalog.DishView, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return ok(h.pics.fromDish(d.Dish, d.At))
}
