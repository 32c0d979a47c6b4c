// Command rivals broadcasts to WebSockets in the two ways that zoop's fan-out is compared with: a plain loop over connections of
// gorilla/websocket, and the library centrifuge. It is a module of its own, so that nothing of zoop depends on the latter.
//
//	rivals -http 127.0.0.1:4100 -with gorilla
//
// GET /ws opens a socket that hears everything; POST /publish?n=64 tells every socket the request's body so many times.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"

	"github.com/centrifugal/centrifuge"
	"github.com/gorilla/websocket"
)

// A rival opens sockets, and publishes a text to all of them.
type rival struct {
	open    http.Handler
	publish func(text []byte) error
}

func main() {
	at := flag.String("http", "127.0.0.1:0", "address to listen on")
	with := flag.String("with", "gorilla", "gorilla or centrifuge")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *at, *with); err != nil {
		fmt.Fprintln(os.Stderr, "rivals:", err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, at, with string) error {
	r := gorilla()
	if with == "centrifuge" {
		var err error
		if r, err = library(); err != nil {
			return err
		}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /ws", r.open)
	mux.HandleFunc("POST /publish", func(w http.ResponseWriter, req *http.Request) {
		n, err := strconv.Atoi(req.URL.Query().Get("n"))
		if err != nil || n < 1 || n > 10_000 {
			http.Error(w, "n must be from 1 to 10000", http.StatusBadRequest)
			return
		}
		text, err := io.ReadAll(io.LimitReader(req.Body, 64<<10))
		for ; err == nil && n > 0; n-- {
			err = r.publish(text)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	s := &http.Server{Addr: at, Handler: mux} //nolint:gosec // it only talks to a load generator beside it
	go func() {
		<-ctx.Done()
		_ = s.Close()
	}()
	if err := s.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// gorilla writes to one connection after the other, whole frames that are prepared once.
func gorilla() rival {
	var mu sync.Mutex
	conns := map[*websocket.Conn]struct{}{}
	var up websocket.Upgrader
	return rival{
		open: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock() // whoever knows that it is open hears what is published next
			c, err := up.Upgrade(w, r, nil)
			if err != nil {
				mu.Unlock()
				return
			}
			conns[c] = struct{}{}
			mu.Unlock()
			for err == nil {
				_, _, err = c.NextReader()
			}
			mu.Lock()
			delete(conns, c)
			mu.Unlock()
			_ = c.Close()
		}),
		publish: func(text []byte) error {
			frame, err := websocket.NewPreparedMessage(websocket.TextMessage, text)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for c := range conns {
				_ = c.WritePreparedMessage(frame) // whoever cannot be written to is taken out by its reader
			}
			return nil
		},
	}
}

const channel = "all"

// library is a node of centrifuge with one channel, as its documentation sets it up: JSON, no history, no compression.
func library() (rival, error) {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		return rival{}, err
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:    &centrifuge.Credentials{},
			Subscriptions:  map[string]centrifuge.SubscribeOptions{channel: {}},
			PingPongConfig: &centrifuge.PingPongConfig{PingInterval: -1, PongTimeout: -1},
		}, nil
	})
	if err := node.Run(); err != nil {
		return rival{}, err
	}
	return rival{
		open: centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}),
		publish: func(text []byte) error {
			_, err := node.Publish(channel, text)
			return err
		},
	}, nil
}
