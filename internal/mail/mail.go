// Package mail hands messages to the outside: to a mail server over SMTP, or to a directory while one develops.
//
// Invariants: nothing that a message holds can add a header or a recipient; errors carry no address and nothing that a
// server said, because both end up in logs.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
)

// Message is one e-mail to one person.
type Message struct {
	To      string // a plain address, without a name
	Subject string // one line
	Text    string
	HTML    string // the same for whom the reader's program shows pages; may be empty
	Brief   string // what matters of it in one line, secrets included; for the development mailbox alone, never sent
}

// Sender delivers messages, or hands them to somebody who does. Send may be called from several goroutines at once.
type Sender interface {
	// Send returns an *Error for a message that did not go out.
	Send(ctx context.Context, m Message) error
}

// Error says that a message did not go out, without saying to whom or in whose words.
type Error struct {
	Step      string // what failed: "connect", "recipient", …
	Code      int    // of the server's reply; 0 when there was none
	Permanent bool   // trying again is of no use
}

// Error implements error.
func (e *Error) Error() string {
	if e.Code == 0 {
		return "mail not sent: " + e.Step
	}
	return fmt.Sprintf("mail not sent: %s: the server answered %d", e.Step, e.Code)
}

// Permanent says whether sending again is of no use.
func Permanent(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Permanent
}

// check refuses what could be read as more than one message to one person.
func (m Message) check() error {
	address, err := mail.ParseAddress(m.To)
	if err != nil || address.Address != m.To {
		return &Error{Step: "its recipient is no plain address", Permanent: true}
	}
	if strings.ContainsAny(m.To+m.Subject, "\r\n\x00") {
		return &Error{Step: "a header would be more than one", Permanent: true}
	}
	return nil
}
