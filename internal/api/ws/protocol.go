package ws

import (
	"context"
	"errors"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/logkey"
)

// frameLimit bounds the work that one frame of a client may cause before its answer.
const frameLimit = 5 * time.Second

// Location is where a courier says to be.
type Location struct {
	Point    domain.Point
	Accuracy *float64  // metres
	Heading  *float64  // degrees
	At       time.Time // zero: now
}

// handle answers one frame.
func (c *conn) handle(text []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), frameLimit)
	defer cancel()
	head, err := decodeHead(text)
	if err != nil {
		c.fail(ctx, nil, err)
		return
	}
	switch head.Type {
	case "subscribe":
		err = with(text, func(f subscribeFrame) error { return c.subscribe(ctx, f) })
	case "unsubscribe":
		err = with(text, c.unsubscribe)
	case "ping":
		err = with(text, func(f pingFrame) error {
			c.send(message(pingFrame{ID: f.ID, Type: "pong"}))
			return nil
		})
	case "location":
		err = with(text, func(f locationFrame) error { return c.locate(ctx, f) })
	default:
		err = domain.Invalidf("type", "enum", "must be subscribe, unsubscribe, ping or location")
	}
	if err != nil {
		c.fail(ctx, head.ID, err)
	}
}

// with decodes a frame by its own type, and serves it.
func with[T any](text []byte, serve func(T) error) error {
	f, err := decode[T](text)
	if err != nil {
		return err
	}
	return serve(f)
}

// fail answers with an error frame. What is not to be known and what is not to be had look the same.
func (c *conn) fail(ctx context.Context, id *int64, err error) {
	frame := errorFrame{ID: id, Type: "error", Code: "internal", Message: "something broke on our side"}
	var e *domain.Error
	switch {
	case !errors.As(err, &e):
		c.hub.log.ErrorContext(ctx, "frame failed", logkey.User, c.actor.ID.String(), logkey.Error, err.Error())
	case e.Kind == domain.Forbidden || e.Kind == domain.NotFound:
		frame.Code, frame.Message = string(domain.Forbidden), "not for you to see"
	default:
		frame.Code, frame.Message = e.Code, e.Message
	}
	c.tell(frame)
}

func (c *conn) locate(ctx context.Context, f locationFrame) error {
	switch {
	case c.hub.OnLocation == nil || c.actor.Role != domain.RoleCourier:
		return domain.Errorf(domain.Forbidden, string(domain.Forbidden), "only couriers are located")
	case f.Lat == nil || f.Lng == nil:
		return domain.Invalidf("lat", "required", "lat and lng are required")
	}
	l := Location{Point: domain.Point{Lat: *f.Lat, Lng: *f.Lng}, Accuracy: f.Accuracy, Heading: f.Heading}
	if !l.Point.Valid() {
		return domain.Invalidf("lat", "range", "must be a place on Earth")
	}
	if f.At != nil {
		l.At = *f.At
	}
	return c.hub.OnLocation(ctx, c.actor, l)
}

// unsubscribe ends a subscription; where there is none, that is so already.
func (c *conn) unsubscribe(f unsubscribeFrame) error {
	c.hub.unsubscribe(c, f.Topic)
	c.send(message(topicFrame{ID: f.ID, Type: "unsubscribed", Topic: f.Topic}))
	return nil
}
