package notify

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	html "html/template"
	"strings"
	text "text/template"

	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/domain/letter"
	"github.com/zoop-dev/zoop/internal/mail"
	"github.com/zoop-dev/zoop/internal/postgres"
)

// errMoot says that a letter would not be true any more.
var errMoot = errors.New("the letter is moot")

//go:embed templates
var files embed.FS

// form is a kind's letter as text and as a page.
type form struct {
	text *text.Template
	html *html.Template
}

var forms = map[letter.Kind]form{
	letter.Code:           load("code"),
	letter.Invitation:     load("invitation"),
	letter.OrderConfirmed: load("order_confirmed"),
	letter.OrderCancelled: load("order_cancelled"),
	letter.Refunded:       load("refunded"),
	letter.BankChanged:    load("bank_changed"),

	letter.WebhookDisabled: load("webhook_disabled"),
}

func load(name string) form {
	return form{
		text.Must(text.ParseFS(files, "templates/"+name+".txt")),
		html.Must(html.ParseFS(files, "templates/layout.html", "templates/"+name+".html")),
	}
}

// compose writes a letter. Its errors are errMoot and those of the database.
func (n *Notifier) compose(ctx context.Context, p postgres.Posted) (mail.Message, error) {
	switch p.Kind {
	case letter.Code:
		m, err := write(p.Kind, codeView{
			Digits: p.Secret, Minutes: int(account.CodeTTL.Minutes()), Purpose: p.Data[letter.Purpose], Role: p.Data[letter.Role],
		})
		m.To, m.Brief = p.To, "code "+p.Secret
		return m, err
	case letter.Invitation:
		m, err := write(p.Kind, invitationView{
			Inviter: clean(p.Data[letter.Inviter]), Vendor: clean(p.Data[letter.Vendor]), Role: clean(p.Data[letter.Role]),
			Token: p.Secret, Until: moment(p.Until),
		})
		m.To = p.To
		if p.Secret != "" {
			m.Brief = "invitation " + p.Secret
		}
		return m, err
	case letter.WebhookDisabled:
		m, err := write(p.Kind, webhookView{Vendor: clean(p.Data[letter.Vendor]), Host: clean(p.Data[letter.Host]), Gone: p.Data[letter.Reason] == "gone"})
		m.To = p.To
		return m, err
	case letter.BankChanged:
		m, err := write(p.Kind, bankView{Account: clean(p.Data[letter.Account]), Vendor: clean(p.Data[letter.Vendor])})
		m.To = p.To
		return m, err
	}
	o, err := n.db.OrderByID(ctx, p.OrderID)
	if err != nil {
		return mail.Message{}, err
	}
	if o.CustomerID != p.UserID || p.Kind == letter.OrderConfirmed && unmade(o.State) {
		return mail.Message{}, errMoot
	}
	view, err := newOrderView(p, o)
	if err != nil {
		return mail.Message{}, err
	}
	m, err := write(p.Kind, view)
	m.To = p.To
	return m, err
}

// write fills a kind's templates in.
func write(k letter.Kind, view any) (mail.Message, error) {
	f, ok := forms[k]
	if !ok {
		return mail.Message{}, fmt.Errorf("no form for letters of kind %q", k)
	}
	var subject, body, page bytes.Buffer
	if err := f.text.ExecuteTemplate(&subject, "subject", view); err != nil {
		return mail.Message{}, fmt.Errorf("write subject: %w", err)
	}
	if err := f.text.Execute(&body, view); err != nil {
		return mail.Message{}, fmt.Errorf("write text: %w", err)
	}
	err := f.html.ExecuteTemplate(&page, "layout.html", titled{subject.String(), view})
	if err != nil {
		return mail.Message{}, fmt.Errorf("write page: %w", err)
	}
	return mail.Message{Subject: strings.TrimSpace(subject.String()), Text: body.String(), HTML: page.String()}, nil
}
