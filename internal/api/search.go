package api

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
)

func (h *handlers) search(c *call) (answer, error) {
	c.varies()
	return pageAnswer(h.Catalog.Search(c.Context(), c.typed(20), func(hits []catalog.HitView, next string) ([]byte, error) {
		return encode(h.pics.fromHits(hits, next))
	}))
}

func (h *handlers) suggest(c *call) (answer, error) {
	c.varies()
	return pageAnswer(h.Catalog.Suggest(c.Context(), c.typed(8), func(list []catalog.Suggestion) ([]byte, error) {
		return encode(fromSuggestions(list))
	}))
}

// typed is the query of a search, of so many hits unless the caller says.
func (c *call) typed(limit float64) catalog.Search {
	return catalog.Search{
		Point: domain.Point{Lat: c.number("lat", 0), Lng: c.number("lng", 0)}, Text: c.param("q"),
		Limit: int(c.number("limit", limit)), Cursor: c.param("cursor"), Accept: c.acceptLanguage(),
	}
}

func (b pictureBase) fromHits(hits []catalog.HitView, next string) dto.HitList {
	list := dto.HitList{Data: make([]dto.Hit, len(hits)), NextCursor: some(next)}
	for i, h := range hits {
		list.Data[i] = dto.Hit{Kind: dto.HitKindVendor, Vendor: b.fromNearVendor(h.Vendor)}
		if h.Dish != nil {
			list.Data[i].Kind, list.Data[i].Dish = dto.HitKindDish, b.fromFound(*h.Dish)
		}
	}
	return list
}

func (b pictureBase) fromFound(d catalog.DishView) *dto.FoundDish {
	return &dto.FoundDish{
		ID: d.ID, Name: d.Name, Description: d.Description, Language: d.Language, Price: fromMoney(d.Price), Diet: dto.Diet(d.Diet), Available: true,
		ImageURL: b.url(d.Picture), Images: b.urls(d.Picture),
	}
}

func fromSuggestions(list []catalog.Suggestion) dto.SuggestionList {
	out := dto.SuggestionList{Data: make([]dto.Suggestion, len(list))}
	for i, s := range list {
		out.Data[i] = dto.Suggestion{Text: s.Text, Kind: dto.SuggestionKind(s.Kind)}
		if !s.VendorID.IsNil() {
			out.Data[i].VendorID = &s.VendorID
		}
	}
	return out
}
