package api_test

import (
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

func init() {
	maps.Copy(fixtures, map[string]fixture{
		"GET /api/v1/orders/{id}/invoice":       {make: func(w *world) target { return about("/api/v1/orders/%s/invoice", w.invoiced("Asha"), "") }},
		"GET /api/v1/vendors/{id}/invoices":     ofVendor("/api/v1/vendors/%s/invoices?year=2026&kind=credit_note", ""),
		"GET /api/v1/vendors/{id}/invoices.csv": ofVendor("/api/v1/vendors/%s/invoices.csv", ""),
	})
}

// invoiced is an order that was handed over and has its invoice, to a buyer of a name.
func (w *world) invoiced(buyer string) domain.ID {
	orderID := w.order("delivered")
	w.exec(`WITH s AS (INSERT INTO invoice_series VALUES ($1, 'invoice', 2026, 1) ON CONFLICT (vendor_id, kind, year) DO UPDATE SET last = invoice_series.last + 1 RETURNING *)
	        INSERT INTO invoices (id, vendor_id, kind, year, number, order_id, currency, total, buyer, document)
	        SELECT $2, vendor_id, kind, year, last, $3, 'INR', 24900, $4, $5::jsonb FROM s`, w.vendor, domain.ID(id.New()), orderID, buyer,
		`{"seller":{"name":"<b>Casa & Lima","address":"1 Janpath","taxId":"07AAACC1206D1ZM"},"lines":[{"kind":"item","label":"=Thali<script>","amount":23714},
		  {"kind":"tax","label":"GST 5.00%","amount":1186,"tax":{"category":"standard","rate":500,"value":23714,"parts":[{"label":"CGST 2.50%","amount":593},{"label":"SGST 2.50%","amount":593}]}}]}`)
	return orderID
}

// fetched gets a path as somebody.
func (w *world) fetched(c *caller, path, accept string) (status int, contentType, text string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer "+c.token)
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return res.StatusCode, res.Header.Get("Content-Type"), string(body)
}

// TestAnInvoiceIsReadInTheFormThatIsLiked: as a page to a browser, in which nothing that somebody typed does anything.
func TestAnInvoiceIsReadInTheFormThatIsLiked(t *testing.T) {
	w := newWorld(t)
	customer, path := w.who("customer"), "/api/v1/orders/"+w.invoiced("=Asha <img src=x>").String()+"/invoice"
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "application/json": "application/json", "text/html;q=0.5, */*;q=0.8": "application/json",
		"text/html": "text/html; charset=utf-8", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html; charset=utf-8",
		"application/json;q=0.2, text/*": "text/html; charset=utf-8",
	} {
		status, contentType, text := w.fetched(customer, path, accept)
		require.Equal(t, http.StatusOK, status, text)
		require.Equal(t, want, contentType, accept)
		if strings.HasPrefix(want, "text/html") {
			require.NotContains(t, text, "<script>")
			require.NotContains(t, text, "<img")
			require.NotContains(t, text, "<b>")
			for _, part := range []string{"Invoice V-2026-000001", "Casa &amp; Lima", "07AAACC1206D1ZM", "CGST 2.50%", "INR 5.93", "INR 249.00"} {
				require.Contains(t, text, part)
			}
		}
	}
	status, contentType, text := w.fetched(w.who("the vendor's manager"), "/api/v1/vendors/"+w.vendor.String()+"/invoices.csv?year=2026", "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "text/csv; charset=utf-8; header=present", contentType)
	require.Contains(t, text, "V-2026-000001,invoice,")
	require.Contains(t, text, ",'=Asha <img src=x>,1186,24900,INR\r\n", "no cell is a formula")

	status, _, text = w.fetched(customer, "/api/v1/orders/"+w.order("ready").String()+"/invoice", "")
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, text, `"invoice.not_issued"`)
	for query, field := range map[string]string{"year=1999": "year", "year=x": "year", "kind=letter": "kind", "cursor=0": "cursor", "cursor=9999999999": "cursor", "limit=101": "limit"} {
		status, _, text = w.fetched(w.who("the vendor's owner"), "/api/v1/vendors/"+w.vendor.String()+"/invoices?"+query, "")
		require.Equal(t, http.StatusBadRequest, status, query)
		require.Contains(t, text, `"field":"`+field+`"`)
	}
}

// TestInvoicesComeInPages: each once, newest first.
func TestInvoicesComeInPages(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.invoiced("Asha")
	}
	path := "/api/v1/vendors/" + w.vendor.String() + "/invoices?year=2026&limit=2"
	_, _, first := w.fetched(w.who("admin"), path, "")
	require.Contains(t, first, `"V-2026-000003"`)
	require.Contains(t, first, `"nextCursor":"2"`)
	_, _, last := w.fetched(w.who("admin"), path+"&cursor=2", "")
	require.Contains(t, last, `"V-2026-000001"`)
	require.NotContains(t, last, `"V-2026-000002"`)
	require.NotContains(t, last, "nextCursor")
}
