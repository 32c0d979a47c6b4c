package redis

import (
	"context"
	_ "embed"
	"math"
	"net/url"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/zoop-dev/zoop/internal/domain"
)

// Place is where a courier was at a moment.
type Place struct {
	CourierID domain.ID
	Point     domain.Point
	At        time.Time // to the millisecond
}

const (
	forgetPlaces = 15 * time.Minute // how long after it was seen
	placesPage   = 500
	geoMaxLat    = 85.05112878 // what a geo set holds
	locateLimit  = 2 * time.Second
)

//go:embed locate.lua
var locateSource string

var locateScript = goredis.NewScript(locateSource)

// placeKeys are a city's geo set of places and its sorted set of heartbeats. They share a hash tag: in a Cluster a city lives on
// one node, and cities on many.
func placeKeys(city string) []string {
	tag := "zoop:{couriers:" + url.QueryEscape(strings.ToLower(city)) + "}:"
	return []string{tag + "at", tag + "seen"}
}

// Locate notes where couriers of a city are, and gives those that it could not note; what is older than what is known is passed over.
// Each that it notes is a heartbeat. Whoever was not seen for a quarter of an hour before the newest is forgotten, and a city that says
// nothing for so long. It may take two seconds.
func (c *Client) Locate(ctx context.Context, city string, places []Place) (left []Place) {
	for len(places) > 0 {
		page := places[:min(placesPage, len(places))]
		var newest time.Time
		args := make([]any, 2, 2+4*len(page))
		for _, p := range page {
			if math.Abs(p.Point.Lat) > geoMaxLat { // Postgres has it
				continue
			}
			args = append(args, p.CourierID.String(), p.At.UnixMilli(), p.Point.Lng, p.Point.Lat)
			if p.At.After(newest) {
				newest = p.At
			}
		}
		args[0], args[1] = newest.Add(-forgetPlaces).UnixMilli(), int(forgetPlaces.Seconds())
		if len(args) > 2 && !c.within(ctx, locateLimit, "locate", func(ctx context.Context) error {
			return locateScript.Run(ctx, c.rdb, placeKeys(city), args...).Err()
		}) {
			return places
		}
		places = places[len(page):]
	}
	return nil
}

// Places gives where couriers of a city are, of those that it knows. Without Redis that is nobody.
func (c *Client) Places(ctx context.Context, city string, couriers []domain.ID) map[domain.ID]Place {
	out := make(map[domain.ID]Place, len(couriers))
	keys := placeKeys(city)
	for len(couriers) > 0 {
		page := couriers[:min(placesPage, len(couriers))]
		couriers = couriers[len(page):]
		names := make([]string, len(page))
		for i, id := range page {
			names[i] = id.String()
		}
		var points *goredis.GeoPosCmd
		var seen *goredis.FloatSliceCmd
		ok := c.quick(ctx, "places", func(ctx context.Context) error {
			pipe := c.rdb.Pipeline()
			points, seen = pipe.GeoPos(ctx, keys[0], names...), pipe.ZMScore(ctx, keys[1], names...)
			_, err := pipe.Exec(ctx)
			return err
		})
		if !ok {
			return out
		}
		for i, p := range points.Val() {
			if p != nil && i < len(seen.Val()) && seen.Val()[i] > 0 {
				out[page[i]] = Place{page[i], domain.Point{Lat: p.Latitude, Lng: p.Longitude}, time.UnixMilli(int64(seen.Val()[i])).UTC()}
			}
		}
	}
	return out
}

// ForgetPlace takes a courier out of a city, if it can.
func (c *Client) ForgetPlace(ctx context.Context, city string, courier domain.ID) {
	c.quick(ctx, "forget place", func(ctx context.Context) error {
		pipe := c.rdb.Pipeline()
		for _, key := range placeKeys(city) {
			pipe.ZRem(ctx, key, courier.String())
		}
		_, err := pipe.Exec(ctx)
		return err
	})
}
