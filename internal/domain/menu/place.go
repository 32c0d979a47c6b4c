package menu

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Place is where something stands in a list that is sorted by position, then by ID.
type Place struct {
	ID       domain.ID
	Position int
}

func (p Place) before(o Place) bool {
	return p.Position < o.Position || p.Position == o.Position && p.ID.String() < o.ID.String()
}

// maxPosition is the highest position that people may give.
const maxPosition = 10_000

// Arrange gives things that are to stand in an order their places, and says which of those that were in the list before
// have been moved: as few as possible. What has not been moved keeps its position where it can; an order that stays changes
// nothing. before is sorted.
func Arrange(before []Place, order []domain.ID) (places []Place, moved map[domain.ID]bool) {
	was := make(map[domain.ID]int, len(before)) // where in before
	for i, p := range before {
		was[p.ID] = i
	}
	var ranks []int
	for _, id := range order {
		if i, ok := was[id]; ok {
			ranks = append(ranks, i)
		}
	}
	stays := longestRise(ranks)
	moved = map[domain.ID]bool{}
	places = make([]Place, len(order))
	last := Place{Position: -1}
	for i, id := range order {
		place := Place{id, last.Position + 1}
		if rank, ok := was[id]; ok {
			if moved[id] = !stays[rank]; !moved[id] && last.before(before[rank]) {
				place = before[rank]
			}
		}
		places[i], last = place, place
	}
	if last.Position > maxPosition {
		for i := range places {
			places[i].Position = i
		}
	}
	return places, moved
}

// longestRise gives a longest ascending subsequence of different numbers, as a set. Fredman, "On computing the length of
// longest increasing subsequences", Discrete Mathematics 11 (1975).
func longestRise(numbers []int) map[int]bool {
	var ends []int // ends[n] is where in numbers the least end of a rise of n+1 numbers is
	previous := make([]int, len(numbers))
	for i, n := range numbers {
		at, _ := slices.BinarySearchFunc(ends, n, func(end, n int) int { return numbers[end] - n })
		previous[i] = -1
		if at > 0 {
			previous[i] = ends[at-1]
		}
		if at == len(ends) {
			ends = append(ends, i)
		} else {
			ends[at] = i
		}
	}
	rise := make(map[int]bool, len(ends))
	if len(ends) > 0 {
		for i := ends[len(ends)-1]; i >= 0; i = previous[i] {
			rise[numbers[i]] = true
		}
	}
	return rise
}
