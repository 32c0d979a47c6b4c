package boot

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestWhoHasJustComeIsAnswered although the process ends: the request follows its connection by a little.
func TestWhoHasJustComeIsAnswered(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	come := make(chan struct{})
	server := newServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), slog.New(slog.DiscardHandler))
	server.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			close(come)
		}
	}
	served, ended := make(chan error, 1), make(chan error, 1)
	go func() { served <- serving(server.Serve(l)) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	<-come
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() { ended <- shutdown(ctx, server, l) }()
	require.NoError(t, <-served, "nobody new")
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: zoop\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	_ = res.Body.Close()
	require.Equal(t, http.StatusNoContent, res.StatusCode)
	require.NoError(t, <-ended)
}
