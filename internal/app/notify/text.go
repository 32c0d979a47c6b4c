package notify

import (
	"embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/mail"
)

//go:embed templates/*.txt
var files embed.FS

// texts has a template for each purpose. What a stranger typed, such as a name, stays out of them: whoever signs another
// one's address up must not be able to put words into the mail.
var texts = map[account.Purpose]*template.Template{
	account.SignIn:  load("sign_in"),
	account.SignUp:  load("sign_up"),
	account.Already: load("already"),
}

func load(name string) *template.Template {
	return template.Must(template.ParseFS(files, "templates/"+name+".txt"))
}

// compose writes the message that brings a code.
func compose(c account.Code) (mail.Message, error) {
	t, ok := texts[c.Purpose]
	if !ok {
		return mail.Message{}, fmt.Errorf("no text for a code to %s", c.Purpose)
	}
	data := map[string]any{"Digits": c.Digits, "Minutes": int(account.CodeTTL.Minutes()), "Role": c.Profile.Role}
	var subject, body strings.Builder
	if err := t.ExecuteTemplate(&subject, "subject", data); err != nil {
		return mail.Message{}, fmt.Errorf("write subject: %w", err)
	}
	if err := t.Execute(&body, data); err != nil {
		return mail.Message{}, fmt.Errorf("write text: %w", err)
	}
	return mail.Message{To: c.To, Subject: subject.String(), Text: body.String(), Brief: "code " + c.Digits}, nil
}
