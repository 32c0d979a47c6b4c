package archtest

import (
	"fmt"
	"html"
	"strings"
)

// Measures of the picture, in pixels.
const (
	margin     = 24
	labelW     = 158
	mainW      = 880
	mortarW    = 190
	boxH       = 42
	gap        = 10
	bandPad    = 12
	bandGap    = 14
	perRow     = 4
	rowLimit   = 5  // up to this many boxes share one row
	top        = 74 // below the title
	noteLineH  = 18
	pictureW   = margin + labelW + mainW + bandGap + mortarW + margin
	mainLeft   = margin + labelW
	mortarLeft = mainLeft + mainW + bandGap
)

const style = `<style>
text { font-family: ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2933 }
.title { font-size: 20px; font-weight: 600 } .sub { font-size: 13px; fill: #52606d } .label { font-size: 12px; font-weight: 600; fill: #52606d }
.name { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 12px; font-weight: 600 } .role { font-size: 11px; fill: #52606d } .note { font-size: 12px; fill: #3e4c59 }
.band { fill: #f5f7fa; stroke: #e4e7eb } .box { fill: #ffffff; stroke: #7b8794 } .mortar { fill: #fdf6e3; stroke: #e5d5a5 } .apart { fill: #f0f4f8; stroke: #bcccdc; stroke-dasharray: 4 3 } .arrow { stroke: #7b8794; stroke-width: 2; fill: none }
</style>
<defs><marker id="head" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z" fill="#7b8794"/></marker></defs>
`

// canvas collects the elements of the drawing.
type canvas struct{ strings.Builder }

func (c *canvas) rect(class string, x, y, w, h int) {
	fmt.Fprintf(c, "<rect class=%q x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", class, x, y, w, h)
}

func (c *canvas) text(class string, x, y int, s string) {
	fmt.Fprintf(c, "<text class=%q x=\"%d\" y=\"%d\">%s</text>\n", class, x, y, html.EscapeString(s))
}

func (c *canvas) unit(u Unit, x, y, w int) {
	c.rect("box", x, y, w, boxH)
	c.text("name", x+9, y+18, short(u.Path))
	c.text("role", x+9, y+33, u.Role)
}

// column stacks a layer's boxes and returns the y below it.
func (c *canvas) column(l Layer, class string, y int) int {
	h := 26 + len(l.Units)*(boxH+gap) + 2
	c.rect(class, mortarLeft, y, mortarW, h)
	c.text("label", mortarLeft+bandPad, y+18, l.Name)
	for i, u := range l.Units {
		c.unit(u, mortarLeft+bandPad, y+26+i*(boxH+gap), mortarW-2*bandPad)
	}
	return y + h
}

// band draws a layer across the picture and returns the y below it.
func (c *canvas) band(l Layer, y int) int {
	cols := len(l.Units)
	if cols > rowLimit {
		cols = perRow
	}
	rows := (len(l.Units) + cols - 1) / cols
	h := 2*bandPad + rows*boxH + (rows-1)*gap
	c.rect("band", mainLeft, y, mainW, h)
	c.text("label", margin+22, y+h/2+4, l.Name)
	w := (mainW - 2*bandPad - (cols-1)*gap) / cols
	for i, u := range l.Units {
		c.unit(u, mainLeft+bandPad+i%cols*(w+gap), y+bandPad+i/cols*(boxH+gap), w)
	}
	return y + h
}

// Picture draws the law as an SVG document, the same bytes for the same table.
func Picture() string {
	var c canvas
	c.text("title", margin, 34, "zoop: what may import what")
	c.text("sub", margin, 54, "A package imports only what lies in a lower layer, and mortar. Neighbours in a layer never import each other.")
	y := top
	for _, l := range Layers {
		y = c.band(l, y) + bandGap
	}
	bottom := y - bandGap
	fmt.Fprintf(&c, "<path class=\"arrow\" marker-end=\"url(#head)\" d=\"M%d %dV%d\"/>\n", margin+6, top, bottom)
	side := c.column(Mortar, "mortar", top)
	side = c.column(Apart, "apart", side+bandGap)
	y = max(bottom, side) + 2*bandGap
	for _, note := range notes() {
		c.text("note", margin, y, note)
		y += noteLineH
	}
	head := fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"Import law of zoop\">\n", pictureW, y+8, pictureW, y+8)
	return "<!-- Drawn by `make graph` from internal/archtest/law.go; do not edit. -->\n" +
		head + style + "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" + c.String() + "</svg>\n"
}

// notes puts the bans and the purity rule into one line each.
func notes() []string {
	lines := []string{"Also:"}
	for _, b := range Bans {
		lines = append(lines, fmt.Sprintf("· %s must not import %s: %s.", shortAll(b.In), shortAll(b.Of), b.Why))
	}
	return append(lines, fmt.Sprintf("· %s: the standard library only; no clock, no randomness, no I/O, no struct tags.", shortAll(Pure)))
}

// short drops what every path shares.
func short(path string) string {
	path = strings.TrimSuffix(path, "/...")
	for _, prefix := range []string{"internal/", "github.com/"} {
		path = strings.TrimPrefix(path, prefix)
	}
	return path
}

func shortAll(paths []string) string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = short(p)
	}
	return strings.Join(names, ", ")
}
