package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/sanitize"
)

// Change says what was done to a dish or a courier, and by whom. It is clean.
func Change(c dto.DeskChange) string {
	did := strings.ReplaceAll(c.What, "_", " ")
	if c.What == "available" {
		did = "brought back"
	}
	return sanitize.Line(did) + " by " + Actor(c.By)
}

// DishStanding says whether a dish can be ordered, and if not why, and until when, as the reader writes times: "is sold out until 15:04 UTC".
func DishStanding(available bool, why *dto.DishUnavailableReason, until *time.Time, stamp func(time.Time) string) string {
	if available {
		return "can be ordered"
	}
	text := "is sold out"
	if why != nil && *why == dto.DishUnavailableReasonOutOfSchedule {
		text = "is not served"
	}
	if until != nil {
		text += " until " + stamp(*until)
	}
	return text
}

// CourierStanding says what a courier is, at which version, and what they do now. It is clean.
func CourierStanding(c dto.DeskCourier) string {
	return sanitize.Line(fmt.Sprintf("version %d is %s, %s", c.Version, c.Status, c.State))
}
