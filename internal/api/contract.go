package api

import (
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/zoop-dev/zoop/internal/domain"
)

//go:embed openapi.yaml
var contractYAML []byte

// contract is the OpenAPI document, ready to check requests with.
type contract struct {
	doc  *openapi3.T
	json []byte
}

// loadContract reads the embedded document; it fails only when the build is broken.
func loadContract() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contractYAML)
	if err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	text, err := doc.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("encode contract: %w", err)
	}
	return &contract{doc, text}, nil
}

// operation is what the contract says of one route.
type operation struct {
	id      string
	body    *openapi3.Schema // of JSON; nil: takes none
	file    *filePart        // of a form; nil: takes none
	foreign bool             // its body is neither, and its handler reads it
	keyed   bool             // takes an Idempotency-Key
	atHand  bool             // its answer is most likely in memory
	params  []*openapi3.Parameter
	names   map[string]bool // of the parameters in the query
}

// atHand are the operations whose answers the catalogue keeps in memory.
var atHand = []string{"listCities", "listVendors", "getVendor", "getMenu", "getHours", "getZone"}

// operation finds a route in the contract: an error means that router and document differ.
func (c *contract) operation(method, path string) (*operation, error) {
	item := c.doc.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		return nil, fmt.Errorf("%s %s is not in the contract", method, path)
	}
	spec := item.GetOperation(method)
	op := &operation{id: spec.OperationID, atHand: slices.Contains(atHand, spec.OperationID), names: map[string]bool{}}
	for _, ref := range slices.Concat(item.Parameters, spec.Parameters) {
		op.params = append(op.params, ref.Value)
		op.names[ref.Value.Name] = ref.Value.In == openapi3.ParameterInQuery
		op.keyed = op.keyed || ref.Value.Name == keyHeader
	}
	if spec.RequestBody == nil {
		return op, nil
	}
	content := spec.RequestBody.Value.Content
	if form := content.Get("multipart/form-data"); form != nil {
		var err error
		op.file, err = fileOf(form.Schema.Value)
		return op, err
	}
	if media := content["application/json"]; media != nil {
		op.body = media.Schema.Value
	}
	op.foreign = op.body == nil
	return op, nil
}

// checkBody reads JSON strictly and compares it with the contract: the error names every field that is wrong, and its bound.
func (op *operation) checkBody(payload []byte) error {
	if len(payload) == 0 {
		return domain.Invalidf("body", "json", "is missing: this operation takes JSON")
	}
	if tooDeep(payload) {
		return domain.Invalidf("body", "depth", "must not nest more than %d deep", maxDepth)
	}
	var value any
	if err := json.Unmarshal(payload, &value); err != nil {
		return syntaxError(err)
	}
	if wrong := unprintable(value, nil); len(wrong) > 0 {
		return invalid(wrong)
	}
	err := op.body.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsRequest())
	if err == nil {
		return nil
	}
	return invalid(schemaErrors(err, ""))
}

// checkParams compares query parameters and headers with the contract; unknown ones in the query are errors. It gives the query.
func (op *operation) checkParams(r *http.Request) (query url.Values, err error) {
	if r.URL.RawQuery != "" {
		if query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			return nil, domain.Invalidf("query", "form", "the query string is malformed")
		}
	}
	var wrong []domain.FieldError
	for _, p := range op.params {
		var given []string
		switch p.In {
		case openapi3.ParameterInQuery:
			given = query[p.Name]
			if p.AllowEmptyValue && len(given) == 1 && given[0] == "" {
				given = nil // as if it was left out: a cursor, by those who begin with an empty one
			}
		case openapi3.ParameterInHeader:
			given = r.Header.Values(p.Name)
		default:
			continue
		}
		wrong = append(wrong, checkParam(p, given)...)
	}
	for name := range query {
		if !op.names[name] {
			wrong = append(wrong, domain.FieldError{Field: name, Code: "unknown", Message: "is no parameter of this operation"})
		}
	}
	if len(wrong) == 0 {
		return query, nil
	}
	return nil, invalid(wrong)
}

func checkParam(p *openapi3.Parameter, given []string) []domain.FieldError {
	schema := p.Schema.Value
	several := schema.Type.Is("array")
	switch {
	case len(given) > 1 && !several:
		return []domain.FieldError{{Field: p.Name, Code: "once", Message: "may be given once"}}
	case len(given) == 0 && p.Required:
		return []domain.FieldError{{Field: p.Name, Code: "required", Message: "is required"}}
	case len(given) == 0:
		return nil
	}
	var values []any
	for _, text := range given {
		if wrong := controls(p.Name, text); wrong != nil {
			return wrong
		}
		one := schema
		if several {
			one = schema.Items.Value
		}
		value, err := typed(one, text)
		if err != nil {
			return []domain.FieldError{{Field: p.Name, Code: "type", Message: err.Error()}}
		}
		values = append(values, value)
	}
	var value any = values
	if !several {
		value = values[0]
	}
	if err := schema.VisitJSON(value, openapi3.MultiErrors()); err != nil {
		return schemaErrors(err, p.Name)
	}
	return nil
}

func typed(s *openapi3.Schema, text string) (any, error) {
	switch {
	case s.Type.Is("integer"):
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errors.New("must be a whole number")
		}
		return float64(n), nil
	case s.Type.Is("number"):
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n != n { //nolint:staticcheck // n != n finds NaN
			return nil, errors.New("must be a number")
		}
		return n, nil
	case s.Type.Is("boolean"):
		if text != "true" && text != "false" {
			return nil, errors.New("must be true or false")
		}
		return text == "true", nil
	}
	return text, nil
}

// invalid is one error about several fields, which it sorts, so that the same mistakes are told in the same words.
func invalid(fields []domain.FieldError) *domain.Error {
	slices.SortStableFunc(fields, func(a, b domain.FieldError) int { return strings.Compare(sortable(a.Field), sortable(b.Field)) })
	fields = fields[:min(len(fields), maxFieldErrors)]
	first := fields[0]
	e := domain.Errorf(domain.Invalid, string(domain.Invalid), "%s: %s", first.Field, first.Message)
	e.Fields = fields
	return e
}

var digits = regexp.MustCompile(`\d+`)

// sortable makes dishes[2] come before dishes[10].
func sortable(field string) string {
	return digits.ReplaceAllStringFunc(field, func(n string) string { return strings.Repeat("0", max(0, 9-len(n))) + n })
}

// maxFieldErrors bounds how many mistakes one answer lists.
const maxFieldErrors = 20

// schemaErrors turns the validator's findings into the fields' names and bounds, in our own words.
func schemaErrors(err error, root string) []domain.FieldError {
	var many openapi3.MultiError
	if errors.As(err, &many) {
		var out []domain.FieldError
		for _, one := range many {
			if out = append(out, schemaErrors(one, root)...); len(out) >= maxFieldErrors {
				return out[:maxFieldErrors]
			}
		}
		return out
	}
	var s *openapi3.SchemaError
	if !errors.As(err, &s) {
		return []domain.FieldError{{Field: fieldName(root, nil), Code: "invalid", Message: "is not what the contract says"}}
	}
	pointer, rule := s.JSONPointer(), s.SchemaField
	message, quoted := bound(s)
	if rule == "properties" { // the validator's word for a name that is not in the schema
		rule = "unknown"
		if quoted != "" && (len(pointer) == 0 || pointer[len(pointer)-1] != quoted) {
			pointer = append(pointer, quoted)
		}
	}
	return []domain.FieldError{{Field: fieldName(root, pointer), Code: rule, Message: message}}
}

// bound says what the rule asks, and the name the validator complains about where it does.
func bound(s *openapi3.SchemaError) (message, name string) {
	schema := s.Schema
	switch s.SchemaField {
	case "properties":
		return "is no field of this request (names are case-sensitive)", between(s.Reason, '"')
	case "required":
		return "is required", ""
	case "minLength":
		return "must have at least " + count(schema.MinLength, "character", "characters"), ""
	case "maxLength":
		return "must have at most " + count(*schema.MaxLength, "character", "characters"), ""
	case "minItems":
		return "must have at least " + count(schema.MinItems, "entry", "entries"), ""
	case "maxItems":
		return "must have at most " + count(*schema.MaxItems, "entry", "entries"), ""
	case "uniqueItems":
		return "must not have an entry twice", ""
	case "minProperties":
		return "must have at least " + count(schema.MinProps, "field", "fields"), ""
	case "maxProperties":
		return "must have at most " + count(*schema.MaxProps, "field", "fields"), ""
	case "minimum":
		return "must be at least " + decimal(*schema.Min), ""
	case "maximum":
		return "must be at most " + decimal(*schema.Max), ""
	case "enum":
		return fmt.Sprintf("must be one of %v", schema.Enum), ""
	case "pattern":
		return "must match " + schema.Pattern, ""
	case "type":
		return fmt.Sprintf("must be of type %s", strings.Join(schema.Type.Slice(), " or ")), ""
	case "nullable":
		return "must not be null", ""
	case "format":
		return "must be in the format " + schema.Format, ""
	}
	return "breaks the rule " + s.SchemaField, ""
}

func count(n uint64, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatUint(n, 10) + " " + several
}

// decimal writes a bound as people do, without an exponent.
func decimal(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func between(s string, quote byte) string {
	start := strings.IndexByte(s, quote)
	end := strings.LastIndexByte(s, quote)
	if start < 0 || end <= start {
		return ""
	}
	return s[start+1 : end]
}

// fieldName writes a path as people read it: items[0].quantity.
func fieldName(root string, pointer []string) string {
	name := root
	for _, part := range pointer {
		switch {
		case part != "" && strings.Trim(part, "0123456789") == "":
			name += "[" + part + "]"
		case name == "":
			name = part
		default:
			name += "." + part
		}
	}
	if name == "" {
		return "body"
	}
	return name
}

// syntaxError names the place at which a body stops being JSON that we read.
func syntaxError(err error) *domain.Error {
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		errors.As(err, &syntactic)
		return domain.Invalidf(fieldName("", pointerParts(syntactic)), "duplicate", "is given more than once")
	case errors.As(err, &semantic):
		return domain.Invalidf(fieldName("", slices.Collect(semantic.JSONPointer.Tokens())), "type", "is not a value of the right form")
	case errors.As(err, &syntactic):
		return domain.Invalidf("body", "json", "is not JSON at byte %d", syntactic.ByteOffset)
	}
	return domain.Invalidf("body", "json", "is not JSON, or ends too early")
}

func pointerParts(e *jsontext.SyntacticError) []string {
	if e == nil {
		return nil
	}
	return slices.Collect(e.JSONPointer.Tokens())
}
