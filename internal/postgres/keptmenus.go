package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Bounds of what is kept of a vendor's menus.
const (
	keptMenus    = 20
	maxKeptBytes = 2 << 20  // of one, compressed
	maxKeptText  = 64 << 20 // of one, when it is read again
)

// Cause is what took a menu's place.
type Cause string

// The causes.
const (
	Replaced Cause = "replaced" // by a document
	Copied   Cause = "copied"   // by another vendor's
	Restored Cause = "restored" // by one that had been kept
	Edited   Cause = "edited"   // by a change of single things
)

// KeptMenu is a menu that a vendor had.
type KeptMenu struct {
	Version            int // of the vendor, when it last had this menu
	At                 time.Time
	Cause              Cause
	Categories, Dishes int
}

// keptCategory and keptDish are a menu as menu_versions holds it. A field that comes later is absent in what was kept before.
type keptCategory struct {
	ID           domain.ID       `json:"id"`
	Name         string          `json:"name"`
	Schedule     json.RawMessage `json:"schedule"`
	Translations json.RawMessage `json:"translations"`
	Dishes       []keptDish      `json:"dishes"`
}

type keptDish struct {
	ID           domain.ID       `json:"id"`
	Name         string          `json:"name"`
	Description  string          `json:"description,omitempty"`
	Price        int64           `json:"price"`
	Packaging    int64           `json:"packaging,omitempty"`
	TaxCategory  string          `json:"taxCategory"`
	Diet         string          `json:"diet"`
	Allergens    []string        `json:"allergens,omitempty"`
	Spice        int             `json:"spice,omitempty"`
	Tags         []string        `json:"tags,omitempty"`
	MinAge       int             `json:"minAge,omitempty"`
	Picture      string          `json:"picture,omitempty"`
	OptionGroups json.RawMessage `json:"optionGroups"`
	Translations json.RawMessage `json:"translations"`
}

// KeepMenu keeps a menu that is about to change, at the version that the vendor has with it, and drops the oldest of more than
// twenty. An empty menu is not kept. Conflict "menu.too_large" for one of more than 2 MiB, compressed, unless single things are
// edited: then it is not kept. Two round trips.
func (tx *Tx) KeepMenu(ctx context.Context, p vendor.Profile, categories []menu.Category, cause Cause) error {
	if len(categories) == 0 {
		return nil
	}
	document, err := packMenu(categories)
	if err != nil {
		return err
	}
	if len(document) > maxKeptBytes {
		if cause == Edited {
			return nil
		}
		return domain.Errorf(domain.Conflict, "menu.too_large", "the menu before could not be kept: it has more than %d bytes, compressed", maxKeptBytes)
	}
	params := query.KeepMenuParams{
		VendorID: p.ID, Version: p.Version, Cause: string(cause), Categories: len(categories), Pictures: []string{}, Document: document,
	}
	pictures := map[string]bool{}
	for _, c := range categories {
		params.Dishes += len(c.Dishes)
		for _, d := range c.Dishes {
			if d.Picture != "" {
				pictures[d.Picture] = true
			}
		}
	}
	params.Pictures = append(params.Pictures, slices.Sorted(maps.Keys(pictures))...)
	if err := tx.Queries.KeepMenu(ctx, params); err != nil {
		return fmt.Errorf("keep the menu: %w", err)
	}
	dropped, err := tx.DropOldMenus(ctx, query.DropOldMenusParams{VendorID: p.ID, Kept: keptMenus})
	if err != nil {
		return fmt.Errorf("drop old menus: %w", err)
	}
	if err := skip(slices.Concat(dropped...), tx.ReleasePictures)(ctx); err != nil {
		return fmt.Errorf("release pictures: %w", err)
	}
	return nil
}

// MenuKept says whether a menu of a vendor was kept within a time.
func (tx *Tx) MenuKept(ctx context.Context, vendorID domain.ID, within time.Duration) (bool, error) {
	kept, err := tx.MenuKeptSince(ctx, query.MenuKeptSinceParams{VendorID: vendorID, Seconds: within.Seconds()})
	if err != nil {
		return false, fmt.Errorf("look for kept menus: %w", err)
	}
	return kept, nil
}

// KeptMenus lists a vendor's menus that are kept, newest first.
func (db *DB) KeptMenus(ctx context.Context, vendorID domain.ID) ([]KeptMenu, error) {
	rows, err := db.q().KeptMenus(ctx, vendorID)
	if err != nil {
		return nil, fmt.Errorf("list kept menus: %w", classify(err))
	}
	out := make([]KeptMenu, len(rows))
	for i, r := range rows {
		out[i] = KeptMenu{r.Version, r.KeptAt, Cause(r.Cause), r.Categories, r.Dishes}
	}
	return out, nil
}

// KeptMenu reads a menu that a vendor had: what documents say of it, without stock and what was sold out. NotFound when none is
// kept of that version.
func (db *DB) KeptMenu(ctx context.Context, p vendor.Profile, version int) ([]menu.Category, error) {
	return keptMenu(ctx, db.q(), p, version)
}

// KeptMenuOf is DB.KeptMenu within a transaction.
func (tx *Tx) KeptMenuOf(ctx context.Context, p vendor.Profile, version int) ([]menu.Category, error) {
	return keptMenu(ctx, tx.Queries, p, version)
}

func keptMenu(ctx context.Context, q *query.Queries, p vendor.Profile, version int) ([]menu.Category, error) {
	document, err := q.KeptMenu(ctx, query.KeptMenuParams{VendorID: p.ID, Version: version})
	if err != nil {
		return nil, missing("version of the menu", err)
	}
	return unpackMenu(document, p)
}

func packMenu(categories []menu.Category) ([]byte, error) {
	kept := make([]keptCategory, len(categories))
	for i, c := range categories {
		row, err := categoryToJSON(c)
		if err != nil {
			return nil, err
		}
		kept[i] = keptCategory{row.ID, row.Name, row.Schedule, row.Translations, make([]keptDish, len(c.Dishes))}
		for j, d := range c.Dishes {
			r, err := dishToJSON(d)
			if err != nil {
				return nil, err
			}
			kept[i].Dishes[j] = keptDish{
				r.ID, r.Name, r.Description, r.Price, r.Packaging, r.TaxCategory, r.Diet, r.Allergens, r.Spice, r.Tags, r.MinAge,
				d.Picture, r.OptionGroups, r.Translations,
			}
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return nil, fmt.Errorf("encode the menu: %w", err)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(text) // into memory: it cannot fail
	_ = w.Close()
	return out.Bytes(), nil
}

// unpackMenu is the reverse, for the vendor that has had it. What it does not say of a dish is zero, and the dish available.
func unpackMenu(document []byte, p vendor.Profile) ([]menu.Category, error) {
	r, err := gzip.NewReader(bytes.NewReader(document))
	if err != nil {
		return nil, fmt.Errorf("unpack the menu: %w", err)
	}
	var kept []keptCategory
	if err := json.NewDecoder(io.LimitReader(r, maxKeptText)).Decode(&kept); err != nil {
		return nil, fmt.Errorf("decode the menu: %w", err)
	}
	out := make([]menu.Category, len(kept))
	for i, k := range kept {
		if out[i], err = toCategory(query.Category{ID: k.ID, Name: k.Name, Position: i, Schedule: k.Schedule, Translations: k.Translations}); err != nil {
			return nil, err
		}
		for j, d := range k.Dishes {
			dish, err := toDish(query.Dish{
				ID: d.ID, VendorID: p.ID, CategoryID: &k.ID, Name: d.Name, Description: d.Description, Price: d.Price, Packaging: d.Packaging,
				TaxCategory: d.TaxCategory, Diet: d.Diet, Allergens: orEmpty(d.Allergens), Spice: d.Spice, Tags: orEmpty(d.Tags), MinAge: d.MinAge, Available: true,
				Position: j, Picture: textOrNull(d.Picture), OptionGroups: d.OptionGroups, Translations: d.Translations,
			}, p.Currency)
			if err != nil {
				return nil, err
			}
			out[i].Dishes = append(out[i].Dishes, dish)
		}
	}
	return out, nil
}
