package account

import "github.com/zoop-dev/zoop/internal/domain"

// Address is a place that a customer has food brought to. Orders keep a copy.
type Address struct {
	ID           domain.ID
	Label        string // the customer's word for it
	Line1        string
	Line2        string
	City         string
	Postcode     string
	ContactName  string // whom the courier asks for; empty: the customer
	ContactPhone string // E.164; empty: the customer's
	Instructions string // for the courier; may have several lines
	Location     domain.Point
	Default      bool // what a cart is brought to that names none; one of a customer's addresses is
	Version      int
}

// Check bounds an address: Invalid, naming the field.
func (a Address) Check() error {
	if err := Line("label", a.Label, 1, 40); err != nil {
		return err
	}
	if err := Line("line1", a.Line1, 1, 200); err != nil {
		return err
	}
	if err := Line("line2", a.Line2, 0, 200); err != nil {
		return err
	}
	if err := Line("city", a.City, 1, 80); err != nil {
		return err
	}
	if err := Line("postcode", a.Postcode, 0, 16); err != nil {
		return err
	}
	if err := Line("contactName", a.ContactName, 0, 80); err != nil {
		return err
	}
	if !a.Location.Valid() {
		return domain.Invalidf("location", "on_earth", "must be a place on Earth other than 0,0")
	}
	return Lines("instructions", a.Instructions, 0, 300)
}

// AddressPatch is what of an address changes; nil stays.
type AddressPatch struct {
	Label, Line1, Line2, City, Postcode, ContactName, ContactPhone, Instructions *string
	Location                                                                     *domain.Point
	Default                                                                      bool // becomes the default; false: stays what it is
}

// Apply gives the address with the patch on it.
func (p AddressPatch) Apply(a Address) Address {
	set(&a.Label, p.Label)
	set(&a.Line1, p.Line1)
	set(&a.Line2, p.Line2)
	set(&a.City, p.City)
	set(&a.Postcode, p.Postcode)
	set(&a.ContactName, p.ContactName)
	set(&a.ContactPhone, p.ContactPhone)
	a.Default = a.Default || p.Default
	set(&a.Instructions, p.Instructions)
	set(&a.Location, p.Location)
	return a
}

// UserPatch is what of an account its owner changes; nil stays.
type UserPatch struct {
	FirstName, LastName, Phone *string
}

// Apply gives the account with the patch on it.
func (p UserPatch) Apply(u User) User {
	set(&u.FirstName, p.FirstName)
	set(&u.LastName, p.LastName)
	set(&u.Phone, p.Phone)
	return u
}

// Check bounds what an owner may change: Invalid, naming the field.
func (u User) Check() error {
	if err := Line("firstName", u.FirstName, 1, 80); err != nil {
		return err
	}
	if err := Line("lastName", u.LastName, 0, 80); err != nil {
		return err
	}
	return Line("phone", u.Phone, 0, 32)
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}
