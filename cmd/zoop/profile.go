//go:build profile

package main

import (
	"net/http"
	_ "net/http/pprof" //nolint:gosec // only in builds with the tag, and only where the variable says so
	"os"
)

// A build with the tag profile serves /debug/pprof where ZOOP_PPROF says, for bench -profile. No other build can.
func init() {
	if address := os.Getenv("ZOOP_PPROF"); address != "" {
		go func() { _ = http.ListenAndServe(address, nil) }() //nolint:gosec // for one measurement
	}
}
