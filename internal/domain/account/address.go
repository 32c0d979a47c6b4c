package account

import "github.com/zoop-dev/zoop/internal/domain"

// Address is a place that a customer has food brought to. Orders keep a copy.
type Address struct {
	ID           domain.ID
	Label        string // the customer's word for it
	Line1        string
	City         string
	Instructions string // for the courier; may have several lines
	Location     domain.Point
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
	if err := Line("city", a.City, 1, 80); err != nil {
		return err
	}
	if !a.Location.Valid() {
		return domain.Invalidf("location", "on_earth", "must be a place on Earth other than 0,0")
	}
	return Lines("instructions", a.Instructions, 0, 300)
}

// AddressPatch is what of an address changes; nil stays.
type AddressPatch struct {
	Label, Line1, City, Instructions *string
	Location                         *domain.Point
}

// Apply gives the address with the patch on it.
func (p AddressPatch) Apply(a Address) Address {
	set(&a.Label, p.Label)
	set(&a.Line1, p.Line1)
	set(&a.City, p.City)
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
