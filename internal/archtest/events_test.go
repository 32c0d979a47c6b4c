package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain/webhook"
)

// tellers are the packages that say what has happened. Of the domain's, account's machine tells of deeds for the audit log instead.
var tellers = []string{"internal/domain/...", "internal/app/...", "internal/postgres/..."}

// spelled are the types of events that are put together of a kind and a state.
var spelled = map[string][]string{
	"order.":   {"pending_payment", "scheduled", "placed"}, // as an order begins
	"payment.": {"authorized", "captured", "failed"},       // what a gateway tells of
	"courier.": {"approved", "rejected", "suspended"},      // as staff judge
}

// TestEventTypesAreListed holds the list of types against what the sources tell of: what is not listed nobody could ask for, and what is never
// told nobody should wait for.
func TestEventTypesAreListed(t *testing.T) {
	t.Parallel()
	r := &reader{t: t, set: token.NewFileSet(), consts: map[string]string{}, told: map[string]bool{}}
	var all []source
	for _, p := range list(t) {
		if name, _ := own(p.ImportPath); matchAny(tellers, name) && name != "internal/domain/account" {
			all = append(all, r.parse(p.Files))
		}
	}
	for _, s := range all {
		for _, fn := range s {
			ast.Inspect(fn, func(n ast.Node) bool {
				r.look(s, fn, n)
				return true
			})
		}
	}
	delete(r.told, "") // of what a machine tells nobody
	require.Equal(t, slices.Sorted(slices.Values(webhook.All())), slices.Sorted(maps.Keys(r.told)))
	require.True(t, slices.IsSorted(webhook.Types))
}

// source is a package: its functions, and of what stands outside of them one made up for each declaration.
type source []*ast.FuncDecl

// reader finds the type of each domain.Event that is made, back through the functions that are given it.
type reader struct {
	t      *testing.T
	set    *token.FileSet
	consts map[string]string // EventSomething, of any package
	told   map[string]bool
}

func (r *reader) parse(files []string) (s source) {
	for _, path := range files {
		file, err := parser.ParseFile(r.set, path, nil, parser.SkipObjectResolution)
		require.NoError(r.t, err)
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				s = append(s, d)
			case *ast.GenDecl:
				r.constants(d)
				s = append(s, &ast.FuncDecl{Name: ast.NewIdent("_"), Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: &ast.BlockStmt{List: []ast.Stmt{&ast.DeclStmt{Decl: d}}}})
			}
		}
	}
	return s
}

func (r *reader) constants(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		if v, ok := spec.(*ast.ValueSpec); ok && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, "Event") {
			if text, ok := literal(v.Values[0]); ok {
				r.consts[v.Names[0].Name] = text
			}
		}
	}
}

// look reads domain.Event{Type: …}, also in a list of them, event.Type = …, and Transition{Event: …}.
func (r *reader) look(s source, fn *ast.FuncDecl, n ast.Node) {
	switch n := n.(type) {
	case *ast.CompositeLit:
		events := []ast.Expr{n}
		if list, ok := n.Type.(*ast.ArrayType); ok && name(list.Elt) == "Event" {
			events = n.Elts
		} else if name(n.Type) != "Event" {
			return
		}
		for _, e := range events {
			if e, ok := e.(*ast.CompositeLit); ok {
				r.made(s, fn, e)
			}
		}
	case *ast.AssignStmt:
		if x, ok := n.Lhs[0].(*ast.SelectorExpr); ok && x.Sel.Name == "Type" {
			r.trace(s, fn, n.Rhs[0])
		}
	case *ast.KeyValueExpr:
		if text, ok := literal(n.Value); ok && name(n.Key) == "Event" {
			r.told[text] = true
		}
	}
}

func (r *reader) made(s source, fn *ast.FuncDecl, event *ast.CompositeLit) {
	for _, e := range event.Elts {
		if field, ok := e.(*ast.KeyValueExpr); !ok {
			r.t.Errorf("%s: name the fields of an event", r.set.Position(e.Pos()))
		} else if name(field.Key) == "Type" {
			r.trace(s, fn, field.Value)
		}
	}
}

// trace notes what an expression in a function may be.
func (r *reader) trace(s source, fn *ast.FuncDecl, e ast.Expr) {
	text, ok := literal(e)
	if constant, is := r.consts[name(e)]; is {
		text, ok = constant, true
	}
	sum, _ := e.(*ast.BinaryExpr)
	_, ident := e.(*ast.Ident)
	switch {
	case ok:
		r.told[text] = true
	case sum != nil:
		kind, _ := literal(sum.X)
		require.Contains(r.t, spelled, kind, r.set.Position(e.Pos()))
		for _, state := range spelled[kind] {
			r.told[kind+state] = true
		}
	case ident:
		if !r.assigned(s, fn, name(e)) && !r.given(s, fn, name(e)) {
			r.t.Errorf("%s: which type of event is %s?", r.set.Position(e.Pos()), name(e))
		}
	case name(e) != "Event": // a transition's, which its table has
		r.t.Errorf("%s: which type of event is this?", r.set.Position(e.Pos()))
	}
}

// assigned traces what a function assigns to a variable of its own.
func (r *reader) assigned(s source, fn *ast.FuncDecl, variable string) (found bool) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == len(a.Rhs) {
			for i := range a.Lhs {
				if name(a.Lhs[i]) == variable {
					found = true
					r.trace(s, fn, a.Rhs[i])
				}
			}
		}
		return true
	})
	return found
}

// given traces what the package gives a function as an argument.
func (r *reader) given(s source, fn *ast.FuncDecl, parameter string) (found bool) {
	var parameters []string
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			parameters = append(parameters, n.Name)
		}
	}
	at := slices.Index(parameters, parameter)
	for _, caller := range s {
		ast.Inspect(caller, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && at >= 0 && name(c.Fun) == fn.Name.Name {
				found = true
				r.trace(s, caller, c.Args[at])
			}
			return true
		})
	}
	return found
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// name is the last part of a name.
func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
