package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var menuImport = Goal{
	Name: "menu-import", Work: "a menu of 1,000 dishes with options replaced by another, over HTTP",
	Against: "the old dishes marked as deleted and COPY of the new rows, by the same triggers", Unit: "menus/s", Bar: 0.30, Aim: 0.50,
	Prepare: func(ctx context.Context, p *Place) (zoop, limit Side, err error) {
		db, address, err := p.serveBusyVendor(ctx)
		if err != nil {
			return nil, nil, err
		}
		owner, err := p.owner(ctx, db)
		if err != nil {
			return nil, nil, err
		}
		put := func(doc string) func(context.Context) error {
			return func(ctx context.Context) error {
				c, err := dial(ctx, address)
				if err != nil {
					return err
				}
				defer c.Close()
				_, err = c.Do(Request{Method: "PUT", Path: menuPath, Token: owner, Body: doc})
				return err
			}
		}
		if err := put(thousandDishes("Dish"))(ctx); err != nil {
			return nil, nil, err
		}
		rows, err := copyOut(ctx, db.Pool)
		if err != nil {
			return nil, nil, err
		}
		// Both replace the same other menu; the rows of menus before that go, as they would pile up.
		other := func(ctx context.Context) error {
			if err := db.Exec(ctx, "DELETE FROM dishes WHERE vendor_id = '"+vendorID+"'", "DELETE FROM categories WHERE vendor_id = '"+vendorID+"'"); err != nil {
				return err
			}
			return put(thousandDishes("Plate"))(ctx)
		}
		again := func(work func(context.Context) error) Side {
			return func(ctx context.Context, d time.Duration) (Sample, error) { return repeat(ctx, d, other, work) }
		}
		return again(put(thousandDishes("Dish"))), again(func(ctx context.Context) error { return replaceBare(ctx, db.Pool, rows) }), nil
	},
}

// repeat works until d is over, and gives how often a second; what goes before each piece of work is not counted.
func repeat(ctx context.Context, d time.Duration, before, work func(context.Context) error) (Sample, error) {
	var busy time.Duration
	n := 0
	for start := time.Now(); n == 0 || time.Since(start) < d; n++ {
		if err := before(ctx); err != nil {
			return Sample{}, err
		}
		begun := time.Now()
		if err := work(ctx); err != nil {
			return Sample{}, err
		}
		busy += time.Since(begun)
	}
	return Sample{Value: float64(n) / busy.Seconds()}, nil
}

// thousandDishes is a document of a hundred categories; menus of two series have no name in common.
func thousandDishes(series string) string {
	type object = map[string]any
	var categories []object
	for i := range 100 {
		var dishes []object
		for j := range 10 {
			dishes = append(dishes, object{
				"name": fmt.Sprintf("%s %d of %d", series, j, i), "diet": "veg", "price": object{"amount": 9900 + 500*j, "currency": "INR"},
				"optionGroups": []object{{"name": "Extras", "min": 0, "max": 2, "options": []object{{"name": "Cheese"}, {"name": "Olives"}, {"name": "Onion"}}}},
			})
		}
		categories = append(categories, object{"name": fmt.Sprintf("%s category %d", series, i), "dishes": dishes})
	}
	text, _ := json.Marshal(object{"categories": categories}) // it cannot fail
	return string(text)
}

// menuTables hold a menu, in an order in which it can be written.
var menuTables = []string{"categories", "dishes"}

func copyOut(ctx context.Context, pool *pgxpool.Pool) (rows [][]byte, err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	for _, table := range menuTables {
		var out bytes.Buffer
		where := " WHERE vendor_id = '" + vendorID + "'"
		if table == "dishes" {
			where += " AND deleted_at IS NULL"
		}
		if _, err := conn.Conn().PgConn().CopyTo(ctx, &out, "COPY (SELECT * FROM "+table+where+") TO STDOUT"); err != nil {
			return nil, err
		}
		rows = append(rows, out.Bytes())
	}
	return rows, nil
}

// replaceBare makes rows the vendor's menu in as few statements as there can be: dishes that go stay as rows, as orders name them.
func replaceBare(ctx context.Context, pool *pgxpool.Pool, rows [][]byte) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE dishes SET deleted_at = now() WHERE vendor_id = $1 AND deleted_at IS NULL", vendorID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM categories WHERE vendor_id = $1", vendorID); err != nil {
			return err
		}
		for i, table := range menuTables {
			if _, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(rows[i]), "COPY "+table+" FROM STDIN"); err != nil {
				return err
			}
		}
		return nil
	})
}
