package api

import (
	"bytes"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/domain/invoice"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/sheet"
)

func (h *handlers) getInvoice(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	sale, credits, err := h.Papers.OfOrder(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	if likesPage(c.Header.Get("Accept")) {
		var page bytes.Buffer
		err := invoicePage.Execute(&page, append([]postgres.Paper{sale}, credits...))
		return answer{status: http.StatusOK, raw: page.Bytes(), header: map[string]string{"Content-Type": "text/html; charset=utf-8", "Vary": "Accept"}}, err
	}
	a, err := ok(dto.OrderInvoice{Invoice: fromPaper(sale), CreditNotes: fromPapers(credits)})
	a.header = map[string]string{"Vary": "Accept"}
	return a, err
}

// likesPage says whether an Accept asks for a page more than for JSON (RFC 9110, 12.5.1). Without the header, it does not.
func likesPage(header string) bool {
	page, json, others := -1.0, -1.0, -1.0 // not named
	for element := range strings.SplitSeq(header, ",") {
		media, parameters, _ := strings.Cut(element, ";")
		q := quality(parameters)
		switch media = strings.TrimSpace(media); {
		case strings.EqualFold(media, "text/html"), strings.EqualFold(media, "text/*"):
			page = max(page, q)
		case strings.EqualFold(media, "application/json"), strings.EqualFold(media, "application/*"):
			json = max(json, q)
		case media == "*/*":
			others = q
		}
	}
	if json < 0 {
		json = others
	}
	return page > 0 && page > json
}

func (h *handlers) listInvoices(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	kind := invoice.Invoice
	if text := c.param("kind"); text != "" {
		kind = invoice.Kind(text)
	}
	limit := c.limit()
	found, err := h.Papers.List(c.Context(), c.actor, id, kind, int(c.number("year", 0)), int(c.place("cursor")), limit+1)
	if err != nil {
		return answer{}, err
	}
	var out dto.InvoiceList
	if len(found) > limit {
		found = found[:limit]
		next := strconv.Itoa(found[limit-1].No)
		out.NextCursor = &next
	}
	out.Data = fromPapers(found)
	return ok(out)
}

func (h *handlers) exportInvoices(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	pages, err := h.Papers.Export(c.Context(), c.actor, id, int(c.number("year", 0)))
	if err != nil {
		return answer{}, err
	}
	return csvAnswer("invoices.csv", func(w io.Writer) error { return writeInvoices(w, pages) }), nil
}

func writeInvoices(w io.Writer, pages billing.Pages) error {
	out := sheet.New(w)
	if err := out.Row("number", "kind", "issued at", "order", "credits", "buyer", "tax in minor units", "total in minor units", "currency"); err != nil {
		return err
	}
	err := pages(func(page []postgres.Paper) error {
		for _, p := range page {
			err := out.Row(p.Number(), string(p.Kind), sheetTime(p.IssuedAt), p.OrderNumber, credited(p), p.Buyer,
				strconv.FormatInt(p.Taxed(), 10), strconv.FormatInt(p.Total.Amount, 10), string(p.Total.Currency))
			if err != nil {
				return err
			}
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// credited is the number of the invoice that a credit note is about, "" for an invoice.
func credited(p postgres.Paper) string {
	if p.Kind == invoice.Invoice {
		return ""
	}
	return p.Sale
}

func fromPapers(papers []postgres.Paper) []dto.Invoice {
	out := make([]dto.Invoice, len(papers))
	for i, p := range papers {
		out[i] = fromPaper(p)
	}
	return out
}

func fromPaper(p postgres.Paper) dto.Invoice {
	money := func(amount int64) dto.Money {
		return fromMoney(domain.Money{Amount: amount, Currency: p.Total.Currency})
	}
	out := dto.Invoice{
		Number: p.Number(), Kind: dto.InvoiceKind(p.Kind), Year: p.Year, IssuedAt: p.IssuedAt.UTC(), OrderID: p.OrderID, OrderNumber: p.OrderNumber,
		Credits: some(credited(p)), Reason: some(p.Reason), Buyer: p.Buyer, Taxed: money(p.Taxed()), Total: fromMoney(p.Total),
		Seller: dto.Seller{ID: p.Vendor, Name: p.Seller.Name, Address: p.Seller.Address, TaxID: some(p.Seller.TaxID)},
		Lines:  make([]dto.InvoiceLine, len(p.Lines)),
	}
	for i, l := range p.Lines {
		out.Lines[i] = dto.InvoiceLine{Kind: l.Kind, Label: l.Label, Amount: money(l.Amount)}
		if l.Tax == nil {
			continue
		}
		tax := &dto.TaxDetail{Category: dto.TaxCategory(l.Tax.Category), RateBps: int(l.Tax.Rate), Value: money(l.Tax.Value)}
		for _, part := range l.Tax.Parts {
			tax.Parts = append(tax.Parts, dto.TaxPart{Label: part.Label, Amount: money(part.Amount)})
		}
		out.Lines[i].Tax = tax
	}
	return out
}

// invoicePage is an invoice to read and to print, with its credit notes, without anything from elsewhere.
var invoicePage = template.Must(template.New("invoice").Funcs(template.FuncMap{
	"time": sheetTime, "credited": credited,
	"money": func(p postgres.Paper, amount int64) string {
		return domain.Money{Amount: amount, Currency: p.Total.Currency}.String()
	},
	"title": func(k invoice.Kind) string {
		return map[invoice.Kind]string{invoice.Invoice: "Invoice", invoice.CreditNote: "Credit note"}[k]
	},
}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{(index . 0).Number}}</title>
{{range .}}{{$p := .}}<section>
<h1>{{title .Kind}} {{.Number}}</h1>
<p>{{time .IssuedAt}}, order {{.OrderNumber}}{{with credited .}}, of invoice {{.}}{{end}}{{with .Reason}}: {{.}}{{end}}</p>
<p>Seller: {{.Seller.Name}}, {{.Seller.Address}}{{with .Seller.TaxID}}, {{.}}{{end}}</p>
<p>Buyer: {{.Buyer}}</p>
<table><thead><tr><th>What<th>Taxed<th>Amount</thead><tbody>
{{range .Lines}}<tr><td>{{.Label}}<td>{{with .Tax}}{{money $p .Value}}{{end}}<td>{{money $p .Amount}}
{{with .Tax}}{{range .Parts}}<tr><td>of it {{.Label}}<td><td>{{money $p .Amount}}
{{end}}{{end}}{{end}}</tbody><tfoot><tr><th>Total<th><th>{{.Total}}</tfoot></table>
</section>
{{end}}</html>
`))
