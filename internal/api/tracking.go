package api

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/zoop-dev/zoop/internal/api/dto"
	"github.com/zoop-dev/zoop/internal/app/delivery"
	"github.com/zoop-dev/zoop/internal/app/ordering"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/delivery"
	"github.com/zoop-dev/zoop/internal/domain/order"
	"github.com/zoop-dev/zoop/internal/media"
)

func (h *handlers) trackOrder(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	t, err := h.Delivery.Track(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	return ok(dto.Tracking{
		OrderID: t.OrderID, State: dto.OrderState(t.State), Version: t.Version, Delivery: some(dto.DeliveryState(t.Way.State)),
		Vendor: dto.Party{ID: t.VendorID, Name: t.VendorName}, PromisedAt: t.PromisedAt.UTC(), EstimatedAt: at(t.EstimatedAt),
		ReadyBy: at(t.Food.ReadyBy), EndedAt: at(t.EndedAt), Courier: fromBringer(t.Courier), At: t.Now.UTC(),
	})
}

func fromBringer(b *delivery.Bringer) *dto.TrackedCourier {
	if b == nil {
		return nil
	}
	out := &dto.TrackedCourier{FirstName: b.FirstName, Vehicle: dto.Vehicle(b.Vehicle)}
	if p := b.Position; p != nil {
		out.Position = &dto.CourierPosition{Location: fromPoint(p.Point), At: p.At.UTC(), AgeSeconds: int(p.Age.Seconds()), Coarse: p.Coarse}
	}
	return out
}

func (h *handlers) createTrackingLink(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	link, err := h.Delivery.MakeLink(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	return created(dto.TrackingLink{Token: link.Token, Path: "/t/" + link.Token, ExpiresAt: link.ExpiresAt.UTC()})
}

func (h *handlers) deleteTrackingLinks(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	if err := h.Delivery.DropLinks(c.Context(), c.actor, id); err != nil {
		return answer{}, err
	}
	return noContent()
}

func (h *handlers) putHandover(c *call) (answer, error) {
	req, err := body[dto.HandoverRequest](c)
	if err != nil {
		return answer{}, err
	}
	return c.changeOrder(func(id domain.ID, version int) (ordering.Order, error) {
		if err := h.Delivery.LeaveAtDoor(c.Context(), c.actor, id, version, req.LeaveAtDoor); err != nil {
			return ordering.Order{}, err
		}
		return h.Ordering.Order(c.Context(), c.actor, id)
	})
}

func (h *handlers) putHandoverPhoto(c *call) (answer, error) {
	return c.changeDelivery(func(id domain.ID, version int) (delivery.Delivery, error) {
		return h.Delivery.SetPhoto(c.Context(), c.actor, id, version, c.payload)
	})
}

// getHandoverPhoto sends the photo of somebody's door, which no cache keeps.
func (h *handlers) getHandoverPhoto(c *call) (answer, error) {
	id, err := c.id()
	if err != nil {
		return answer{}, err
	}
	key, err := h.Delivery.Photo(c.Context(), c.actor, id)
	if err != nil {
		return answer{}, err
	}
	file, size, err := h.Pictures.Open(c.Context(), media.Name(key, media.Large))
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = file.Close() }()
	raw, err := io.ReadAll(io.LimitReader(file, size))
	if err != nil {
		return answer{}, fmt.Errorf("read photo: %w", err)
	}
	return privatePicture(raw), nil
}

//go:embed track.html
var pages embed.FS

// trackPages are the page of a tracking link, and the one of a link that has ended.
var trackPages = template.Must(template.ParseFS(pages, "track.html"))

// trackPolicy lets these pages run their own script and style, by their sums, and ask their own origin.
var trackPolicy = func() string {
	page, err := trackPage("page", newTrackView(dto.TrackingState{}))
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("default-src 'none'; connect-src 'self'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		sumOf(page, "script"), sumOf(page, "style"))
}()

func trackPage(name string, view any) ([]byte, error) {
	var page bytes.Buffer
	if err := trackPages.ExecuteTemplate(&page, name, view); err != nil {
		return nil, fmt.Errorf("write page: %w", err)
	}
	return page.Bytes(), nil
}

// trackView is what the page shows before its script runs, or without one.
type trackView struct {
	State   dto.TrackingState
	Minutes int // until it is there; 0: nobody can tell
	Steps   []trackStep
}

type trackStep struct {
	Name      string
	Done, Now bool
}

func newTrackView(s dto.TrackingState) trackView {
	v := trackView{State: s}
	if s.EstimatedAt != nil {
		v.Minutes = max(1, int(math.Round(s.EstimatedAt.Sub(s.At).Minutes())))
	}
	names := []string{"Taken", "Cooking", "On its way", "There"}
	if s.Dropoff == nil {
		names = []string{"Taken", "Cooking", "Ready", "Collected"}
	}
	for i, name := range names {
		step := deref(s.Step)
		v.Steps = append(v.Steps, trackStep{name, i+1 < step || !s.Live && i+1 == step, s.Live && i+1 == step})
	}
	return v
}

// getTrackingPage sends the page of a link. Its address is the secret: nothing keeps the page, and nobody is told where a visitor
// came from. Messengers hang things on addresses, so what is asked besides does not matter.
func (h *handlers) getTrackingPage(w http.ResponseWriter, r *http.Request, _ domain.Actor) error {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	name, status := "page", http.StatusOK
	t, err := h.Delivery.TrackByLink(ctx, mux.Vars(r)["token"])
	switch {
	case domain.KindOf(err) == domain.NotFound:
		name, status = "gone", http.StatusNotFound
	case err != nil:
		return err
	}
	page, err := trackPage(name, newTrackView(trackingState(t)))
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", trackPolicy)
	header.Set("X-Robots-Tag", "noindex, nofollow")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(page) // a client that went away is not our error
	}
	return nil
}

func (h *handlers) getTrackingState(c *call) (answer, error) {
	t, err := h.Delivery.TrackByLink(c.Context(), mux.Vars(c.Request)["token"])
	if err != nil {
		return answer{}, err
	}
	a, err := ok(trackingState(t))
	a.header = map[string]string{"X-Robots-Tag": "noindex, nofollow"}
	return a, err
}

// trackingState is what whoever has a link may see: no number, no address, nobody's name but the courier's first.
func trackingState(t delivery.Tracking) dto.TrackingState {
	s := dto.TrackingState{
		State: dto.OrderState(t.State), Live: t.EndedAt.IsZero(), Vendor: t.VendorName, EstimatedAt: at(t.EstimatedAt), Pickup: fromPoint(t.VendorAt),
		Courier: fromBringer(t.Courier), At: t.Now.UTC(),
	}
	if t.Way.State != "" {
		door := fromPoint(t.Dropoff)
		s.Dropoff = &door
	}
	var step int
	s.Headline, s.Detail, step = trackWords(t)
	s.Step = some(step)
	return s
}

// trackWords says how far an order is, and which of the page's steps that is; 0: it did not come to any.
func trackWords(t delivery.Tracking) (headline, detail string, step int) {
	who := "The courier"
	if t.Courier != nil && t.Courier.FirstName != "" {
		who = t.Courier.FirstName
	}
	switch t.State {
	case order.PendingPayment, order.Scheduled, order.Placed:
		return "Ordered", t.VendorName + " has not confirmed it yet.", 0
	case order.Accepted:
		return t.VendorName + " has taken the order", "It will be cooked in time.", 1
	case order.Preparing, order.Ready:
		switch {
		case t.State == order.Ready && t.Way.State == "":
			return "Ready to collect", "It waits at " + t.VendorName + ".", 3
		case t.Way.State == rules.AtStore && t.State == order.Ready:
			return who + " is at " + t.VendorName, "The food is about to leave.", 2
		case t.Way.State == rules.AtStore:
			return who + " is at " + t.VendorName, "The food is nearly ready.", 2
		}
		headline, detail = "The food is being made", t.VendorName+" is at work."
		if t.State == order.Ready {
			headline, detail = "The food is ready", "Somebody will fetch it soon."
		}
		if t.Way.State == rules.Assigned {
			detail = who + " is on the way to fetch it."
		}
		return headline, detail, 2
	case order.PickedUp:
		switch {
		case t.Way.State == rules.AtCustomer && t.LeaveAtDoor:
			return who + " is there", "The food will be left at the door.", 4
		case t.Way.State == rules.AtCustomer:
			return who + " is there", "Somebody should come to the door.", 4
		}
		return who + " is on the way", "The food has left " + t.VendorName + ".", 3
	case order.Delivered, order.Collected, order.Completed:
		return "It has arrived", "Enjoy!", 4
	case order.Undeliverable, order.Returned:
		return "It could not be handed over", "Whoever ordered it knows more.", 0
	}
	return "The order was cancelled", "Whoever ordered it knows more.", 0
}
