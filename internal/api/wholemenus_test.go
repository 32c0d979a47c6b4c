package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/menufile"
)

// TestAnExportIsAnImport: whatever a menu is, and whatever has become of its vendor's languages and of the hour since, its document
// is taken back, as JSON and as CSV, and changes nothing.
func TestAnExportIsAnImport(t *testing.T) {
	var past atomic.Int64
	noon := time.Now().Truncate(time.Second)
	m := newMarketAt(t, func() time.Time { return noon.Add(time.Duration(past.Load())) })
	path := m.vendor()
	wait := func(t *rapid.T) {
		past.Add(int64(rapid.SampledFrom([]time.Duration{0, time.Minute, 90 * time.Minute, 25 * time.Hour}).Draw(t, "wait")))
	}
	rapid.Check(t, func(t *rapid.T) {
		m := *m
		m.t = t
		now := noon.Add(time.Duration(past.Load()))
		m.call(200, "PATCH", path, m.owner, `{"languages":["en","de","hi","zh-Hant"]}`)
		m.call(200, "PUT", path+"/menu", m.owner, text(t, anyMenu(now).Draw(t, "menu")))
		m.sellOut(t, path)
		has := rapid.SampledFrom([]string{`["en"]`, `["en","hi"]`, `["en","zh-Hant","de","fr"]`, `["fr","hi"]`}).Draw(t, "languages")
		m.call(200, "PATCH", path, m.owner, `{"languages":`+has+`}`)
		wait(t)
		state := rapid.Bool().Draw(t, "state")
		doc := m.document(path, state)
		wait(t)
		if rapid.Bool().Draw(t, "as CSV") {
			var file bytes.Buffer
			require.NoError(t, menufile.Write(&file, doc.MenuDocument))
			read, _, err := menufile.Read(&file)
			require.NoError(t, err)
			doc.MenuDocument = read
		}
		var diff dto.MenuDiff
		answer := m.call(200, "PUT", path+"/menu", m.owner, text(t, doc.MenuDocument), "If-Match", doc.tag)
		require.NoError(t, json.Unmarshal([]byte(answer.text), &diff))
		for _, d := range []dto.MenuDifferences{diff.Categories, diff.Dishes} {
			require.Empty(t, d.Added)
			require.Empty(t, d.Changed)
			require.Empty(t, d.Removed)
		}
		require.Equal(t, doc.tag, answer.header.Get("ETag"))
	})
}

func text(t tester, v any) string {
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

// sellOut takes some dishes and options off for a time, and counts stock down as orders do.
func (m *market) sellOut(t *rapid.T, path string) {
	var menu dto.Menu
	require.NoError(t, json.Unmarshal([]byte(m.call(200, "GET", path+"/menu", "", "").text), &menu))
	for _, c := range menu.Categories {
		for _, d := range c.Dishes {
			for _, g := range d.OptionGroups {
				if rapid.Bool().Draw(t, "option sold out") {
					m.call(200, "PUT", "/dishes/"+d.ID.String()+"/options/"+g.Options[0].ID.String()+"/availability", m.owner, `{"available":false}`)
				}
			}
			if rapid.Bool().Draw(t, "ordered") {
				_, err := m.db.Pool().Exec(t.Context(), "UPDATE dishes SET stock = greatest(stock - 1, 0) WHERE id = $1", d.ID)
				require.NoError(t, err)
			}
		}
	}
}

type exported struct {
	dto.MenuDocument
	tag string
}

func (m *market) document(path string, state bool) exported {
	m.t.Helper()
	answer := m.call(200, "GET", fmt.Sprintf("%s/menu/document?state=%t", path, state), m.owner, "")
	out := exported{tag: answer.header.Get("ETag")}
	require.NoError(m.t, json.Unmarshal([]byte(answer.text), &out.MenuDocument))
	return out
}

// anyMenu generates a menu of a vendor that writes en and translates into de, hi and zh-Hant.
func anyMenu(now time.Time) *rapid.Generator[dto.MenuDocument] {
	word := rapid.StringMatching(`[A-Za-zé米'"=+|:;\\\[*,-]([a-z '"=|:;\\\]*,.-]{0,6}[a-zé米\])])?`)
	return rapid.Custom(func(t *rapid.T) (doc dto.MenuDocument) {
		headings := rapid.SliceOfNDistinct(word, 0, 3, strings.ToLower).Draw(t, "categories")
		for _, name := range headings {
			c := dto.MenuCategory{Name: name, Translations: names(t, word), Dishes: []dto.MenuDish{}}
			if rapid.Bool().Draw(t, "scheduled") {
				c.Schedule = &dto.Schedule{EndsOn: new("2030-01-31"), Windows: []dto.Window{{Days: []dto.Day{"tue", "sun"}, From: "22:30", To: "02:00"}}}
			}
			for range rapid.IntRange(0, 3).Draw(t, "dishes") {
				c.Dishes = append(c.Dishes, anyDish(t, now, word))
			}
			doc.Categories = append(doc.Categories, c)
		}
		if doc.Categories == nil {
			doc.Categories = []dto.MenuCategory{}
		}
		return doc
	})
}

func anyDish(t *rapid.T, now time.Time, word *rapid.Generator[string]) dto.MenuDish {
	price := func(label string) *dto.Price {
		return &dto.Price{Amount: int64(rapid.IntRange(0, 5).Draw(t, label)), Currency: "INR"}
	}
	d := dto.MenuDish{
		Name: word.Draw(t, "dish"), Price: *price("price"), Diet: "veg", Packaging: price("packaging"),
		Description: new(word.Draw(t, "description") + "\n\n" + word.Draw(t, "description")),
		Allergens:   new(rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Dairy", "wheat", "x|y"}), 0, 2, rapid.ID).Draw(t, "allergens")),
	}
	d.Translations = &dto.DishTranslations{}
	for _, language := range []string{"de", "hi", "zh-Hant"} {
		if rapid.Bool().Draw(t, language) {
			*d.Translations = append(*d.Translations, dto.DishTranslation{Language: language, Name: new(word.Draw(t, "name"))})
		}
	}
	switch rapid.IntRange(0, 4).Draw(t, "state") {
	case 0:
		d.Stock = new(rapid.IntRange(0, 2).Draw(t, "stock"))
	case 1:
		d.Available = new(false)
	case 2:
		d.Available, d.Stock = new(false), new(1)
	case 3:
		at := now.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "back in minutes"))*time.Minute + time.Microsecond)
		d.Available, d.AvailableAt = new(false), &at
	}
	for _, group := range rapid.SliceOfNDistinct(word, 0, 2, strings.ToLower).Draw(t, "groups") {
		g := dto.MenuOptionGroup{Name: group, Max: 1, Translations: names(t, word)}
		for _, option := range rapid.SliceOfNDistinct(word, 1, 2, strings.ToLower).Draw(t, "options") {
			g.Options = append(g.Options, dto.MenuOption{Name: option, Price: price("more"), Translations: names(t, word)})
		}
		d.OptionGroups = append(d.OptionGroups, g)
	}
	return d
}

func names(t *rapid.T, word *rapid.Generator[string]) *dto.NameTranslations {
	out := dto.NameTranslations{}
	for _, language := range []string{"de", "hi", "zh-Hant"} {
		if rapid.Bool().Draw(t, language) {
			out = append(out, dto.NameTranslation{Language: language, Name: word.Draw(t, "name")})
		}
	}
	return &out
}
