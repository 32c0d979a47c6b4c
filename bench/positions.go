package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/redis"
)

// courierCount is how many are online, each with a socket of their own.
const courierCount = 5000

const courierCity = "New Delhi"

var positions = Goal{
	Name: "positions", Work: "positions of 5,000 couriers, each over a WebSocket of their own, one a frame; Redis has all of them at the end of a turn",
	Against: "redis-benchmark's GEOADD of 5,000 members, 50 connections", Unit: "positions/s", Bar: 0.30, Aim: 0.50,
	Note: "a frame is one write of the load generator's, and every fourth asks whether it was taken. Redis hears twenty times a second of each courier's newest, " +
		"so of fewer places than come when a courier says more than that.",
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
		db, err := p.Database(ctx, "couriers")
		if err != nil {
			return nil, nil, err
		}
		if err := db.Exec(ctx, `CREATE TABLE bench_tokens (email text, token text)`); err != nil {
			return nil, nil, err
		}
		if err := db.mint(ctx, "k%d@example.com", domain.RoleCourier, courierCount); err != nil {
			return nil, nil, err
		}
		if err := db.Exec(ctx, `UPDATE couriers SET online = true, city = '`+courierCity+`'`, "VACUUM ANALYZE"); err != nil {
			return nil, nil, err
		}
		tokens, err := db.tokens(ctx, "k")
		if err != nil {
			return nil, nil, err
		}
		address, err := p.Serve(ctx, db, "ZOOP_ROLES=api")
		if err != nil {
			return nil, nil, err
		}
		if limit, err = p.geoAdd(); err != nil {
			return nil, nil, err
		}
		arrived, err := p.arrived(ctx, db)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, d time.Duration) (Sample, error) {
			begun := time.Now()
			s, err := p.over(ctx, Load{Address: address, For: d, Sockets: tokens})
			if err != nil {
				return s, err
			}
			return s, arrived(ctx, begun)
		}, limit, nil
	},
}

// arrived gives a check that Redis has heard of every courier since a moment.
func (p *Place) arrived(ctx context.Context, db *Database) (func(ctx context.Context, since time.Time) error, error) {
	rows, err := db.Pool.Query(ctx, "SELECT user_id FROM couriers")
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[domain.ID])
	if err != nil {
		return nil, err
	}
	client, err := redis.Open(p.redisURL(), redis.Options{})
	if err != nil {
		return nil, err
	}
	p.atEnd(func() { _ = client.Close() })
	return func(ctx context.Context, since time.Time) error {
		pause(ctx, time.Second) // positions are shared twenty times a second
		heard := 0
		for _, place := range client.Places(ctx, courierCity, ids) {
			if place.At.After(since) {
				heard++
			}
		}
		if heard < courierCount {
			return fmt.Errorf("redis has heard of %d couriers only", heard)
		}
		return nil
	}, nil
}

var perSecond = regexp.MustCompile(`([0-9.]+) requests per second`)

// geoAdd is a side that writes places into the Redis that servers use.
func (p *Place) geoAdd() (Side, error) {
	tool, err := exec.LookPath("redis-benchmark")
	if err != nil {
		return nil, skip("redis-benchmark is not installed")
	}
	at, err := url.Parse(p.redisURL())
	if err != nil {
		return nil, err
	}
	db := at.Path[1:]
	at.Path = ""
	rate := 20_000.0
	return func(ctx context.Context, d time.Duration) (Sample, error) {
		n := int(rate * d.Seconds())
		busy := machineCPU()
		out, err := exec.CommandContext(ctx, tool, "-u", at.String(), "--dbnum", db, "-q", "-n", strconv.Itoa(n), "-r", strconv.Itoa(courierCount), //nolint:gosec // a private server
			"GEOADD", "zoop:bench", "__rand_int__e-3", "28.6", "courier:__rand_int__").CombinedOutput()
		if err != nil {
			return Sample{}, fmt.Errorf("redis-benchmark: %w\n%s", err, out)
		}
		busy = machineCPU() - busy
		found := perSecond.FindAllSubmatch(out, -1)
		if len(found) == 0 {
			return Sample{}, errors.New("redis-benchmark says no rate: " + string(out))
		}
		rate, err = strconv.ParseFloat(string(found[len(found)-1][1]), 64)
		return Sample{Value: rate, Machine: busy / time.Duration(n)}, err
	}, nil
}
