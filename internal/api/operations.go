package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/version"
)

//go:embed docs.html
var docsPage []byte

// docsPolicy lets the page run its own script and style, by their sums, and nothing else.
var docsPolicy = fmt.Sprintf("default-src 'none'; connect-src 'self'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	sumOf(docsPage, "script"), sumOf(docsPage, "style"))

// sumOf is the sum of what stands in the page's one element of a name, as a policy takes it.
func sumOf(page []byte, element string) string {
	_, after, _ := bytes.Cut(page, []byte("<"+element+">"))
	inside, _, _ := bytes.Cut(after, []byte("</"+element+">"))
	sum := sha256.Sum256(inside)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (h *handlers) healthz(*call) (answer, error) { return ok(map[string]string{"status": "alive"}) }

// readyz is false while draining, so that a balancer sends nobody here any more, and while Postgres is away.
func (h *handlers) readyz(c *call) (answer, error) {
	if err := h.Ready(c.Context()); err != nil {
		return answer{}, err
	}
	return ok(map[string]string{"status": "ready"})
}

func (h *handlers) metrics(w http.ResponseWriter, r *http.Request, _ domain.Actor) error {
	h.Metrics.ServeHTTP(w, r)
	return nil
}

func (h *handlers) sockets(w http.ResponseWriter, r *http.Request, actor domain.Actor) error {
	return h.Sockets.Serve(w, r, actor)
}

func (h *handlers) streamOrder(w http.ResponseWriter, r *http.Request, actor domain.Actor) error {
	id, err := domain.ParseID(mux.Vars(r)["id"])
	if err != nil {
		return domain.Missing("thing of that ID") // a malformed ID names nothing
	}
	return h.Sockets.Stream(w, r, actor, id)
}

func (h *handlers) version(*call) (answer, error) {
	return ok(map[string]string{"version": version.Version, "commit": version.Revision()})
}

func (h *handlers) openapi(*call) (answer, error) {
	return answer{status: http.StatusOK, raw: h.contract.json}, nil
}

func (h *handlers) docs(*call) (answer, error) {
	return answer{status: http.StatusOK, raw: docsPage, header: map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": docsPolicy,
		"Permissions-Policy":      "camera=(), geolocation=(), microphone=()",
	}}, nil
}
