package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"

	"github.com/gorilla/mux"
)

// Bare is a server that answers one route from memory, through the router that zoop uses: what net/http and gorilla/mux
// alone can do.
type Bare struct {
	Address string
	Route   string // such as /api/v1/vendors/{id}/menu
	Header  map[string]string
	Body    []byte
}

// serveBare runs one in this process until ctx ends.
func serveBare(ctx context.Context, in io.Reader) error {
	var b Bare
	if err := json.NewDecoder(in).Decode(&b); err != nil {
		return err
	}
	router := mux.NewRouter()
	router.Path(b.Route).Methods(http.MethodGet).HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		for name, value := range b.Header {
			h.Set(name, value)
		}
		h.Set("Content-Length", strconv.Itoa(len(b.Body)))
		_, _ = w.Write(b.Body)
	})
	s := &http.Server{Addr: b.Address, Handler: router} //nolint:gosec // it is the least that can be done: no time limits either
	go func() {
		<-ctx.Done()
		_ = s.Close()
	}()
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Bare starts a bare server in a process of its own, which ends with the goal.
func (p *Place) Bare(ctx context.Context, b Bare) (address string, err error) {
	if b.Address, err = freeAddress(ctx); err != nil {
		return "", err
	}
	told, err := json.Marshal(b)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, p.self)
	cmd.Env = append(os.Environ(), roleKey+"="+roleBare)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(told), os.Stderr
	return b.Address, p.start(ctx, cmd, b.Address)
}
