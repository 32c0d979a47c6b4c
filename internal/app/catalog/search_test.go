package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// house opens a vendor of a name, with dishes, straight by the use cases.
func (b *bundle) house(name string, at domain.Point, cuisines []string, dishes ...string) (catalog.VendorView, domain.Actor) {
	b.t.Helper()
	owner := b.account()
	r := request()
	r.Name, r.Cuisines, r.Location = name, cuisines, at
	v, err := b.Open(b.ctx, owner, r)
	require.NoError(b.t, err)
	_, err = b.Approve(b.ctx, admin, v.ID, 0)
	require.NoError(b.t, err)
	_, err = b.SetHours(b.ctx, owner, v.ID, 0, allWeek())
	require.NoError(b.t, err)
	c := b.category(owner, v.ID, "Mains")
	for _, dish := range dishes {
		_, err := b.AddDish(b.ctx, owner, v.ID, dishOf(c.ID, dish, 12000))
		require.NoError(b.t, err)
	}
	return v, owner
}

type hits struct {
	Names []string // "dish @ vendor", or "vendor"
	Next  string
}

func encodeHits(list []catalog.HitView, next string) ([]byte, error) {
	h := hits{Next: next}
	for _, hit := range list {
		name := hit.Vendor.Name
		if hit.Dish != nil {
			name = hit.Dish.Name + " @ " + name
		}
		h.Names = append(h.Names, name)
	}
	return encode(h)
}

func (b *bundle) search(q catalog.Search) hits {
	b.t.Helper()
	if q.Limit == 0 {
		q.Limit = 50
	}
	page, err := b.Search(b.ctx, q, encodeHits)
	require.NoError(b.t, err)
	return decode[hits](b.t, page)
}

func (b *bundle) find(text string) []string {
	b.t.Helper()
	return b.search(catalog.Search{Point: delhi, Text: text}).Names
}

func TestSearchFindsWhatIsMeant(t *testing.T) {
	b := setup(t)
	b.house("Domino's Pizza", delhi, []string{"Pizza", "Italian"}, "Margherita", "Pizza Crème Fraîche", "Choco Lava Cake")
	b.house("Karim's", toward(delhi, 900, 10), []string{"Mughlai"}, "Chicken Biryani", "Mutton Korma", "बिरयानी", "कीमा मटर")
	b.house("四川飯店", toward(delhi, 1800, 20), []string{"中華"}, "麻婆豆腐", "担々麺", "ﾗｰﾒﾝ")
	b.house("مطعم الشام", toward(delhi, 2700, 30), []string{"شامي"}, "كَبْسة دجاج", "فلافل")
	for name, tt := range map[string]struct {
		typed string
		want  []string
	}{
		"a name":                          {"margherita", []string{"Margherita @ Domino's Pizza"}},
		"case, accents":                   {"CREME fraiche", []string{"Pizza Crème Fraîche @ Domino's Pizza"}},
		"accents that are not there":      {"márgherîta", []string{"Margherita @ Domino's Pizza"}},
		"without the apostrophe":          {"dominos", []string{"Domino's Pizza"}},
		"a cuisine finds its vendors":     {"mughlai", []string{"Karim's"}},
		"a dish of a vendor":              {"karims korma", []string{"Mutton Korma @ Karim's"}},
		"a vendor's dishes are not meant": {"karim", []string{"Karim's"}},
		"a letter is missing":             {"biryni", []string{"Chicken Biryani @ Karim's"}},
		"a letter too many":               {"biriyani", []string{"Chicken Biryani @ Karim's"}},
		"two are swapped":                 {"mutton krorma", []string{"Mutton Korma @ Karim's"}},
		"the last word is begun":          {"chicken bir", []string{"Chicken Biryani @ Karim's"}},
		"the first is not":                {"chick biryani", nil},
		"too far off":                     {"burgundy", nil},
		"a word of the query is nowhere":  {"chicken sushi", nil},
		"in two words":                    {"mar gherita", []string{"Margherita @ Domino's Pizza"}},
		"two in one word":                 {"lavacake", []string{"Choco Lava Cake @ Domino's Pizza"}},
		"two in one, with an apostrophe":  {"DominosPizza", []string{"Domino's Pizza", "Pizza Crème Fraîche @ Domino's Pizza"}},
		"two in one, of a vendor":         {"karims muttonkorma", []string{"Mutton Korma @ Karim's"}},
		"two in one, of different dishes": {"lavakorma", nil},
		"two in one, a vendor's dish":     {"karimskorma", []string{"Mutton Korma @ Karim's"}},
		"two in one, with an error":       {"lavacaek", nil},
		"two in one, the second begun":    {"lavaca", []string{"Choco Lava Cake @ Domino's Pizza"}},
		"the first of two in one, begun":  {"lacake", nil},
		"in two words, the second begun":  {"mar gher", []string{"Margherita @ Domino's Pizza"}},
		"swapped at the start":            {"alva", []string{"Choco Lava Cake @ Domino's Pizza"}},
		"swapped in the middle":           {"ckae", []string{"Choco Lava Cake @ Domino's Pizza"}},
		"swapped at the end":              {"caek", []string{"Choco Lava Cake @ Domino's Pizza"}},
		"swapped, of five":                {"kroma", []string{"Mutton Korma @ Karim's"}},
		"punctuation says nothing":        {"--chicken: (biryani)!", []string{"Chicken Biryani @ Karim's"}},
		"nothing but punctuation":         {"'&|!:*\\", nil},
		"operators are words":             {"chicken & !biryani:*", []string{"Chicken Biryani @ Karim's"}},
		"Devanagari":                      {"बिरयानी", []string{"बिरयानी @ Karim's"}},
		"Devanagari, a sign is missing":   {"बरयानी", []string{"बिरयानी @ Karim's"}},
		"Devanagari, with the dot":        {"क़ीमा", []string{"कीमा मटर @ Karim's"}},
		"Chinese":                         {"豆腐", []string{"麻婆豆腐 @ 四川飯店"}},
		"Chinese, one character":          {"麺", []string{"担々麺 @ 四川飯店"}},
		"Chinese, a vendor":               {"四川", []string{"四川飯店"}},
		"Chinese, in another order":       {"腐豆", nil},
		"Japanese, full width for half":   {"ラーメン", []string{"ﾗｰﾒﾝ @ 四川飯店"}},
		"Arabic, without vowels":          {"كبسة", []string{"كَبْسة دجاج @ مطعم الشام"}},
		"Arabic, another final letter":    {"كبسه", []string{"كَبْسة دجاج @ مطعم الشام"}},
		"full width":                      {"ｍａｒｇｈｅｒｉｔａ", []string{"Margherita @ Domino's Pizza"}},
	} {
		require.Equal(t, tt.want, b.find(tt.typed), name)
	}
	require.Equal(t, []string{"Domino's Pizza", "Pizza Crème Fraîche @ Domino's Pizza"}, sorted(b.find("pizza")))

	for _, bad := range []catalog.Search{{Text: " "}, {Text: "a\x00"}, {Text: "pizza", Cursor: "AAAA"}, {Text: "pizza", Cursor: "!"}} {
		bad.Point, bad.Limit = delhi, 5
		_, err := b.Search(b.ctx, bad, encodeHits)
		requireKind(t, domain.Invalid, err)
	}
}

func TestSearchRanks(t *testing.T) {
	b := setup(t)
	b.house("Far Thali", toward(delhi, 4000, 90), []string{"Indian"}, "Thali")
	b.house("Near Thali", delhi, []string{"Indian"}, "Thali")
	closed, owner := b.house("Closed Thali", delhi, []string{"Indian"}, "Thali")
	_, err := b.Pause(b.ctx, owner, closed.ID, 0, 60, "rain")
	require.NoError(t, err)
	good, _ := b.house("Good Thali", delhi, []string{"Indian"}, "Thali")
	b.exec("UPDATE vendors SET rating_average = 5, rating_count = 900 WHERE id = $1", good.ID)
	b.house("Words", delhi, []string{"Indian"}, "Thali Royal", "Royal Thali", "Thail")
	b.Cache().Clear()
	dishes := []string{}
	for _, name := range b.find("thali") {
		if len(name) > 8 && name[:8] == "Thali @ " {
			dishes = append(dishes, name[8:])
		}
	}
	require.Equal(t, []string{"Good Thali", "Near Thali", "Far Thali", "Closed Thali"}, dishes, "rating, then distance, then openness")
	var words []string
	for _, name := range b.find("thali") {
		if len(name) > 8 && name[len(name)-8:] == " @ Words" {
			words = append(words, name)
		}
	}
	require.Equal(t, []string{"Thali Royal @ Words", "Royal Thali @ Words", "Thail @ Words"}, words, "begins so, has the word, may mean it")
}

func TestSearchShowsWhatCanBeHad(t *testing.T) {
	b := setup(t)
	v, owner := b.house("Momo House", delhi, []string{"Tibetan"}, "Thukpa")
	d := b.dish(owner, v.ID, "Paneer Momo")
	seen := func(want bool, what string) {
		t.Helper()
		if want {
			require.Contains(t, b.find("paneer momo"), "Paneer Momo @ Momo House", what)
		} else {
			require.NotContains(t, b.find("paneer momo"), "Paneer Momo @ Momo House", what)
		}
	}
	seen(true, "new")
	require.Empty(t, b.search(catalog.Search{Point: toward(delhi, 5001, 45), Text: "momo"}).Names, "outside the zone, in the same square")
	require.NotEmpty(t, b.search(catalog.Search{Point: toward(delhi, 4999, 45), Text: "momo"}).Names)

	_, err := b.SetAvailable(b.ctx, owner, d.ID, 0, false, b.now().Add(time.Hour))
	require.NoError(t, err)
	seen(false, "sold out")
	b.pass(time.Hour)
	seen(true, "back by itself")
	_, err = b.SetAvailable(b.ctx, owner, d.ID, 0, false, time.Time{})
	require.NoError(t, err)
	seen(false, "sold out until somebody says otherwise")
	_, err = b.SetAvailable(b.ctx, owner, d.ID, 0, true, time.Time{})
	require.NoError(t, err)
	seen(true, "back")
	for _, stock := range []int{1, 0, 3} {
		b.exec("UPDATE dishes SET stock = $2 WHERE id = $1", d.ID, stock)
		b.Cache().Clear()
		seen(stock > 0, fmt.Sprint("stock ", stock))
	}

	name := "Paneer Bun"
	_, err = b.EditDish(b.ctx, owner, d.ID, 0, catalog.DishEdit{Name: &name})
	require.NoError(t, err)
	seen(false, "renamed")
	require.Equal(t, []string{"Paneer Bun @ Momo House"}, b.find("paneer bun"))
	heading := "Steamed"
	_, err = b.EditCategory(b.ctx, owner, d.CategoryID, 0, catalog.CategoryEdit{Name: &heading})
	require.NoError(t, err)
	require.Equal(t, []string{"Paneer Bun @ Momo House"}, b.find("steamed"))
	title := "Lhasa Kitchen"
	_, err = b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{Name: &title})
	require.NoError(t, err)
	require.Empty(t, b.find("momo house"))
	require.Equal(t, []string{"Paneer Bun @ Lhasa Kitchen"}, b.find("lhasa bun"))
	near := 1000
	_, err = b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{RadiusMeters: &near})
	require.NoError(t, err)
	require.Empty(t, b.search(catalog.Search{Point: toward(delhi, 4999, 45), Text: "bun"}).Names)

	require.NoError(t, b.RemoveDish(b.ctx, owner, d.ID, 0))
	require.Empty(t, b.find("paneer bun"))
	_, err = b.Suspend(b.ctx, admin, v.ID, 0, "hygiene")
	require.NoError(t, err)
	require.Empty(t, b.find("thukpa"))
	require.Empty(t, b.suggest("lhasa"))
	_, err = b.Approve(b.ctx, admin, v.ID, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"Thukpa @ Lhasa Kitchen"}, b.find("thukpa"))
}

func TestSearchTurnsPages(t *testing.T) {
	b := setup(t)
	for i := range 9 {
		b.house(fmt.Sprintf("House %d", i), toward(delhi, float64(i%3)*400, 0), []string{"Dosa"}, "Dosa", "Masala Dosa", "Rava Dosa", "Onion Dosa")
	}
	all := b.find("dosa")
	require.Len(t, all, 9*(3+1), "three dishes a vendor, and the vendor for its cuisine")
	q := catalog.Search{Point: delhi, Text: " DOSA ", Limit: 5}
	var seen []string
	for pages := 0; ; pages++ {
		require.Less(t, pages, 20)
		page := b.search(q)
		seen = append(seen, page.Names...)
		if page.Next == "" {
			break
		}
		q.Cursor = page.Next
		b.pass(time.Minute) // the pages are as of the first one's minute
	}
	require.Equal(t, all, seen)

	first := b.search(catalog.Search{Point: delhi, Text: "dosa", Limit: 5})
	for _, stranger := range []catalog.Search{{Point: delhi, Text: "idli"}, {Point: toward(delhi, 1, 0), Text: "dosa"}} {
		stranger.Cursor, stranger.Limit = first.Next, 5
		_, err := b.Search(b.ctx, stranger, encodeHits)
		requireKind(t, domain.Invalid, err)
	}
	b.pass(-2 * time.Minute)
	ahead := b.search(catalog.Search{Point: delhi, Text: "dosa", Limit: 50, Cursor: first.Next})
	require.Equal(t, all[5:], ahead.Names, "a cursor of a process whose clock is ahead")
	b.pass(24*time.Hour + 3*time.Minute)
	_, err := b.Search(b.ctx, catalog.Search{Point: delhi, Text: "dosa", Limit: 5, Cursor: first.Next}, encodeHits)
	requireKind(t, domain.Invalid, err)
}

// TestSearchFillsItsPages has as many dishes on a breakfast menu that is over as hits that can be had.
func TestSearchFillsItsPages(t *testing.T) {
	b := setup(t)
	over := menu.Schedule{Windows: []menu.Window{{Days: []int{0, 1, 2, 3, 4, 5, 6}, From: 7 * 60, To: 11 * 60}}}
	for i := range 4 {
		v, owner := b.house(fmt.Sprintf("House %d", i), toward(delhi, float64(i)*400, 0), []string{"Indian"}, "Masala Dosa")
		breakfast := b.dish(owner, v.ID, "Dosa") // found first, and left out
		_, err := b.EditCategory(b.ctx, owner, breakfast.CategoryID, 0, catalog.CategoryEdit{Schedule: &over})
		require.NoError(t, err)
	}
	want := []string{"Masala Dosa @ House 0", "Masala Dosa @ House 1", "Masala Dosa @ House 2", "Masala Dosa @ House 3"}
	require.Equal(t, want, b.find("dosa"))
	first := b.search(catalog.Search{Point: delhi, Text: "dosa", Limit: 3})
	require.Equal(t, want[:3], first.Names)
	second := b.search(catalog.Search{Point: delhi, Text: "dosa", Limit: 3, Cursor: first.Next})
	require.Equal(t, hits{Names: want[3:]}, second)
}

func (b *bundle) suggest(typed string) (texts []string) { return b.suggestAt(delhi, typed) }

func (b *bundle) suggestAt(at domain.Point, typed string) (texts []string) {
	b.t.Helper()
	page, err := b.Suggest(b.ctx, catalog.Search{Point: at, Text: typed, Limit: 8}, encode[[]catalog.Suggestion])
	require.NoError(b.t, err)
	for _, s := range decode[[]catalog.Suggestion](b.t, page) {
		require.Equal(b.t, s.Kind == "vendor", !s.VendorID.IsNil())
		texts = append(texts, s.Kind+" "+s.Text)
	}
	return texts
}

// TestSwappedNeighboursAreFound swaps every two neighbours of short words.
func TestSwappedNeighboursAreFound(t *testing.T) {
	b := setup(t)
	b.house("Karim's", delhi, []string{"Mughlai"}, "Dosa", "Momo", "Tikka", "Idli", "Naan", "कीमा")
	for _, word := range []string{"dosa", "momo", "tikka", "idli", "naan", "कीमा"} {
		letters := []rune(word)
		for i := range len(letters) - 1 {
			swapped := slices.Clone(letters)
			swapped[i], swapped[i+1] = letters[i+1], letters[i]
			require.Len(t, b.find(string(swapped)), 1, "%s for %s", string(swapped), word)
			require.Len(t, b.suggest(string(swapped)), 1, "%s for %s", string(swapped), word)
		}
	}
}

func TestSuggestions(t *testing.T) {
	b := setup(t)
	b.house("Burger Hub", delhi, []string{"Burgers"}, "Aloo Burger", "Cheese Burger", "Butter Naan")
	b.house("Burma Burma", delhi, []string{"Burmese"}, "Khow Suey", "Cheese Burger")
	require.Equal(t, []string{
		"cuisine Burgers", "dish Cheese Burger", "vendor Burger Hub", "cuisine Burmese", "dish Aloo Burger", "vendor Burma Burma",
	}, b.suggest("bur"))
	require.Equal(t, []string{"dish Cheese Burger"}, b.suggest("CHEESE b"))
	require.Equal(t, []string{"dish Khow Suey"}, b.suggest("khow suye"))
	require.Equal(t, []string{"dish Khow Suey"}, b.suggest("khowsu"))
	require.Empty(t, b.suggest("zzz"))

	b.house("Tin Cup", delhi, []string{"Café"}, "Lassi")
	require.Equal(t, []string{"cuisine Café"}, b.suggest("caf"))
	require.Equal(t, []string{"cuisine Café"}, b.suggest("CAFÉ"))
}

// Dishes are found by their names in any language, and shown in the reader's, as on the menu.
func TestSearchSpeaksTheReadersLanguage(t *testing.T) {
	b := setup(t)
	v, owner := b.house("Tin Cup", delhi, []string{"Indian"}, "Lassi")
	_, err := b.Edit(b.ctx, owner, v.ID, 0, catalog.Edit{Languages: []string{"en", "hi", "de"}})
	require.NoError(t, err)
	c := b.category(owner, v.ID, "More")
	add := func(name string, translations menu.Translations) {
		n := dishOf(c.ID, name, 12000)
		n.Translations = &translations
		_, err := b.AddDish(b.ctx, owner, v.ID, n)
		require.NoError(t, err)
	}
	add("Butter Chicken", menu.Translations{"hi": {Name: "बटर चिकन", Description: "मक्खन में"}, "de": {Description: "Mit Butter"}})
	add("Chicken in Butter", menu.Translations{"hi": {Name: "बटर चिकन"}})
	b.house("Plain", delhi, []string{"Indian"}, "Butter Chicken") // speaks one language

	type seen struct{ Name, Description, Language string }
	search := func(typed, accept string) (dishes []seen) {
		page, err := b.Search(b.ctx, catalog.Search{Point: delhi, Text: typed, Limit: 9, Accept: accept}, func(list []catalog.HitView, _ string) ([]byte, error) {
			for _, h := range list {
				if h.Dish != nil && h.Vendor.ID == v.ID {
					dishes = append(dishes, seen{h.Dish.Name, h.Dish.Description, h.Dish.Language})
				}
			}
			return encode(dishes)
		})
		require.NoError(t, err)
		return decode[[]seen](t, page)
	}
	english, hindi := []seen{{"Butter Chicken", "", "en"}, {"Chicken in Butter", "", "en"}}, []seen{{"बटर चिकन", "मक्खन में", "hi"}, {"बटर चिकन", "", "hi"}}
	for _, typed := range []string{"butter chicken", "बटर चिकन"} {
		require.ElementsMatch(t, hindi, search(typed, "hi-IN,en;q=0.5"), typed)
		require.ElementsMatch(t, english, search(typed, "en-GB"), typed)
		require.ElementsMatch(t, english, search(typed, ""), typed)
		require.ElementsMatch(t, english, search(typed, "fr;q=1, *;q=0"), typed)
		require.ElementsMatch(t, english, search(typed, "hi"+strings.Repeat(" ", 300)), "a header that is too long")
	}
	require.ElementsMatch(t, []seen{{"Butter Chicken", "Mit Butter", "de"}, {"Chicken in Butter", "", "de"}}, search("butter chicken", "de"), "what is not translated is the vendor's")

	loads := 0
	for _, accept := range []string{"hi, de;q=0.5", "de;q=0.1,hi;q=0.9", "hi,  de;q=0.3, fr;q=0", "HI;q=1, hi;q=0.8, de;q=0.1"} {
		_, err := b.Search(b.ctx, catalog.Search{Point: delhi, Text: "lassi", Limit: 9, Accept: accept}, func([]catalog.HitView, string) ([]byte, error) {
			loads++
			return []byte("{}"), nil
		})
		require.NoError(t, err)
	}
	require.Equal(t, 1, loads, "headers that mean the same share a page")

	suggest := func(typed, accept string) (texts []string) {
		page, err := b.Suggest(b.ctx, catalog.Search{Point: delhi, Text: typed, Limit: 8, Accept: accept}, encode[[]catalog.Suggestion])
		require.NoError(t, err)
		for _, s := range decode[[]catalog.Suggestion](t, page) {
			texts = append(texts, s.Text)
		}
		return texts
	}
	require.Equal(t, []string{"बटर चिकन"}, suggest("butt", "hi"), "once, though two are called so")
	require.Equal(t, []string{"Butter Chicken", "Chicken in Butter"}, suggest("बटर", "en"))
	require.Equal(t, []string{"Butter Chicken", "Chicken in Butter"}, suggest("butt", "de"))
}

// What nobody serves at this moment is not suggested, and takes nobody's place.
func TestSuggestionsAreServed(t *testing.T) {
	b := setup(t)
	over := menu.Schedule{Windows: []menu.Window{{Days: []int{0, 1, 2, 3, 4, 5, 6}, From: 7 * 60, To: 11 * 60}}}
	breakfast := func(name string, dishes ...string) {
		v, owner := b.house(name, delhi, []string{"Indian"})
		for _, dish := range dishes {
			d := b.dish(owner, v.ID, dish)
			_, err := b.EditCategory(b.ctx, owner, d.CategoryID, 0, catalog.CategoryEdit{Schedule: &over})
			require.NoError(t, err)
		}
	}
	breakfast("Early", "Dosa", "Dosa Plain", "Dosa Masala")
	breakfast("Bird", "Dosa", "Dosa Plain")
	b.house("Always", delhi, []string{"Indian"}, "Dosa Plain", "Dosa Set", "Dosa Wrap", "Dosa Zest")
	suggest := func(limit int) (texts []string) {
		page, err := b.Suggest(b.ctx, catalog.Search{Point: delhi, Text: "dosa", Limit: limit}, encode[[]catalog.Suggestion])
		require.NoError(t, err)
		for _, s := range decode[[]catalog.Suggestion](t, page) {
			texts = append(texts, s.Text)
		}
		return texts
	}
	require.Equal(t, []string{"Dosa Plain", "Dosa Set", "Dosa Wrap", "Dosa Zest"}, suggest(8))
	require.Equal(t, []string{"Dosa Plain", "Dosa Set", "Dosa Wrap"}, suggest(3))
	b.pass(20 * time.Hour) // Tuesday, 8:00
	require.Equal(t, []string{"Dosa Plain", "Dosa", "Dosa Masala"}, suggest(3))
}

// A name is suggested as long as one of those who are called so is served, however many older ones are not.
func TestOneNamesakeThatIsServedIsEnough(t *testing.T) {
	b := setup(t)
	serve := func(nth, from, to int) {
		v, owner := b.house(fmt.Sprint("House ", nth), delhi, []string{"Indian"})
		d := b.dish(owner, v.ID, "Dosa")
		s := menu.Schedule{Windows: []menu.Window{{Days: []int{0, 1, 2, 3, 4, 5, 6}, From: from * 60, To: to * 60}}}
		_, err := b.EditCategory(b.ctx, owner, d.CategoryID, 0, catalog.CategoryEdit{Schedule: &s})
		require.NoError(t, err)
	}
	for nth := range 9 {
		serve(nth, 7, 11)
	}
	require.Empty(t, b.suggest("dosa"))
	serve(9, 11, 15)
	b.pass(time.Minute)
	require.Equal(t, []string{"dish Dosa"}, b.suggest("dosa"))
}

// Whoever is not approved teaches no words: corrections are taken from what everybody may find.
func TestSearchLearnsFromApprovedVendors(t *testing.T) {
	b := setup(t)
	owner := b.account()
	r := request()
	r.Name, r.Cuisines, r.Location = "Quibblezap", []string{"Snorfle"}, connaught
	v, err := b.Open(b.ctx, owner, r)
	require.NoError(t, err)
	c := b.category(owner, v.ID, "Wumpus")
	_, err = b.AddDish(b.ctx, owner, v.ID, dishOf(c.ID, "Frobnitz", 12000))
	require.NoError(t, err)
	learnt := func() (n int) {
		const count = `SELECT count(DISTINCT word) FROM search_words WHERE word IN ('quibblezap', 'snorfle', 'wumpus', 'frobnitz')`
		require.NoError(t, b.db.Pool().QueryRow(b.ctx, count).Scan(&n))
		return n
	}
	require.Zero(t, learnt())
	_, err = b.Approve(b.ctx, admin, v.ID, 0)
	require.NoError(t, err)
	require.Equal(t, 4, learnt(), "of the vendor and of its menu")
}

// Words that no approved vendor has go, a bounded number a round; those that others have, and those that somebody just writes, stay.
func TestWordsThatNobodyHasAreForgotten(t *testing.T) {
	b := setup(t)
	v, owner := b.house("Quibblezap", delhi, []string{"Snorfle"}, "Frobnitz Curry")
	b.house("Tin Cup", delhi, []string{"Indian"}, "Curry")
	words := func() (words []string) {
		rows, err := b.db.Pool().Query(b.ctx, `SELECT DISTINCT word::text FROM search_words WHERE word IN ('quibblezap', 'snorfle', 'frobnitz', 'curry') ORDER BY 1`)
		require.NoError(t, err)
		words, err = pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return words
	}
	forget := func() (rounds, gone int) {
		after := ""
		for range 99 {
			last, n, err := b.db.ForgetWords(b.ctx, after)
			require.NoError(t, err)
			rounds, gone, after = rounds+1, gone+n, last
			if after == "" {
				break
			}
		}
		return rounds, gone
	}
	_, gone := forget()
	require.Zero(t, gone)
	require.Equal(t, []string{"curry", "frobnitz", "quibblezap", "snorfle"}, words())

	b.exec(`DELETE FROM search_entries WHERE vendor_id = $1 AND id <> vendor_id`, v.ID) // now frobnitz is nobody's
	tx, err := b.db.Pool().Begin(b.ctx)
	require.NoError(t, err)
	_, err = tx.Exec(b.ctx, `SELECT search_put_dishes(ARRAY(SELECT id FROM dishes WHERE vendor_id = $1))`, v.ID)
	require.NoError(t, err)
	last, gone, err := b.db.ForgetWords(b.ctx, "a")
	require.NoError(t, err)
	require.Equal(t, "a", last, "it is tried again")
	require.Zero(t, gone, "somebody is about to have it")
	require.NoError(t, tx.Commit(b.ctx))
	_, gone = forget()
	require.Zero(t, gone)
	require.Contains(t, words(), "frobnitz")

	_, err = b.Suspend(b.ctx, admin, v.ID, 0, "hygiene")
	require.NoError(t, err)
	b.exec(`INSERT INTO search_words SELECT 'zz' || n FROM generate_series(1, 450) AS n`)
	rounds, gone := forget()
	require.Equal(t, 3, rounds, "of 200 words each")
	require.Equal(t, 453, gone)
	require.Equal(t, []string{"curry"}, words())
	require.Equal(t, []string{"Curry @ Tin Cup"}, b.find("curri"), "it still corrects")

	_, err = b.Approve(b.ctx, admin, v.ID, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"curry", "frobnitz", "quibblezap", "snorfle"}, words())
	require.Equal(t, []string{"Frobnitz Curry @ Quibblezap"}, b.find("frobnits"))
	list := b.whole(owner, v.ID)
	require.NoError(t, b.RemoveDish(b.ctx, owner, list.Categories[0].Dishes[0].ID, 0))
	forget()
	require.Equal(t, []string{"curry", "quibblezap", "snorfle"}, words())
}

// A category is not found by the name that it has for a moment, while others take each other's.
func TestSearchPassesOverParkedCategories(t *testing.T) {
	b := setup(t)
	v, owner := b.house("Tin Cup", connaught, []string{"Cafe"}, "Lassi")
	c := b.category(owner, v.ID, "Drinks")
	_, err := b.AddDish(b.ctx, owner, v.ID, dishOf(c.ID, "Chai", 3000))
	require.NoError(t, err)
	found := func(word string) (entries, words int) {
		require.NoError(t, b.db.Pool().QueryRow(b.ctx, `SELECT count(*) FROM search_entries WHERE words @@ $1::tsquery`, word+":B").Scan(&entries))
		require.NoError(t, b.db.Pool().QueryRow(b.ctx, `SELECT count(*) FROM search_words WHERE word = $1`, word).Scan(&words))
		return entries, words
	}
	parked := strings.SplitN(c.ID.String(), "-", 2)[0]
	require.NoError(t, b.db.InTx(b.ctx, func(tx *postgres.Tx) error { return tx.ParkCategories(b.ctx, []domain.ID{c.ID}) }))
	entries, words := found(parked)
	require.Zero(t, entries+words, "the name that it is parked under is nobody's to find")
	b.exec(`UPDATE categories SET name = 'Brews' WHERE id = $1`, c.ID)
	entries, words = found("brews")
	require.Equal(t, []int{1, 1}, []int{entries, words})
	entries, _ = found("drinks")
	require.Zero(t, entries)
}
