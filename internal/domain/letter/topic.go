package letter

// Topic is a group of kinds that a reader switches on and off as one.
type Topic string

// The topics.
const (
	Orders  Topic = "orders"  // confirmations with the receipt
	Changes Topic = "changes" // cancellations and refunds
	News    Topic = "news"    // what nobody is owed: off until somebody asks for it
)

// Preferences say which mail somebody wants, besides that which cannot be switched off.
type Preferences struct {
	Orders, Changes, News bool
}

// DefaultPreferences are those of somebody who never chose.
func DefaultPreferences() Preferences { return Preferences{Orders: true, Changes: true} }

// Wants says whether a letter of a kind goes to its reader.
func (p Preferences) Wants(k Kind) bool {
	switch k.Topic() {
	case Orders:
		return p.Orders
	case Changes:
		return p.Changes
	case News:
		return p.News
	}
	return true
}
