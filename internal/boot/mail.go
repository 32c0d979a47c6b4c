package boot

import (
	"log/slog"

	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/mail"
)

// MailWatcher sees each message that a development mailbox keeps.
type MailWatcher func(mail.Message)

// newSender chooses how mail leaves a process with the role worker: a development mailbox, a mail server, or a refusal.
func newSender(c *config.Config, log *slog.Logger, onMail MailWatcher) (mail.Sender, error) {
	switch {
	case c.MailDir != "":
		log.Info("mail is kept in a directory, not sent: for development only")
		return mail.OpenMailbox(c.MailDir, c.MailFrom, onMail)
	case c.SMTPURL != "":
		return mail.NewSMTP(mail.SMTPConfig{URL: c.SMTPURL, From: c.MailFrom})
	}
	return nil, domain.Errorf(domain.Invalid, "smtp_url",
		"nobody could sign in: the role worker sends mail, so set ZOOP_SMTP_URL to a mail server, or ZOOP_MAIL_DIR to a directory for development")
}
