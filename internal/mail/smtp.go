package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/zoop-dev/zoop/internal/domain"
)

// SMTPConfig says by whom mail is sent, and in whose name.
type SMTPConfig struct {
	URL     string         // smtp://user:password@host:587 (STARTTLS) or smtps://host:465 (TLS from the start)
	From    string         // such as "zoop <hello@example.com>"
	Roots   *x509.CertPool // nil: those of the system
	Timeout time.Duration  // of a whole message; 0: 15 s
}

// SMTP sends mail by a mail server. The connection is always encrypted, except to this machine itself, where it is when
// the server offers it.
type SMTP struct {
	client  *gomail.Client
	from    string
	host    string // that message IDs end in
	timeout time.Duration
}

// NewSMTP reads the configuration; it does not connect. It returns Invalid, which never shows the URL: it may hold a password.
func NewSMTP(c SMTPConfig) (*SMTP, error) {
	host, err := senderHost(c.From)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, domain.Invalidf("smtp_url", "format", "must be smtp://user:password@host:587 or smtps://user:password@host:465")
	}
	if c.Timeout == 0 {
		c.Timeout = 15 * time.Second
	}
	options, err := smtpOptions(u, c)
	if err != nil {
		return nil, err
	}
	client, err := gomail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, domain.Invalidf("smtp_url", "options", "cannot be used: %v", err)
	}
	return &SMTP{client, c.From, host, c.Timeout}, nil
}

func smtpOptions(u *url.URL, c SMTPConfig) ([]gomail.Option, error) {
	options := []gomail.Option{
		gomail.WithTimeout(c.Timeout),
		gomail.WithTLSConfig(&tls.Config{ServerName: u.Hostname(), RootCAs: c.Roots, MinVersion: tls.VersionTLS12}),
	}
	port := "587"
	switch {
	case u.Scheme == "smtps":
		port = "465"
		options = append(options, gomail.WithSSL())
	case loopback(u.Hostname()):
		port = "25"
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if u.Port() != "" {
		port = u.Port()
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, domain.Invalidf("smtp_url", "port", "must be a number")
	}
	options = append(options, gomail.WithPort(n))
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return options, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send implements Sender. Each message has a connection of its own.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	msg, err := m.compose(s.from, s.host)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	err = s.client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() { // a farewell that failed loses nothing
		return nil
	}
	return explain(err)
}

// steps names what failed in words of ours.
var steps = map[gomail.SendErrReason]string{
	gomail.ErrSMTPMailFrom: "sender", gomail.ErrSMTPRcptTo: "recipient", gomail.ErrSMTPData: "content",
	gomail.ErrWriteContent: "content", gomail.ErrSMTPDataClose: "content", gomail.ErrConnCheck: "connection",
}

// explain keeps of an error what may be logged. A failure before the server had the message may pass by itself; of later
// ones, the server says whether they do.
func explain(err error) *Error {
	var e *gomail.SendError
	if !errors.As(err, &e) {
		return &Error{Step: "connect"}
	}
	step, known := steps[e.Reason]
	if !known {
		step = "send"
	}
	return &Error{Step: step, Code: e.ErrorCode(), Permanent: e.ErrorCode() >= 500}
}
