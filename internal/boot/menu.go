package boot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/menufile"
)

// The formats of menus in files.
const (
	MenuJSON = "json" // the document of the API
	MenuCSV  = "csv"  // see package menufile
)

// menuTimeout is for one request about a whole menu.
const menuTimeout = 30 * time.Second

// maxMenuBytes bounds a file of a menu: twice what the API takes, for it is sent without the spaces that make it readable.
const maxMenuBytes = 32 << 20

// menuClient is a client of the settings' API for members of vendors.
func menuClient(c *config.Config) (*client.Client, error) {
	if c.APIURL == "" {
		return nil, domain.Invalidf("api_url", "required", "set ZOOP_API_URL, or start `zoop up`")
	}
	if c.Token == "" {
		return nil, domain.Errorf(domain.Unauthenticated, string(domain.Unauthenticated), "set ZOOP_TOKEN to the access token of a member who may edit the menu, or to an API key for menu:write; staff may export it")
	}
	return client.New(c.APIURL, client.Options{Tokens: client.Static(c.Token), Timeout: menuTimeout})
}

// MenuExport writes a vendor's menu in a format, with stock and what is sold out if state is asked for.
// Without a token in the settings it is the staff token that the `zoop up` of the data directory keeps, if there is one.
// Errors of this and the next: those of menuClient, and *client.Problem.
func MenuExport(ctx context.Context, c *config.Config, dataDir string, vendor domain.ID, format string, state bool, w io.Writer) error {
	as := *c
	if as.Token == "" {
		as.Token, _ = StaffToken(dataDir) // where there is none, menuClient says what to do
	}
	api, err := menuClient(&as)
	if err != nil {
		return err
	}
	doc, err := api.MenuDocument(ctx, vendor, state)
	if err != nil {
		return err
	}
	if format == MenuCSV {
		return menufile.Write(w, doc)
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the menu: %w", err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// MenuImport is how a file becomes a vendor's menu.
type MenuImport struct {
	Format  string
	Version int  // of the vendor, which it must still have; 0: whatever it is
	Trial   bool // only say what would change
	ByName  bool // leave the file's IDs out: for a menu of another vendor
}

// ImportMenu reads a file and makes it a vendor's menu. Errors: Invalid for what is no menu, with line and column of a CSV.
func ImportMenu(ctx context.Context, c *config.Config, vendor domain.ID, m MenuImport, from io.Reader) (dto.MenuDiff, error) {
	api, err := menuClient(c)
	if err != nil {
		return dto.MenuDiff{}, err
	}
	var opts []client.CallOption
	if m.Version > 0 {
		opts = append(opts, client.IfMatch(m.Version))
	}
	doc, lines, err := readMenu(m, from)
	if err != nil {
		return dto.MenuDiff{}, err
	}
	diff, err := api.PutMenu(ctx, vendor, doc, m.Trial, opts...)
	var problem *client.Problem
	if errors.As(err, &problem) && lines != nil && len(problem.Errors) > 0 {
		problem.Detail = nil // it names the first of the fields, as the API does
		for i, f := range problem.Errors {
			problem.Errors[i].Field = lines.Name(f.Field)
		}
		return diff, problem
	}
	return diff, err
}

// readMenu gives the document to send; JSON goes as it is, so that the API refuses what it does not know.
func readMenu(m MenuImport, from io.Reader) (doc any, lines menufile.Lines, err error) {
	var menu dto.MenuDocument
	if m.Format == MenuCSV {
		if menu, lines, err = menufile.Read(from); err != nil {
			return nil, nil, err
		}
		if len(menu.Categories) == 0 { // cut off, most likely
			return nil, nil, domain.Invalidf("file", "empty", "has no dishes; to empty a menu, import {\"categories\":[]} as JSON")
		}
	} else {
		text, err := io.ReadAll(io.LimitReader(from, maxMenuBytes+1))
		if err != nil {
			return nil, nil, fmt.Errorf("read the menu: %w", err)
		}
		if len(text) > maxMenuBytes {
			return nil, nil, domain.Invalidf("file", "maxLength", "has more than %d bytes", maxMenuBytes)
		}
		if err := wellFormed(text); err != nil {
			return nil, nil, err
		}
		if !m.ByName {
			return json.RawMessage(text), nil, nil
		}
		strict := json.NewDecoder(bytes.NewReader(text))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&menu); err != nil {
			return nil, nil, domain.Invalidf("file", "json", "is no menu: %v", err)
		}
	}
	if m.ByName {
		for i, c := range menu.Categories {
			menu.Categories[i].ID = nil
			for j := range c.Dishes {
				c.Dishes[j].ID = nil
			}
		}
	}
	return menu, lines, nil
}

// wellFormed is Invalid for what is no JSON in UTF-8, naming the line and the character where it ceases to be.
func wellFormed(text []byte) error {
	if line, column, ok := menufile.Foreign(text); ok {
		return domain.Invalidf(fmt.Sprintf("line %d, column %d", line, column), "utf8", "is no UTF-8; save the file as JSON in UTF-8")
	}
	var broken *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &broken) {
		before := text[:max(broken.Offset-1, 0)]
		start := bytes.LastIndexByte(before, '\n') + 1
		place := fmt.Sprintf("line %d, column %d", bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[start:])+1)
		return domain.Invalidf(place, "json", "is no JSON: %v", broken)
	}
	return nil
}
