package board

import (
	"cmp"
	"slices"
	"time"
)

// order gives the orders, worst first. Within a second only what has changed is sorted; the rest is in order already, and nearly so in the next
// one. The slice is a new one each time, since the last is in the hands of a reader.
func (b *Board) order() []*Order {
	if !b.stale {
		return b.sorted
	}
	same, fresh := make([]*Order, 0, len(b.sorted)), make([]*Order, 0, len(b.changed))
	for _, o := range b.sorted {
		if _, touched := b.changed[o.ID]; !touched {
			same = append(same, o)
		}
	}
	for id := range b.changed {
		if o, ok := b.orders[id]; ok {
			fresh = append(fresh, o)
		}
	}
	worst := worstAt(b.at)
	if !b.sortedAt.Equal(b.at) && !slices.IsSortedFunc(same, worst) { // time has changed what is worse than what
		slices.SortFunc(same, worst)
	}
	slices.SortFunc(fresh, worst)
	b.sorted, b.stale, b.sortedAt = merge(same, fresh, worst), false, b.at
	return b.sorted
}

// pass lets a second pass: what the clock eats becomes worse than what is foretold.
func (b *Board) pass(now time.Time) {
	if at := now.Truncate(time.Second); at.After(b.at) {
		b.at = at
		if !b.stale && !slices.IsSortedFunc(b.sorted, worstAt(at)) {
			b.stale, b.dirty = true, true
		}
	}
}

// merge puts a few orders between many, all of them sorted, in a new slice.
func merge(many, few []*Order, worst func(a, b *Order) int) []*Order {
	out := make([]*Order, 0, len(many)+len(few))
	for _, o := range few {
		at, _ := slices.BinarySearchFunc(many, o, worst)
		out = append(append(out, many[:at]...), o)
		many = many[at:]
	}
	return append(out, many...)
}

// worstAt compares by what is left at a time; what promises nothing comes after it, and what has ended last.
func worstAt(at time.Time) func(a, b *Order) int {
	return func(a, b *Order) int {
		if c := cmp.Compare(rank(a), rank(b)); c != 0 {
			return c
		}
		if rank(a) > 0 {
			if c := a.Due.Compare(b.Due); c != 0 {
				return c
			}
			return slices.Compare(a.ID[:], b.ID[:])
		}
		left, _ := a.Left(at)
		than, _ := b.Left(at)
		if c := cmp.Compare(left, than); c != 0 {
			return c
		}
		return slices.Compare(a.ID[:], b.ID[:])
	}
}

func rank(o *Order) int {
	switch {
	case !o.State.Live():
		return 2
	case o.Due.IsZero():
		return 1
	}
	return 0
}
