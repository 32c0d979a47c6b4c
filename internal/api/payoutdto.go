package api

import (
	"errors"
	"html/template"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/billing"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/ledger"
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
		State: dto.PayoutState(p.State), Version: p.Version, Note: p.Note, BankAccount: some(p.Mask), ApprovedAccount: some(p.Approved), MadeBy: some(p.MadeBy), ApprovedBy: some(p.ApprovedBy), CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
}

func fromPayoutLine(l postgres.PayoutLine) dto.StatementLine {
	out := dto.StatementLine{At: l.At, Kind: string(l.Kind), Amount: fromMoney(l.Amount), Parts: fromParts(l.Parts), CashTaken: some(l.Cash)}
	if !l.OrderID.IsNil() {
		out.OrderID, out.OrderNumber = &l.OrderID, &l.OrderNumber
	}
	return out
}

func fromCash(cash []domain.Money) dto.Cash { return dto.Cash{Data: fromMoneys(cash)} }

func fromMoneys(all []domain.Money) []dto.Money {
	out := make([]dto.Money, len(all))
	for i, m := range all {
		out[i] = fromMoney(m)
	}
	return out
}

// fromCashRooms gives them by currency; nil when nothing is limited.
func fromCashRooms(rooms map[domain.Currency]rules.CashRoom) (out []dto.CashRoom) {
	for _, currency := range slices.Sorted(maps.Keys(rooms)) {
		money := func(amount int64) dto.Money { return fromMoney(domain.Money{Amount: amount, Currency: currency}) }
		r := rooms[currency]
		out = append(out, dto.CashRoom{Limit: money(r.Limit), Held: money(r.Held), Due: money(r.Due), Left: money(r.Left())})
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

// writeStatement is a row for each part of each line, then the totals, whose last is the payout.
func writeStatement(w io.Writer, s billing.Statement) error {
	out := sheet.New(w)
	if err := out.Row("at", "for", "order", "part", "minor units", "taken off", "currency"); err != nil {
		return err
	}
	var total ledger.Parts
	err := s.Lines(func(page []postgres.PayoutLine) error {
		for _, l := range page {
			total = total.Plus(l.Parts)
			if err := partRows(out, sheetTime(l.At), string(l.Kind), l.OrderNumber, l.Parts, l.Amount.Currency); err != nil {
				return err
			}
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	err = partRows(out, sheetTime(s.Until), "total", "", total, s.Amount.Currency)
	for _, sum := range sums(s, total) {
		given, taken := sides(sum.Amount)
		err = errors.Join(err, out.Row(sheetTime(s.Until), "total", "", sum.Name, given, taken, string(s.Amount.Currency)))
	}
	return errors.Join(err, out.Flush())
}

func partRows(out *sheet.Writer, at, kind, order string, parts ledger.Parts, c domain.Currency) error {
	for _, p := range parts.List() {
		if p.Amount == 0 {
			continue
		}
		given, taken := sides(domain.Money{Amount: p.Amount, Currency: c})
		if err := out.Row(at, kind, order, p.Name, given, taken, string(c)); err != nil {
			return err
		}
	}
	return nil
}

// sum is a line at the end of a statement.
type sum struct {
	Name   string
	Amount domain.Money
}

// sums are what a statement comes to, and for couriers the cash that is no part of it.
func sums(s billing.Statement, total ledger.Parts) []sum {
	out := []sum{{"payout", domain.Money{Amount: total.Sum(), Currency: s.Amount.Currency}}}
	if s.Cash != nil {
		out = append(out, sum{"cash taken, not in the payout", s.Cash.Taken}, sum{"cash handed in, not in the payout", s.Cash.Deposited})
	}
	return out
}

// columns are the parts that pages have for each kind of payee.
var columns = map[ledger.AccountKind][]string{
	ledger.AccountVendor:  {"sale", "packaging", "promotion", "commission", "delivery", "surge", "tip", "refund", "compensation", "cash", "adjustment"},
	ledger.AccountCourier: {"delivery", "surge", "tip", "refund", "compensation", "adjustment"},
}

// cells are the parts of a payee's columns.
func cells(of ledger.AccountKind, parts ledger.Parts, c domain.Currency) (out []string) {
	for _, p := range parts.List() {
		switch {
		case !slices.Contains(columns[of], p.Name):
		case p.Amount == 0:
			out = append(out, "")
		default:
			out = append(out, domain.Money{Amount: p.Amount, Currency: c}.Decimal())
		}
	}
	return out
}

var (
	statementHead = template.Must(template.New("head").Funcs(template.FuncMap{"time": sheetTime, "columns": func(p postgres.Payout) []string { return columns[p.To.Kind] }}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Payout {{.ID}}</title>
<h1>Payout to {{.Payee}}</h1>
<p>{{.Amount}}, {{.State}}, of what was owed until {{time .Until}}. {{.Note}}</p>
<table><thead><tr><th>At<th>For<th>Order{{range columns .}}<th>{{.}}{{end}}<th>Amount</thead><tbody>
`))
	statementRow = template.Must(template.New("row").Funcs(template.FuncMap{"time": sheetTime}).Parse(
		`<tr><td>{{time .Line.At}}<td>{{.Line.Kind}}<td>{{.Line.OrderNumber}}{{range .Cells}}<td>{{.}}{{end}}<td>{{.Line.Amount}}
`))
	statementFoot = template.Must(template.New("foot").Parse(
		`</tbody><tfoot><tr><th>Total<td><td>{{range .Cells}}<td>{{.}}{{end}}<td>{{(index .Sums 0).Amount}}
</tfoot></table>
{{range slice .Sums 1}}<p>{{.Name}}: {{.Amount}}</p>
{{end}}</html>
`))
)

// statementPage is a statement to read and to print, without anything from elsewhere.
func statementPage(w io.Writer, s billing.Statement) error {
	if err := statementHead.Execute(w, s.Payout); err != nil {
		return err
	}
	var total ledger.Parts
	err := s.Lines(func(page []postgres.PayoutLine) error {
		for _, l := range page {
			total = total.Plus(l.Parts)
			row := struct {
				Line  postgres.PayoutLine
				Cells []string
			}{l, cells(s.To.Kind, l.Parts, l.Amount.Currency)}
			if err := statementRow.Execute(w, row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return statementFoot.Execute(w, struct {
		Cells []string
		Sums  []sum
	}{cells(s.To.Kind, total, s.Amount.Currency), sums(s, total)})
}

func fromParts(p ledger.Parts) dto.StatementParts {
	return dto.StatementParts{
		Sale: some(p.Sale), Packaging: some(p.Packaging), Promotion: some(p.Promotion), Commission: some(p.Commission), Delivery: some(p.Delivery),
		Surge: some(p.Surge), Tip: some(p.Tip), Refund: some(p.Refund), Compensation: some(p.Compensation), Cash: some(p.Cash), Adjustment: some(p.Adjustment),
	}
}
