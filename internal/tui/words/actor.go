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
