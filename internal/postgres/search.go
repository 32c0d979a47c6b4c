package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/delivery/eta"
	"github.com/zoop-dev/zoop/internal/domain/search"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/postgres/query"
)

// Find asks for the vendors and dishes that match what was typed, of the approved vendors whose zone holds a point.
type Find struct {
	Point domain.Point
	Typed string
	Now   time.Time // scores and availability are as of this moment
	Limit int
	After *Rank // nil: from the first
}

// Rank is where a hit stands in its list: descending by Score, then ascending by ID.
type Rank struct {
	Score int64 // millionths
	ID    domain.ID
}

// Hit is a vendor, or a dish of it, that was found.
type Hit struct {
	Vendor  vendor.Profile
	Kitchen eta.Kitchen // as NearVendor has it
	Meters  float64     // great circle
	Dish    *DishOnMenu // nil: the vendor itself was found
	Rank    Rank
}

// Search gives a page of hits, best first, in three round trips: what the words mean, what has them, the dishes among it. A dish
// that went off the menu between the second and the third is missing from the page. last is where the page ends; nil: it is the
// last one.
func (db *DB) Search(ctx context.Context, f Find) (hits []Hit, last *Rank, err error) {
	asked, err := db.asked(ctx, f.Typed)
	if err != nil || asked.empty() {
		return nil, nil, err
	}
	after := Rank{Score: 1 << 62}
	if f.After != nil {
		after = *f.After
	}
	rows, err := db.q().Search(ctx, query.SearchParams{
		Lat: f.Point.Lat, Lng: f.Point.Lng, Cells: around(f.Point), Now: f.Now, Folded: asked.folded, Loose: asked.loose(""), Own: asked.own(),
		ExactName: asked.exact("A"), Exact: asked.exact(""), LooseName: asked.loose("A"), AfterScore: after.Score, AfterID: after.ID,
		Most: int32(f.Limit + 1), //nolint:gosec // a page's size
	})
	if err != nil {
		return nil, nil, fmt.Errorf("search: %w", classify(err))
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		last = &Rank{rows[f.Limit-1].Score, rows[f.Limit-1].ID}
	}
	hits, err = db.hits(ctx, rows)
	return hits, last, err
}

func (db *DB) hits(ctx context.Context, rows []query.SearchRow) ([]Hit, error) {
	var ids []domain.ID
	for _, r := range rows {
		if r.ID != r.Vendor.ID {
			ids = append(ids, r.ID)
		}
	}
	dishes := map[domain.ID]query.DishesFoundRow{}
	if len(ids) > 0 {
		found, err := db.q().DishesFound(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("read dishes found: %w", classify(err))
		}
		for _, d := range found {
			dishes[d.Dish.ID] = d
		}
	}
	hits := make([]Hit, 0, len(rows))
	for _, r := range rows {
		h := Hit{Kitchen: toKitchen(r.Cooking, r.Margin, nil, nil, r.Answer, nil), Meters: r.Meters, Rank: Rank{r.Score, r.ID}}
		var err error
		if h.Vendor, err = toProfile(r.Vendor); err != nil {
			return nil, err
		}
		if r.ID != r.Vendor.ID {
			row, ok := dishes[r.ID]
			if !ok {
				continue
			}
			d, err := toDishOnMenu(row.Dish, row.Schedule, h.Vendor.Currency)
			if err != nil {
				return nil, err
			}
			h.Dish = &d
		}
		hits = append(hits, h)
	}
	return hits, nil
}

// Suggestion is what somebody who typed so far may mean.
type Suggestion struct {
	Text     string
	Kind     string    // dish, vendor or cuisine
	VendorID domain.ID // of a vendor; zero for the others
	Dishes   []Hit     // of a dish: some that are called so, without their Rank and Meters
}

// Bounds of the dishes of one name that a suggestion comes with.
const (
	maxNamesakes = 100 // looked at
	maxScheduled = 8   // of those that are served by the same schedule
)

// Suggest completes what was typed, with names of what Search would find at the point, in three round trips.
func (db *DB) Suggest(ctx context.Context, f Find) ([]Suggestion, error) {
	asked, err := db.asked(ctx, f.Typed)
	if err != nil || asked.empty() {
		return nil, err
	}
	rows, err := db.q().Suggest(ctx, query.SuggestParams{
		Lat: f.Point.Lat, Lng: f.Point.Lng, Cells: around(f.Point), Now: f.Now, Folded: asked.folded, MostAlike: maxNamesakes,
		LooseName: asked.loose("A"), ExactName: asked.exact("A"), Most: int32(f.Limit), //nolint:gosec // a page's size
	})
	if err != nil {
		return nil, fmt.Errorf("suggest: %w", classify(err))
	}
	var ids []domain.ID
	for _, r := range rows {
		ids = append(ids, r.DishIds...)
	}
	dishes, err := db.dishesSuggested(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Suggestion, len(rows))
	for i, r := range rows {
		out[i] = Suggestion{Text: r.Text, Kind: r.Kind, VendorID: orNil(r.VendorID)}
		for _, dishID := range r.DishIds {
			if h, ok := dishes[dishID]; ok {
				out[i].Dishes = append(out[i].Dishes, h)
			}
		}
	}
	return out, nil
}

func (db *DB) dishesSuggested(ctx context.Context, ids []domain.ID) (map[domain.ID]Hit, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := db.q().DishesSuggested(ctx, query.DishesSuggestedParams{Ids: ids, Most: maxScheduled})
	if err != nil {
		return nil, fmt.Errorf("read dishes suggested: %w", classify(err))
	}
	out := make(map[domain.ID]Hit, len(rows))
	for _, r := range rows {
		p, err := toProfile(r.Vendor)
		if err != nil {
			return nil, err
		}
		d, err := toDishOnMenu(r.Dish, r.Schedule, p.Currency)
		if err != nil {
			return nil, err
		}
		out[d.ID] = Hit{Vendor: p, Dish: &d}
	}
	return out, nil
}

// maxAlike bounds how many words that look like a typed one are compared with it.
const maxAlike = 60

// asked is a query in words. The last of them may be only begun.
type asked struct {
	folded string
	terms  []string
	alike  map[string][]string // by term
	cut    map[string][]string // by term: the first of two words that may have been written as it; of the last term, the second one begun
}

func (a asked) empty() bool { return len(a.terms) == 0 }

// asked reads what was typed: which words, and which other ones may be meant by them.
func (db *DB) asked(ctx context.Context, typed string) (asked, error) {
	rows, err := db.q().SearchTerms(ctx, query.SearchTermsParams{Typed: typed, Most: maxAlike})
	if err != nil {
		return asked{}, fmt.Errorf("read words of a query: %w", classify(err))
	}
	a := asked{alike: map[string][]string{}, cut: map[string][]string{}}
	words := make([]string, len(rows))
	for i, r := range rows {
		a.folded, words[i], a.cut[r.Term] = r.Folded, r.Term, r.Cut
		for _, word := range append(r.Alike, r.Swapped...) {
			if search.Alike(r.Term, word) && !slices.Contains(a.alike[r.Term], word) {
				a.alike[r.Term] = append(a.alike[r.Term], word)
			}
		}
	}
	a.terms = search.Terms(words)
	return a, nil
}

// exact is the tsquery of all words as they were typed; weights says where they may stand, "" anywhere.
func (a asked) exact(weights string) string { return a.all(weights, false) }

// loose is exact, with words that may be meant.
func (a asked) loose(weights string) string { return a.all(weights, true) }

func (a asked) all(weights string, alike bool) string {
	groups := make([]string, len(a.terms))
	for i := range a.terms {
		groups[i] = "(" + a.any(i, weights, alike, " & ") + ")"
	}
	return strings.Join(groups, " & ") + a.joined(weights)
}

// joined is or, all of it as one word, which may be only begun: people type mc donalds.
func (a asked) joined(weights string) string {
	if len(a.terms) < 2 {
		return ""
	}
	return " | " + lexeme(strings.Join(a.terms, ""), "*"+weights)
}

// own asks that one word at least is the thing's own.
func (a asked) own() string {
	groups := make([]string, len(a.terms))
	for i := range a.terms {
		groups[i] = a.any(i, "AB", true, " | ")
	}
	return strings.Join(groups, " | ") + a.joined("AB")
}

// any is a word as it was typed or, if alike ones will do, one that may be meant, or the two that it is cut into, both or either.
func (a asked) any(i int, weights string, alike bool, both string) string {
	ends := weights
	if i == len(a.terms)-1 {
		ends = "*" + weights
	}
	term := a.terms[i]
	out := lexeme(term, ends)
	if alike {
		for _, word := range a.alike[term] {
			out += " | " + lexeme(word, weights)
		}
		for _, first := range a.cut[term] {
			out += " | (" + lexeme(first, weights) + both + lexeme(term[len(first):], ends) + ")"
		}
	}
	return out
}

var quoted = strings.NewReplacer(`'`, `''`, `\`, `\\`)

func lexeme(word, flags string) string {
	word = "'" + quoted.Replace(word) + "'"
	if flags == "" {
		return word
	}
	return word + ":" + flags
}

// maxWordsLooked bounds the words of one round of ForgetWords, each of which is looked up in the index of all entries.
const maxWordsLooked = 200

// ForgetWords looks at the 200 words after one, "" for the first, and forgets those that no approved vendor has any more: of dishes
// that are gone, of vendors that are suspended, whose words are learnt anew with their approval. It gives the word to go on after, ""
// when there are none behind it, and how many it forgot. While somebody writes new words it does nothing.
func (db *DB) ForgetWords(ctx context.Context, after string) (last string, gone int, err error) {
	err = db.InTx(ctx, func(tx *Tx) error {
		last, gone = after, 0
		if held, err := tx.TryForgetWords(ctx); err != nil || !held {
			return err
		}
		row, err := tx.Queries.ForgetWords(ctx, query.ForgetWordsParams{After: after, Most: maxWordsLooked})
		if err != nil {
			return fmt.Errorf("forget words: %w", err)
		}
		if last, gone = row.Last, row.Gone; row.Looked < maxWordsLooked {
			last = ""
		}
		return nil
	})
	return last, gone, err
}
