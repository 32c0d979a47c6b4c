package api

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	c, err := loadContract()
	require.NoError(t, err)
	const address = `"label":"Home","line1":"1 Main St","city":"Delhi","location":{"lat":28.6,"lng":77.2}`
	for name, tc := range map[string]struct{ path, body, field, code string }{
		"right":             {"/api/v1/me/addresses", `{` + address + `}`, "", ""},
		"unknown field":     {"/api/v1/me/addresses", `{` + address + `,"admin":true}`, "admin", "unknown"},
		"wrongly cased":     {"/api/v1/auth/signup", `{"email":"a@b.c","firstName":"A","ROLE":"customer"}`, "role", "required"},
		"its right name":    {"/api/v1/auth/signup", `{"email":"a@b.c","firstName":"A","ROLE":"customer"}`, "ROLE", "unknown"},
		"control":           {"/api/v1/me/addresses", `{"label":"H\u001b[2J","line1":"1","city":"D","location":{"lat":1,"lng":0}}`, "label", "control"},
		"backwards":         {"/api/v1/me/addresses", `{"label":"H\u202egro.live","line1":"1","city":"D","location":{"lat":1,"lng":0}}`, "label", "control"},
		"no number":         {"/api/v1/me/addresses", `{"label":"H","line1":"1","city":"D","location":{"lat":NaN,"lng":0}}`, "body", "json"},
		"beyond numbers":    {"/api/v1/me/addresses", `{"label":"H","line1":"1","city":"D","location":{"lat":1e999,"lng":0}}`, "location.lat", "type"},
		"beyond the bound":  {"/api/v1/vendors/{id}/dishes", `{"categoryId":"01900000-0000-7000-8000-000000000000","name":"x","price":{"amount":9223372036854775808,"currency":"INR"},"diet":"veg"}`, "price.amount", "maximum"},
		"deep":              {"/api/v1/auth/login", strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1), "body", "depth"},
		"deep in a text":    {"/api/v1/auth/login", `{"email":"\"` + strings.Repeat("[", 100) + `"}`, "email", "pattern"},
		"cased twice":       {"/api/v1/auth/signup", `{"email":"a@b.c","firstName":"A","role":"customer","ROLE":"admin"}`, "ROLE", "unknown"},
		"duplicate":         {"/api/v1/auth/signup", `{"email":"a@b.c","firstName":"A","role":"customer","role":"vendor"}`, "role", "duplicate"},
		"staff role":        {"/api/v1/auth/signup", `{"email":"a@b.c","firstName":"A","role":"admin"}`, "role", "enum"},
		"trailing":          {"/api/v1/auth/login", `{"email":"a@b.c"} {"email":"d@e.f"}`, "body", "json"},
		"cut off":           {"/api/v1/auth/login", `{"email":"a@b`, "body", "json"},
		"empty":             {"/api/v1/auth/login", ``, "body", "json"},
		"null":              {"/api/v1/auth/login", `null`, "body", "nullable"},
		"missing":           {"/api/v1/me/addresses", `{"label":"Home"}`, "line1", "required"},
		"nested bound":      {"/api/v1/me/addresses", `{"label":"Home","line1":"1","city":"D","location":{"lat":91,"lng":0}}`, "location.lat", "maximum"},
		"nested unknown":    {"/api/v1/me/addresses", `{"label":"Home","line1":"1","city":"D","location":{"lat":1,"lng":0,"alt":3}}`, "location.alt", "unknown"},
		"too short":         {"/api/v1/me/addresses", `{"label":"","line1":"1","city":"D","location":{"lat":1,"lng":0}}`, "label", "minLength"},
		"bad email":         {"/api/v1/auth/login", `{"email":"a b@c"}`, "email", "pattern"},
		"header injection":  {"/api/v1/auth/login", `{"email":"a@b.c\r\nBcc: x@y.z"}`, "email", "control"},
		"fraction of money": {"/api/v1/vendors/{id}/dishes", `{"categoryId":"01900000-0000-7000-8000-000000000000","name":"x","price":{"amount":1.5,"currency":"INR"},"diet":"veg"}`, "price.amount", "type"},
		"bad id":            {"/api/v1/vendors/{id}/dishes", `{"categoryId":"nope","name":"x","price":{"amount":1,"currency":"INR"},"diet":"veg"}`, "categoryId", "pattern"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op, err := c.operation("POST", tc.path)
			require.NoError(t, err)
			err = op.checkBody([]byte(tc.body))
			if tc.field == "" {
				require.NoError(t, err)
				return
			}
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, domain.Invalid, e.Kind)
			require.Contains(t, fields(e), [2]string{tc.field, tc.code})
		})
	}
	op, err := c.operation("PUT", "/api/v1/cart")
	require.NoError(t, err)
	err = op.checkBody([]byte(`{"vendorId":"01900000-0000-7000-8000-000000000000","fulfilment":"delivery","items":[{"dishId":"01900000-0000-7000-8000-000000000000","quantity":0}]}`))
	var e *domain.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, [][2]string{{"items[0].quantity", "minimum"}}, fields(e))
	require.Equal(t, "must be at least 1", e.Fields[0].Message)
}

func fields(e *domain.Error) [][2]string {
	var out [][2]string
	for _, f := range e.Fields {
		out = append(out, [2]string{f.Field, f.Code})
	}
	return out
}

func TestParametersAreChecked(t *testing.T) {
	t.Parallel()
	c, err := loadContract()
	require.NoError(t, err)
	op, err := c.operation("GET", "/api/v1/vendors")
	require.NoError(t, err)
	for query, want := range map[string]string{
		"lat=28.6&lng=77.2":                              "",
		"lat=28.6&lng=77.2&openNow=true&limit=100":       "",
		"lat=28.6&lng=77.2&cursor=":                      "", // of a loop that begins with an empty one
		"lat=28.6&lng=77.2&sort=":                        "sort",
		"lng=77.2":                                       "lat",
		"lat=x&lng=77.2":                                 "lat",
		"lat=NaN&lng=77.2":                               "lat",
		"lat=91&lng=77.2":                                "lat",
		"lat=1&lat=2&lng=77.2":                           "lat",
		"lat=1&lng=2&limit=101":                          "limit",
		"lat=1&lng=2&limit=1.5":                          "limit",
		"lat=1&lng=2&opennow=true":                       "opennow",
		"lat=1&lng=2&openNow=1":                          "openNow",
		"lat=1&lng=2&sort=name":                          "sort",
		"lat=1&lng=2&cuisine=a&cuisine=b":                "",
		"lat=1&lng=2&cuisine=a&cuisine=":                 "cuisine[1]",
		"lat=1&lng=2&cuisine=a&cuisine=%00":              "cuisine",
		"lat=1&lng=2" + strings.Repeat("&cuisine=a", 13): "cuisine",
		"lat=1&lng=2&sort=name;drop":                     "query",
	} {
		_, err := op.checkParams(httptest.NewRequest(http.MethodGet, "/api/v1/vendors?"+query, nil))
		if want == "" {
			require.NoError(t, err, query)
			continue
		}
		var e *domain.Error
		require.ErrorAs(t, err, &e, query)
		require.Equal(t, want, e.Fields[0].Field, query)
	}
}

// TestEveryFieldOfARequestHasBounds walks all that a caller may send.
func TestEveryFieldOfARequestHasBounds(t *testing.T) {
	t.Parallel()
	c, err := loadContract()
	require.NoError(t, err)
	fields := 0
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			for _, p := range slices.Concat(item.Parameters, op.Parameters) {
				if p.Value.In != openapi3.ParameterInPath { // an ID, or it is not found
					fields += bounded(t, method+" "+path+" ?"+p.Value.Name, p.Value.Schema.Value)
				}
			}
			if op.RequestBody == nil {
				continue
			}
			for kind, media := range op.RequestBody.Value.Content {
				if kind == "application/json" {
					fields += bounded(t, method+" "+path+" ", media.Schema.Value)
				}
			}
		}
	}
	require.Greater(t, fields, 100, "the walk has found the fields")
}

// bounded counts the fields of a schema, and complains of those that may be of any size.
func bounded(t *testing.T, name string, s *openapi3.Schema) (fields int) {
	t.Helper()
	switch {
	case s.Type.Is("string"):
		fixed := len(s.Enum) > 0 || s.Format == "date-time" || s.Format == "date" || s.Pattern != "" && !strings.ContainsAny(s.Pattern, "*+")
		require.True(t, fixed || s.MaxLength != nil, "%s: a string needs maxLength, an enum or a pattern of fixed length", name)
	case s.Type.Is("integer"), s.Type.Is("number"):
		require.True(t, len(s.Enum) > 0 || s.Min != nil && s.Max != nil, "%s: a number needs minimum and maximum", name)
	case s.Type.Is("boolean"):
	case s.Type.Is("array"):
		require.NotNil(t, s.MaxItems, "%s: an array needs maxItems", name)
		return 1 + bounded(t, name+"[]", s.Items.Value)
	case s.Type.Is("object"):
		closed := s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
		require.True(t, closed, "%s: an object needs additionalProperties: false", name)
		for field, property := range s.Properties {
			fields += bounded(t, name+"."+field, property.Value)
		}
		return fields
	default:
		t.Errorf("%s: a field needs a type", name)
	}
	return 1
}

// TestWhateverIsPostedTakesAnIdempotencyKey holds every POST that answers 201, or changes what has a version, to the convention.
func TestWhateverIsPostedTakesAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	c, err := loadContract()
	require.NoError(t, err)
	never := map[string]string{ // operation: why not
		"createTicket":       "a ticket is a secret that lives for seconds; its answer is not kept",
		"createTrackingLink": "the token is shown once: its answer is not kept; a link too many is taken back with the others",
		"createKey":          "the secret is shown once: its answer is not kept; a key too many is seen in the list, and revoked",
		"createWebhook":      "the secret is shown once: its answer is not kept; a webhook too many is seen in the list, and deleted",
	}
	for path, item := range c.doc.Paths.Map() {
		if item.Post == nil || never[item.Post.OperationID] != "" {
			continue
		}
		changes := slices.ContainsFunc(item.Post.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "If-Match" })
		if item.Post.Responses.Value("201") == nil && !changes {
			continue
		}
		op, err := c.operation(http.MethodPost, path)
		require.NoError(t, err)
		require.True(t, op.keyed, "POST %s creates or changes something: give it parameters/IdempotencyKey", path)
		require.True(t, item.Post.Security == nil || len(*item.Post.Security) > 0, "POST %s: a key is somebody's", path)
	}
}

// TestWhateverMayConflictTakesIfMatch holds every write to a thing that exists to the convention.
func TestWhateverMayConflictTakesIfMatch(t *testing.T) {
	t.Parallel()
	c, err := loadContract()
	require.NoError(t, err)
	never := map[string]string{ // operation: why not
		"payOrder":              "gives the same session each time",
		"viewOrder":             "one's own presence, which passes by itself",
		"leaveOrder":            "one's own presence, which passes by itself",
		"takeWebhook":           "a gateway knows no versions, and tells each thing once",
		"creditWallet":          "adds to a balance, and replaces nothing",
		"createDeposit":         "takes from a balance, and replaces nothing",
		"createVendorPromotion": "adds a promotion, and replaces nothing",
		"createCategory":        "adds to a menu, and replaces nothing",
		"createDish":            "adds to a menu, and replaces nothing",
		"nameOwner":             "adds a member, and replaces nothing",
		"quoteRefund":           "tells something, and changes nothing",
		"createNote":            "adds a note, and replaces nothing",
		"createKey":             "adds a key, and replaces nothing",
		"createTrackingLink":    "adds a link, and replaces nothing",
		"deleteTrackingLinks":   "links end once, and have no version",
		"rotateKey":             "gives another secret, whichever it had",
		"revokeKey":             "a key ends once, and has no version",
		"createWebhook":         "adds a webhook, and replaces nothing",
		"rotateWebhook":         "gives another secret, whichever it had",
		"testWebhook":           "sends something, and changes nothing",
		"redeliverWebhook":      "sends something once more, whatever became of it",

		"redeliverWebhookDelivery": "sends something once more, whatever became of it",

		"endSession":       "a session ends once, and has no version",
		"endOtherSessions": "a session ends once, and has no version",
		"putPreferences":   "one's own switches, each on or off",
		"writeReview":      "an order has one review; a second one is refused",
		"inviteMember":     "adds a member, and replaces nothing",
		"patchMember":      "a membership is one word, and has no version",
		"deleteMember":     "a membership is one word, and has no version",
		"putCashLimit":     "a limit is one amount, and has no version",
		"deleteCashLimit":  "a limit is one amount, and has no version",
		"deleteInvitation": "an invitation is taken back once, and has no version",
	}
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			onOne := method == http.MethodPost && strings.Contains(path, "{")
			if !onOne && method != http.MethodPut && method != http.MethodPatch && method != http.MethodDelete || never[op.OperationID] != "" {
				continue
			}
			takes := slices.ContainsFunc(op.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "If-Match" })
			if !takes {
				t.Errorf("%s: %s %s may conflict: give it parameters/IfMatch, or a reason here", op.OperationID, method, path)
			}
		}
	}
}

func TestMistakesNameTheirBounds(t *testing.T) {
	m := newMarket(t)
	path := m.vendor()
	week := `{"windows":[{"days":["mon","mon"],"from":"07:00","to":"11:00"}]}`
	for message, request := range map[string][3]string{
		"must have at most 1 field":      {"PUT", path + "/zone", `{"radiusMeters":500,"ring":[{"lat":1,"lng":1},{"lat":2,"lng":1},{"lat":1,"lng":2}]}`},
		"must have at least 1 field":     {"PATCH", path, `{}`},
		"must not have an entry twice":   {"POST", path + "/categories", `{"name":"A","schedule":` + week + `}`},
		"must be at most 1000000000":     {"PATCH", path, `{"minimumOrder":{"amount":1000000001,"currency":"INR"}}`},
		"must have at least 1 entry":     {"PATCH", path, `{"cuisines":[]}`},
		"must have at least 1 character": {"PATCH", path, `{"name":""}`},
	} {
		answer := m.call(400, request[0], request[1], m.owner, request[2])
		require.Equal(t, message, answer.json["errors"].([]any)[0].(map[string]any)["message"])
	}
}

// TestMistakesAreInTheOrderOfTheThings: of more than can be listed, the first ones are.
func TestMistakesAreInTheOrderOfTheThings(t *testing.T) {
	m := newMarket(t)
	dish := `{"name":"D","price":{"amount":1,"currency":"INR"},"diet":"raw"}`
	answer := m.call(400, "PUT", m.vendor()+"/menu", m.owner, `{"categories":[{"name":"A","dishes":[`+dish+strings.Repeat(","+dish, 24)+`]}]}`)
	wrong := answer.json["errors"].([]any)
	require.Len(t, wrong, maxFieldErrors)
	for i, w := range wrong {
		require.Equal(t, fmt.Sprintf("categories[0].dishes[%d].diet", i), w.(map[string]any)["field"])
	}
}
