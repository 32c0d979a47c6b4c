package domain

import "math"

// Point is a place in WGS 84 degrees.
type Point struct{ Lat, Lng float64 }

// Valid says whether the point lies on Earth and is not the 0,0 that broken data carries.
func (p Point) Valid() bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lng >= -180 && p.Lng <= 180 && (p.Lat != 0 || p.Lng != 0)
}

// EarthMeters is the mean radius R1 of the Earth (IUGG), in metres.
const EarthMeters = 6_371_008.8

// Meters is the great-circle distance by the haversine formula, in metres; it errs by at most 0.5 % on the ellipsoid.
func (p Point) Meters(q Point) float64 {
	rad := func(deg float64) float64 { return deg * math.Pi / 180 }
	dLat, dLng := rad(q.Lat-p.Lat)/2, rad(q.Lng-p.Lng)/2
	h := math.Sin(dLat)*math.Sin(dLat) + math.Cos(rad(p.Lat))*math.Cos(rad(q.Lat))*math.Sin(dLng)*math.Sin(dLng)
	return 2 * EarthMeters * math.Asin(math.Min(1, math.Sqrt(h)))
}
