package words

import (
	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// Actor says who it was: by name, where that is known, else the role. It is clean.
func Actor(a dto.DeskActor) string {
	if a.Name != nil && *a.Name != "" {
		return sanitize.Line(*a.Name + " (" + string(a.Role) + ")")
	}
	return sanitize.Line(string(a.Role))
}

// DishChange says what was last done to a dish that can be ordered or not, and by whom. It is clean.
func DishChange(c dto.DeskDishChange) string {
	did := map[dto.DeskDishChangeWhat]string{dto.DeskDishChangeWhatSoldOut: "sold out", dto.DeskDishChangeWhatBack: "brought back"}[c.What]
	if did == "" {
		did = "on a new menu"
	}
	return did + " by " + Actor(c.By)
}

// CourierChange says what a courier's standing was last made, and by whom. It is clean.
func CourierChange(c dto.DeskCourierChange) string {
	return sanitize.Line(string(c.What)) + " by " + Actor(c.By)
}
