package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/boot"
	"github.com/zoop-dev/zoop/internal/client"
	"github.com/zoop-dev/zoop/internal/tui/desk"
)

// meanwhile adds to a conflict who has changed an order since it was looked at, as far as that can be read, and how.
func meanwhile(ctx context.Context, orders *boot.Orders, seen dto.Order, err error) error {
	if !client.IsStatus(err, http.StatusConflict, http.StatusPreconditionFailed) {
		return err
	}
	events, readErr := orders.Timeline(ctx, seen.ID.String())
	if readErr != nil {
		return err
	}
	for _, text := range desk.Meanwhile(events, seen.Version, time.Now()) {
		err = fmt.Errorf("%w\n%s", err, text)
	}
	return err
}

// became says, a line each, what was done to a dish or a courier after a version, and how it stands.
func became(changes []dto.DeskChange, seen int, stands string) string {
	return strings.Join(desk.Became(changes, seen, time.Now(), stands), "\n")
}
