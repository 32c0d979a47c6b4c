package api

import (
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/account"
)

// Row is a row of the route table, for the matrix test.
type Row struct {
	Method, Path  string
	Public, Blind bool
	Grants        []Grant
	Scope         domain.Scopes
	Body          []string // names of a JSON body's fields; nil: it takes none
	Versioned     bool     // it takes If-Match
}

// Grant is a cell of the table.
type Grant struct {
	Role  domain.Role
	To    string
	Act   account.MemberAction
	Needs domain.Permissions
}

// Rows is the route table, with what the contract says of bodies.
func Rows() ([]Row, error) {
	c, err := loadContract()
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, rt := range (&handlers{contract: c}).routes() {
		op, err := c.operation(rt.method, rt.path)
		if err != nil {
			return nil, err
		}
		row := Row{Method: rt.method, Path: rt.path, Public: rt.may.public, Blind: rt.may.blind, Scope: rt.may.scope}
		for _, g := range rt.may.grants {
			row.Grants = append(row.Grants, Grant{g.role, string(g.to), g.act, g.needs})
		}
		row.Versioned = slices.ContainsFunc(c.doc.Paths.Value(rt.path).GetOperation(rt.method).Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "If-Match" })
		if op.body != nil {
			row.Body = []string{}
			for name := range op.body.Properties {
				row.Body = append(row.Body, name)
			}
			slices.Sort(row.Body)
		}
		rows = append(rows, row)
	}
	return rows, nil
}
