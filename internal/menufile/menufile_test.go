package menufile_test

import (
	"bytes"
	"encoding/csv"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/menufile"
)

func of[T any](v T) *T { return &v }

func inr(amount int64) *dto.Price { return &dto.Price{Amount: amount, Currency: "INR"} }

// full is a menu in which every field says something, of texts that mean something to CSV, to sheets and to the format itself.
func full(text func() string) dto.MenuDocument {
	german := func() *dto.NameTranslations { return &dto.NameTranslations{{Language: "de", Name: text()}} }
	extra := dto.MenuOptionGroup{Name: text(), Min: 0, Max: 3, Options: []dto.MenuOption{
		{Name: text(), Price: inr(20_00), Default: of(true), Translations: german()}, {Name: text()},
	}}
	size := dto.MenuOptionGroup{Name: text(), Min: 1, Max: 1, Variants: of(true), Translations: german(), Options: []dto.MenuOption{
		{Name: text(), Price: inr(90_00), Default: of(true), Translations: german()},
	}}
	return dto.MenuDocument{Categories: []dto.MenuCategory{
		{
			ID: of(domain.ID{1}), Name: text(), Translations: german(), Schedule: &dto.Schedule{
				Windows:  []dto.Window{{Days: []dto.Day{"mon", "sun"}, From: "22:00", To: "02:00"}, {Days: []dto.Day{"tue"}, From: "07:00", To: "24:00"}},
				StartsOn: of("2026-03-01"), EndsOn: of("2026-12-31"),
			},
			Dishes: []dto.MenuDish{
				{
					ID: of(domain.ID{2}), Name: text(), Description: of(text() + "\n" + text()), Price: *inr(90_00), Packaging: inr(5), TaxCategory: of(dto.TaxCategory("reduced")),
					Diet: "veg", Allergens: &dto.Allergens{text(), text()}, Spice: of(2), Tags: &dto.Tags{text()}, MinAge: of(18), Stock: of(0),
					Available: of(false), AvailableAt: of(time.Date(2026, 3, 2, 12, 0, 0, 1000, time.UTC)), Picture: of(strings.Repeat("a", 64)),
					OptionGroups: []dto.MenuOptionGroup{extra, size},
					Translations: &dto.DishTranslations{{Language: "de", Name: of(text()), Description: of(text())}, {Language: "zh-Hant", Name: of(text())}},
				},
				{Name: text(), Price: *inr(1), Diet: "vegan"},
			},
		},
		{Name: "Empty " + text(), Dishes: []dto.MenuDish{}},
	}}
}

func roundTrip(t require.TestingT, doc dto.MenuDocument) {
	var file bytes.Buffer
	require.NoError(t, menufile.Write(&file, doc))
	got, _, err := menufile.Read(&file)
	require.NoError(t, err)
	require.Equal(t, doc, got)
}

// TestNoFieldIsForgotten fails when the contract's document has a field that the file does not carry.
func TestNoFieldIsForgotten(t *testing.T) {
	t.Parallel()
	n := 0
	doc := full(func() string { n++; return "Text " + strings.Repeat("x", n) })
	c := doc.Categories[0]
	for _, v := range []any{c, c.Dishes[0], c.Dishes[0].OptionGroups[1], c.Dishes[0].OptionGroups[0].Options[0], *c.Schedule} {
		for i := range reflect.TypeOf(v).NumField() {
			require.False(t, reflect.ValueOf(v).Field(i).IsZero(), "%T: say something in %s", v, reflect.TypeOf(v).Field(i).Name)
		}
	}
	roundTrip(t, doc)
}

func TestAnyTextComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z=+@'"\\|:\[\]*,;{}-]([a-z ='"\\|:\[\]*,;-]{0,8}[a-z=\\|\]*'"])?`)
		n := 0
		doc := full(func() string {
			n++
			return text.Draw(t, "text") + strings.Repeat("é", n) // categories and the like of one name are one
		})
		roundTrip(t, doc)
	})
}

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	require.NoError(t, menufile.Write(&file, full(func() string { return `=HYPERLINK("x")` })))
	rows, err := csv.NewReader(&file).ReadAll()
	require.NoError(t, err)
	for _, cell := range slices.Concat(rows...) {
		require.NotRegexp(t, `^[=+@-]`, cell)
	}
}

func TestSpreadsheetsOfOtherCountries(t *testing.T) {
	t.Parallel()
	doc, lines, err := menufile.Read(strings.NewReader("\ufeffcategory;dish;price;currency;diet;options\r\n" +
		"Speisen;Suppe;4,5;EUR;VEGAN;\r\n;;;;;\r\nSpeisen;Brot;1;;veg;\"Größe [variants]: Klein = 1 | Groß* = 2,50\r\nDazu [0-1]: Öl\"\r\n"))
	require.NoError(t, err)
	require.Len(t, doc.Categories, 1)
	require.Equal(t, dto.Price{Amount: 450, Currency: "EUR"}, doc.Categories[0].Dishes[0].Price)
	bread := doc.Categories[0].Dishes[1]
	require.Equal(t, dto.Price{Amount: 100, Currency: "EUR"}, bread.Price)
	require.Equal(t, int64(250), bread.OptionGroups[0].Options[1].Price.Amount)
	require.True(t, *bread.OptionGroups[0].Options[1].Default)
	require.Equal(t, "Öl", bread.OptionGroups[1].Options[0].Name)
	require.Equal(t, "line 4, currency", lines.Name("categories[0].dishes[1].price.currency"))
	require.Equal(t, "line 2, schedule", lines.Name("categories[0].schedule"))
	require.Equal(t, "categories[7].name", lines.Name("categories[7].name"))
	for field, column := range map[string]string{
		"categories[0].name": "line 2, category", "categories[0].dishes[1].name": "line 4, dish", "categories[0].id": "line 2, category_id",
		"categories[0].dishes[0].id": "line 2, dish_id", "categories[0].dishes[1].optionGroups[0].options[1].price.amount": "line 4, options",
		"categories[0].dishes[0].taxCategory": "line 2, tax_category", "categories[0].dishes[1].price.amount": "line 4, price",
	} {
		require.Equal(t, column, lines.Name(field))
	}
}

// Windows-1252, as older spreadsheets write it.
func TestAFileThatIsNoUTF8IsRefused(t *testing.T) {
	t.Parallel()
	_, _, err := menufile.Read(strings.NewReader("\ufeffcategory,dish,price,currency,diet\nCafé,Caf\xe9,1,INR,veg\n"))
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "line 2, column 9", e.Fields[0].Field)
}

func TestMistakesHaveTheirPlaces(t *testing.T) {
	t.Parallel()
	const head = "category,schedule,dish,price,currency,diet,stock,options,dish_id,available\n"
	_, _, err := menufile.Read(strings.NewReader(head +
		"A,someday,Dosa,twelve,INR,veg,many,Size: S | L,7,perhaps\n" +
		"A,,Vada,,XXX,veg,,,,\n" +
		"short,row\n" +
		",,Idli,1,INR,veg,,,,\n"))
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Field)
	}
	require.ElementsMatch(t, []string{
		"line 2, schedule", "line 2, stock", "line 2, available", "line 2, options", "line 2, dish_id", "line 2, price",
		"line 3, price", "line 4", "line 5, category",
	}, fields)
	for _, file := range []string{"", "category,dish\n", "category,dish,price,currency,diet,colour\n", "category,dish,dish,price,currency,diet\n", head + "A,\"x\n"} {
		_, _, err := menufile.Read(strings.NewReader(file))
		require.Equal(t, domain.Invalid, domain.KindOf(err), "%q", file)
	}
	_, _, err = menufile.Read(strings.NewReader(head + strings.Repeat("A,,B,x,INR,veg,,,,\n", 100)))
	require.ErrorAs(t, err, &e)
	require.Len(t, e.Fields, 20)
	_, _, err = menufile.Read(strings.NewReader(head + strings.Repeat("A,,B,1,INR,veg,,,,\n", 3000)))
	require.Equal(t, domain.Invalid, domain.KindOf(err))
}
