package catalog

import (
	"fmt"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/menu"
	"github.com/zoop-dev/zoop/internal/domain/vendor"
	"github.com/zoop-dev/zoop/internal/id"
)

// regroup checks new option groups and gives them IDs, those of the old ones where names stay.
func regroup(old, groups []menu.OptionGroup, p *vendor.Profile) ([]menu.OptionGroup, error) {
	out := make([]menu.OptionGroup, len(groups))
	before := map[string]domain.ID{}
	for _, g := range old {
		before[strings.ToLower(g.Name)] = g.ID
		for _, o := range g.Options {
			before[strings.ToLower(g.Name+"\n"+o.Name)] = o.ID
		}
	}
	keep := func(name string) domain.ID {
		if kept, ok := before[strings.ToLower(name)]; ok {
			return kept
		}
		return id.New()
	}
	for i, g := range groups {
		field := fmt.Sprintf("optionGroups[%d]", i)
		var err error
		if g.Name, err = requiredText(field+".name", g.Name); err != nil {
			return nil, err
		}
		if g.Translations, err = translated(field+".translations", g.Translations, p); err != nil {
			return nil, err
		}
		g.ID = keep(g.Name)
		options := make([]menu.Option, len(g.Options))
		for j, o := range g.Options {
			if options[j], err = cleanOption(fmt.Sprintf("%s.options[%d]", field, j), o, p); err != nil {
				return nil, err
			}
			options[j].ID = keep(g.Name + "\n" + options[j].Name)
		}
		g.Options = options
		out[i] = g
	}
	return out, menu.CheckGroups(out)
}

func cleanOption(field string, o menu.Option, p *vendor.Profile) (_ menu.Option, err error) {
	if o.Name, err = requiredText(field+".name", o.Name); err != nil {
		return o, err
	}
	if o.Translations, err = translated(field+".translations", o.Translations, p); err != nil {
		return o, err
	}
	if o.Price == (domain.Money{}) {
		o.Price.Currency = p.Currency // nothing more to pay
	}
	return o, priced(field+".price", o.Price, p)
}
