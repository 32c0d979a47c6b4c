package board

import (
	"cmp"
	"slices"
)

// order gives the orders, worst first. Only what has changed is sorted; the rest is in order already. The slice is a new
// one each time, since the last is in the hands of a reader.
func (b *Board) order() []*Order {
	if !b.stale {
		return b.sorted
	}
	same := make([]*Order, 0, len(b.sorted))
	for _, o := range b.sorted {
		if _, touched := b.changed[o.ID]; !touched {
			same = append(same, o)
		}
	}
	fresh := make([]*Order, 0, len(b.changed))
	for id := range b.changed {
		if o, ok := b.orders[id]; ok {
			fresh = append(fresh, o)
		}
	}
	slices.SortFunc(fresh, worst)
	b.sorted, b.stale = merge(same, fresh), false
	return b.sorted
}

// merge joins two sorted slices into a new one.
func merge(a, b []*Order) []*Order {
	out := make([]*Order, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if worst(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// worst compares by what is due first; what promises nothing comes after it, and what has ended last.
func worst(a, b *Order) int {
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	if c := a.Due.Compare(b.Due); c != 0 {
		return c
	}
	return slices.Compare(a.ID[:], b.ID[:])
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
