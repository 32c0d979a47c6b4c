package words

import (
	"strconv"

	"github.com/zoop-dev/zoop/internal/tui/board"
)

// LeftOut says how much of what there is the board was told of, where that is not everything; empty: it is.
func LeftOut(b board.Batch) (said []string) {
	if b.OrdersLeftOut > 0 {
		live := 0
		for _, o := range b.Orders {
			if o.State.Live() {
				live++
			}
		}
		said = append(said, Number(live)+" of "+Number(live+b.OrdersLeftOut)+" orders shown, those most in danger")
	}
	if b.AlertsLeftOut > 0 {
		known := len(b.Alerts)
		said = append(said, Number(known)+" of "+Number(known+b.AlertsLeftOut)+" alerts shown, the worst")
	}
	return said
}

// Number writes a number that is not negative with commas between thousands: 23,112.
func Number(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
