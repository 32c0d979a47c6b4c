package api

import (
	"html/template"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/postgres"
	"github.com/zoop-dev/zoop/internal/sheet"
)

func fromPayouts(all []postgres.Payout) []dto.Payout {
	out := make([]dto.Payout, len(all))
	for i, p := range all {
		out[i] = fromPayout(p)
	}
	return out
}

func fromPayout(p postgres.Payout) dto.Payout {
	return dto.Payout{
		ID: p.ID, Kind: dto.PayoutKind(p.To.Kind), Owner: p.To.Owner, Payee: p.Payee, Amount: fromMoney(p.Amount), Entries: p.Entries, Until: p.Until,
		State: dto.PayoutState(p.State), Version: p.Version, Note: p.Note, BankAccount: some(p.Mask), MadeBy: some(p.MadeBy), ApprovedBy: some(p.ApprovedBy), CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
}

func fromPayoutLine(l postgres.PayoutLine) dto.StatementLine {
	out := dto.StatementLine{At: l.At, Kind: string(l.Kind), Amount: fromMoney(l.Amount)}
	if !l.OrderID.IsNil() {
		out.OrderID, out.OrderNumber = &l.OrderID, &l.OrderNumber
	}
	return out
}

func fromCash(cash []domain.Money) dto.Cash {
	out := dto.Cash{Data: make([]dto.Money, len(cash))}
	for i, m := range cash {
		out.Data[i] = fromMoney(m)
	}
	return out
}

func csvAnswer(name string, stream func(io.Writer) error) answer {
	return answer{status: http.StatusOK, stream: stream, header: map[string]string{
		"Content-Type": "text/csv; charset=utf-8; header=present", "Content-Disposition": `attachment; filename="` + name + `"`,
	}}
}

func sheetTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// sides are an amount as what is given and what is taken off: a cell that begins with a minus would be a formula.
func sides(m domain.Money) (given, taken string) {
	if m.Amount < 0 {
		return "", strconv.FormatInt(-m.Amount, 10)
	}
	return strconv.FormatInt(m.Amount, 10), ""
}

func writeStatement(w io.Writer, lines billing.Lines) error {
	out := sheet.New(w)
	if err := out.Row("at", "for", "order", "minor units", "taken off", "currency"); err != nil {
		return err
	}
	err := lines(func(page []postgres.PayoutLine) error {
		for _, l := range page {
			given, taken := sides(l.Amount)
			if err := out.Row(sheetTime(l.At), string(l.Kind), l.OrderNumber, given, taken, string(l.Amount.Currency)); err != nil {
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

var (
	statementHead = template.Must(template.New("head").Funcs(template.FuncMap{"time": sheetTime}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Payout {{.ID}}</title>
<h1>Payout to {{.Payee}}</h1>
<p>{{.Amount}}, {{.State}}, of what was owed until {{time .Until}}. {{.Note}}</p>
<table><thead><tr><th>At<th>For<th>Order<th>Amount</thead><tbody>
`))
	statementRows = template.Must(template.New("rows").Funcs(template.FuncMap{"time": sheetTime}).Parse(
		`{{range .}}<tr><td>{{time .At}}<td>{{.Kind}}<td>{{.OrderNumber}}<td>{{.Amount}}
{{end}}`))
)

// statementPage is a statement to read and to print, without anything from elsewhere.
func statementPage(w io.Writer, p postgres.Payout, lines billing.Lines) error {
	if err := statementHead.Execute(w, p); err != nil {
		return err
	}
	if err := lines(func(page []postgres.PayoutLine) error { return statementRows.Execute(w, page) }); err != nil {
		return err
	}
	_, err := io.WriteString(w, "</tbody></table></html>\n")
	return err
}
