package menu

import (
	"slices"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Word is what somebody said of a dish, or caused, that may decide whether it can be had.
type Word struct {
	Kind   WordKind
	Until  time.Time // of WordOff: when it comes back by itself; zero: when somebody says so
	Option domain.ID // of WordOptionOff
}

// WordKind is what a word is about.
type WordKind string

// The kinds of words.
const (
	WordOff       WordKind = "off"        // it was said to be sold out
	WordBack      WordKind = "back"       // it was said to be back, whatever had been in its way
	WordNoneLeft  WordKind = "none_left"  // its last portion went
	WordRestocked WordKind = "restocked"  // there are portions again, or more
	WordOptionOff WordKind = "option_off" // one of its options was said to be sold out
	WordMenu      WordKind = "menu"       // the whole menu was replaced, which may say of each dish whether it can be had
)

// Explain finds among words about a dish, newest first, the one because of which it stands as it does at a moment; -1: none of them.
// Portions bring back what had none left: not what somebody took off, and not what could be had all the time. That something is not served at
// an hour, or has come back by itself, is nobody's word.
func (d Dish) Explain(s State, now time.Time, words []Word) int {
	switch {
	case s.Available:
		return broughtBack(words)
	case s.Reason != SoldOut:
		return -1
	case d.Stock != nil && *d.Stock == 0:
		return tookOff(words, []WordKind{WordRestocked, WordBack}, func(w Word) bool {
			return w.Kind == WordNoneLeft || w.Kind == WordOff && w.Until.IsZero()
		})
	case !back(d.Available, d.UnavailableUntil, now):
		return tookOff(words, []WordKind{WordBack}, func(w Word) bool {
			return w.Kind == WordOff && w.Until.Truncate(time.Microsecond).Equal(d.UnavailableUntil) // as exact as it is kept
		})
	}
	lacking := d.lacking(now)
	return slices.IndexFunc(words, func(w Word) bool { return w.Kind == WordOptionOff && slices.Contains(lacking, w.Option) })
}

// broughtBack is the word since which a dish can be had.
func broughtBack(words []Word) int {
	restocked := -1 // the first time since none was left
	for i, w := range words {
		switch {
		case w.Kind == WordBack || w.Kind == WordMenu:
			return i
		case w.Kind == WordRestocked:
			restocked = i
		case w.Kind == WordNoneLeft || w.Kind == WordOff && w.Until.IsZero():
			return restocked
		case w.Kind == WordOff:
			return -1
		}
	}
	return -1
}

// tookOff is the last word that fits, unless one that ends it came after it: then it is the menu that came after that. A menu leaves a dish
// as it was unless it says otherwise.
func tookOff(words []Word, ends []WordKind, fits func(Word) bool) int {
	menu := -1
	for i, w := range words {
		switch {
		case fits(w):
			return i
		case slices.Contains(ends, w.Kind):
			return menu
		case w.Kind == WordMenu && menu < 0:
			menu = i
		}
	}
	return menu
}

// lacking are the options that cannot be had of groups that have too few others.
func (d Dish) lacking(now time.Time) (out []domain.ID) {
	for _, g := range d.Groups {
		if left, _ := g.left(now); left >= g.Min {
			continue
		}
		for _, o := range g.Options {
			if !o.AvailableAt(now) {
				out = append(out, o.ID)
			}
		}
	}
	return out
}
