package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
)

// Package is what the law looks at: one compiled package without its tests.
type Package struct {
	ImportPath string
	Imports    []string
	Files      []string // absolute paths
}

// match reports whether pattern covers path.
func match(pattern, path string) bool {
	tree, ok := strings.CutSuffix(pattern, "/...")
	return path == tree || ok && strings.HasPrefix(path, tree+"/")
}

func matchAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, path) })
}

// place is where a package stands: its unit and the rank of its layer.
type place struct {
	unit string
	rank int
}

const (
	rankMortar = 1000 + iota
	rankApart
)

// find places a package of this module, by the longest pattern that covers it.
func find(pkg string) (place, bool) {
	best := place{}
	look := func(l Layer, rank int) {
		for _, u := range l.Units {
			if match(u.Path, pkg) && len(u.Path) > len(best.unit) {
				best = place{u.Path, rank}
			}
		}
	}
	for rank, l := range Layers {
		look(l, rank)
	}
	look(Mortar, rankMortar)
	look(Apart, rankApart)
	return best, best.unit != ""
}

// own turns an import path into one relative to the module; ok is false for
// what comes from outside.
func own(importPath string) (rel string, ok bool) {
	return strings.CutPrefix(importPath, Module+"/")
}

// Check returns every breach of the law in p, in words a reader can act on.
func Check(p Package) []string {
	from, _ := own(p.ImportPath)
	here, ok := find(from)
	if !ok {
		return []string{from + ": unknown package: put it in the table in internal/archtest/law.go"}
	}
	var breaches []string
	for _, imp := range p.Imports {
		if why := breach(from, here, imp); why != "" {
			breaches = append(breaches, fmt.Sprintf("%s imports %s: %s", from, strings.TrimPrefix(imp, Module+"/"), why))
		}
	}
	if matchAny(Pure, from) {
		breaches = append(breaches, checkPure(p.Files)...)
	}
	return breaches
}

// breach says why from, which stands here, may not import imp; empty if it may.
func breach(from string, here place, imp string) string {
	to, inside := own(imp)
	if !inside {
		to = imp
	}
	for _, b := range Bans {
		if matchAny(b.In, from) && matchAny(b.Of, to) && !matchAny(b.Except, from) {
			return b.Why
		}
	}
	switch {
	case inside:
		return direction(from, here, to)
	case matchAny(Pure, from) && strings.Contains(strings.Split(imp, "/")[0], "."):
		return "the domain needs the standard library only"
	case matchAny(Pure, from) && matchAny(Impure, imp):
		return "the domain does no I/O and knows no formats"
	}
	return ""
}

// direction applies the order of the layers to an import within the module.
func direction(from string, here place, to string) string {
	there, ok := find(to)
	switch {
	case !ok:
		return "unknown package: put it in the table in internal/archtest/law.go"
	case here.unit == there.unit:
		return ""
	case here.rank == rankApart:
		return ""
	case there.rank == rankApart:
		return "only tests import it"
	case matchAny(Pure, from) && there.rank == rankMortar:
		return "the domain imports the domain only"
	case there.rank == rankMortar:
		return ""
	case here.rank == rankMortar:
		return "mortar imports no layer"
	case here.rank == there.rank:
		return "neighbours in a layer do not import each other"
	case here.rank > there.rank:
		return "imports point down"
	}
	return ""
}

// checkPure reads sources for what import lists cannot show: a look at the
// clock, and struct tags, which tie a rule to a wire or storage format.
func checkPure(files []string) []string {
	var breaches []string
	for _, file := range files {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			breaches = append(breaches, err.Error())
			continue
		}
		clock := localName(f, "time")
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == clock && slices.Contains(Clock, n.Sel.Name) {
					breaches = append(breaches, fmt.Sprintf("%s: time.%s: take the time as an argument", fset.Position(n.Pos()), n.Sel.Name))
				}
			case *ast.Field:
				if n.Tag != nil {
					breaches = append(breaches, fmt.Sprintf("%s: struct tag: formats belong to the edges", fset.Position(n.Pos())))
				}
			}
			return true
		})
	}
	return breaches
}

// localName is the name under which f imports importPath, empty if it does not.
func localName(f *ast.File, importPath string) string {
	for _, spec := range f.Imports {
		if strings.Trim(spec.Path.Value, `"`) != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}
