package sim

import (
	"container/heap"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// task is something a vendor will do: about an order, or with a Nil order about a vendor.
type task struct {
	at       time.Time
	order    domain.ID
	vendorID domain.ID
	state    string // the task is dropped when the order is no longer in it
}

// agenda is a vendor's tasks, the next one first.
type agenda []task

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }

// Push implements heap.Interface.
func (a *agenda) Push(x any) { *a = append(*a, x.(task)) }

// Pop implements heap.Interface.
func (a *agenda) Pop() any {
	last := len(*a) - 1
	t := (*a)[last]
	*a = (*a)[:last]
	return t
}

func (a *agenda) add(t task) { heap.Push(a, t) }

// due takes the next task if its time has come.
func (a *agenda) due(now time.Time) (task, bool) {
	if len(*a) == 0 || (*a)[0].at.After(now) {
		return task{}, false
	}
	t, ok := heap.Pop(a).(task)
	return t, ok
}

// wait is how long until the next task, at most so long.
func (a *agenda) wait(now time.Time, most time.Duration) time.Duration {
	if len(*a) == 0 {
		return most
	}
	return min(max((*a)[0].at.Sub(now), 0), most)
}
