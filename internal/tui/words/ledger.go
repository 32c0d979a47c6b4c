package words

import "github.com/zoop-dev/zoop/internal/api/dto"

// Account says whose account an entry of the books is on.
func Account(e dto.LedgerEntry) string {
	text := Code(string(e.Account))
	switch {
	case e.Owner != nil && e.Owner.Name != "":
		text += " of " + e.Owner.Name
	case e.Owner != nil:
		text += " of " + e.Owner.ID.String()
	case e.Provider != nil:
		text += " " + *e.Provider
	}
	return text
}
