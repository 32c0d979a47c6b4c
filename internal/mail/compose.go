package mail

import (
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// senderHost checks in whose name mail is sent, and gives the host that its message IDs end in. Invalid.
func senderHost(from string) (string, error) {
	address, err := netmail.ParseAddress(from)
	if err != nil || strings.ContainsAny(from, "\r\n") {
		return "", domain.Invalidf("mail_from", "format", `must be an address such as "zoop <hello@example.com>"`)
	}
	_, host, _ := strings.Cut(address.Address, "@")
	return host, nil
}

// compose writes the message as RFC 5322 has it: text, and where there is one, the page as the better alternative.
func (m Message) compose(from, host string) (*gomail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if msg.From(from) != nil || msg.To(m.To) != nil {
		return nil, &Error{Step: "its addresses cannot be used", Permanent: true}
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageIDWithValue(domain.ID(id.New()).String() + "@" + host)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence note answers it
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}
