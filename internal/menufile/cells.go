package menufile

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/domain"
)

func (r *reader) dish() dto.MenuDish {
	d := dto.MenuDish{
		ID: r.id("dish_id"), Name: r.cells["dish"], Description: some(r.cells["description"]), Diet: dto.Diet(strings.ToLower(r.cells["diet"])),
		Packaging: r.price("packaging", r.cells["packaging"]), TaxCategory: some(dto.TaxCategory(r.cells["tax_category"])),
		Allergens: someList(list(r.cells["allergens"])), Spice: r.number("spice"), Tags: someList(list(r.cells["tags"])),
		MinAge: r.number("min_age"), Stock: r.number("stock"), Available: r.yes("available"), AvailableAt: r.time("available_at"),
		Picture: some(r.cells["picture"]), OptionGroups: r.options(),
	}
	if price := r.price("price", r.cells["price"]); price != nil {
		d.Price = *price
	} else if r.cells["price"] == "" {
		r.wrongCell("price", "required", "must not be blank")
	}
	var texts dto.DishTranslations
	for _, language := range r.languages {
		t := dto.DishTranslation{Language: language, Name: some(r.cells["dish:"+language]), Description: some(r.cells["description:"+language])}
		if t.Name != nil || t.Description != nil {
			texts = append(texts, t)
		}
	}
	if texts != nil {
		d.Translations = &texts
	}
	return d
}

func some[T ~string](text T) *T {
	if text == "" {
		return nil
	}
	return &text
}

func someList(list []string) *[]string {
	if list == nil {
		return nil
	}
	return &list
}

func (r *reader) id(column string) *domain.ID {
	if r.cells[column] == "" {
		return nil
	}
	id, err := domain.ParseID(r.cells[column])
	if err != nil {
		r.wrongCell(column, "format", "must be an ID as the export wrote it, or blank")
		return nil
	}
	return &id
}

// price reads an amount in the row's currency. Where semicolons are between the cells, a comma may be in an amount.
func (r *reader) price(column, text string) *dto.Price {
	if text == "" {
		return nil
	}
	if r.csv.Comma == ';' && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	m, err := domain.ParseMoney(column, r.currency+" "+text)
	if err != nil {
		r.wrongCell(column, "format", "must be an amount such as 120.00, with a known currency in the column currency")
		return nil
	}
	return &dto.Price{Amount: m.Amount, Currency: string(m.Currency)}
}

func (r *reader) number(column string) *int {
	if r.cells[column] == "" {
		return nil
	}
	n, err := strconv.Atoi(r.cells[column])
	if err != nil {
		r.wrongCell(column, "type", "must be a whole number")
		return nil
	}
	return &n
}

func (r *reader) yes(column string) *bool {
	text := strings.ToLower(r.cells[column])
	if text == "" {
		return nil
	}
	if text != "true" && text != "false" {
		r.wrongCell(column, "type", "must be true or false")
	}
	yes := text == "true"
	return &yes
}

func (r *reader) time(column string) *time.Time {
	if r.cells[column] == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, r.cells[column])
	if err != nil {
		r.wrongCell(column, "format", "must be a time such as 2026-12-24T18:00:00Z")
		return nil
	}
	return &t
}

var window = regexp.MustCompile(`^([a-z, -]+) (\d\d:\d\d)-(\d\d:\d\d)$`)

var week = []dto.Day{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func (r *reader) schedule() *dto.Schedule {
	if r.cells["schedule"] == "" {
		return nil
	}
	var s dto.Schedule
	for part := range strings.SplitSeq(r.cells["schedule"], ";") {
		part = strings.ToLower(strings.TrimSpace(part))
		date, first := strings.CutPrefix(part, "from ")
		last := false
		if !first {
			date, last = strings.CutPrefix(part, "until ")
		}
		found := window.FindStringSubmatch(part)
		switch {
		case first:
			s.StartsOn = &date
		case last:
			s.EndsOn = &date
		case found != nil && daysOf(found[1]) != nil:
			s.Windows = append(s.Windows, dto.Window{Days: daysOf(found[1]), From: found[2], To: found[3]})
		case part != "":
			r.wrongCell("schedule", "format", "must be such as mon-fri 07:00-11:00; sat,sun 08:00-12:00; from 2026-12-01; until 2026-12-24")
			return nil
		}
	}
	return &s
}

// daysOf reads "mon-fri,sun"; nil for what is no days.
func daysOf(text string) []dto.Day {
	var out []dto.Day
	for part := range strings.SplitSeq(text, ",") {
		from, to, several := strings.Cut(strings.TrimSpace(part), "-")
		if !several {
			to = from
		}
		first, last := slices.Index(week, dto.Day(from)), slices.Index(week, dto.Day(to))
		if first < 0 || last < first {
			return nil
		}
		out = append(out, week[first:last+1]...)
	}
	return out
}

var bounds = regexp.MustCompile(`^(\d{1,2})-(\d{1,2})$`)

func (r *reader) options() []dto.MenuOptionGroup {
	if r.cells["options"] == "" {
		return nil
	}
	var out []dto.MenuOptionGroup
	for line := range strings.SplitSeq(r.cells["options"], "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		g, ok := r.group(line)
		if !ok {
			r.wrongCell("options", "format", "must be one group a line, such as Extras [0-2]: Cheese = 20.00 | Olives, or Size [variants]: Small = 90.00 | Large = 120.00")
			return nil
		}
		out = append(out, g)
	}
	for _, language := range r.languages {
		r.translate(out, language)
	}
	return out
}

func (r *reader) group(line string) (g dto.MenuOptionGroup, ok bool) {
	head, tail, found := cut(line, ':')
	head = strings.TrimSpace(head)
	open, closed := find(head, '['), find(head, ']')
	if !found || len(open) == 0 || len(closed) == 0 || closed[len(closed)-1] != len(head)-1 {
		return g, false
	}
	at := open[len(open)-1]
	g.Name = unescape(head[:at])
	switch many := bounds.FindStringSubmatch(head[at+1 : len(head)-1]); {
	case head[at+1:len(head)-1] == "variants":
		yes := true
		g.Variants, g.Min, g.Max = &yes, 1, 1
	case many != nil:
		g.Min, _ = strconv.Atoi(many[1])
		g.Max, _ = strconv.Atoi(many[2])
	default:
		return g, false
	}
	for _, part := range split(tail, '|') {
		name, price, _ := cut(part, '=')
		var o dto.MenuOption
		name = strings.TrimSpace(name)
		if stars := find(name, '*'); len(stars) > 0 && stars[len(stars)-1] == len(name)-1 {
			yes := true
			o.Default, name = &yes, name[:len(name)-1]
		}
		o.Name, o.Price = unescape(name), r.price("options", strings.TrimSpace(price))
		g.Options = append(g.Options, o)
	}
	return g, true
}

// translate reads the translations of options, a line a group.
func (r *reader) translate(groups []dto.MenuOptionGroup, language string) {
	column := "options:" + language
	if r.cells[column] == "" {
		return
	}
	add := func(to **dto.NameTranslations, text string) {
		if name := unescape(text); name != "" {
			all := append(deref(*to), dto.NameTranslation{Language: language, Name: name})
			*to = &all
		}
	}
	lines := strings.Split(r.cells[column], "\n")
	for i, line := range lines {
		name, tail, found := cut(line, ':')
		parts := split(tail, '|')
		if !found || i >= len(groups) || len(parts) > len(groups[i].Options) {
			r.wrongCell(column, "format", "must have a line for each line of options, such as Größe: Klein | Groß")
			return
		}
		add(&groups[i].Translations, name)
		for j, part := range parts {
			add(&groups[i].Options[j].Translations, part)
		}
	}
}
