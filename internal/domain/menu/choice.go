package menu

import "github.com/zoop-dev/zoop/internal/domain"

// Choice is what somebody wants of a menu: a dish, how many times, with which options. It carries no price.
type Choice struct {
	DishID   domain.ID
	Quantity int
	Options  []domain.ID
	Note     string
}
