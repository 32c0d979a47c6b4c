package widget

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/sanitize"
	"github.com/zoop-dev/zoop/internal/tui/theme"
)

// symbols are the signs of currencies that are not misread for another's.
var symbols = map[domain.Currency]string{"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£", "TRY": "₺", "PHP": "₱", "BRL": "R$"}

// Money writes an amount: "₹421.00", "BRL 35.00".
func Money(t theme.Theme, m domain.Money) string {
	if m.Currency == "" {
		return ""
	}
	if symbol, ok := symbols[m.Currency]; ok && !t.ASCII {
		return symbol + m.Decimal()
	}
	return m.String()
}

// Truncate cuts a drawn line, with its styles, to a width.
func Truncate(line string, width int) string { return ansi.Truncate(line, width, "") }

// Pad makes a drawn line exactly as wide as it should be.
func Pad(line string, width int) string {
	w := ansi.StringWidth(line)
	if w > width {
		line = Truncate(line, width)
		w = ansi.StringWidth(line)
	}
	for ; w < width; w = ansi.StringWidth(line) { // see sanitize.Fit
		line += strings.Repeat(" ", width-w)
	}
	return line
}

// Wrap breaks a clean text into lines of at most width columns, at spaces where it can.
func Wrap(text string, width int) []string {
	if sanitize.Width(text) <= width || width <= 0 {
		return []string{text}
	}
	return strings.Split(ansi.Wrap(text, width, " "), "\n")
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func two(n int64) string {
	if n < 10 {
		return "0" + number(n)
	}
	return number(n)
}
