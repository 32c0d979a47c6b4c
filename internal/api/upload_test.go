package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// Whoever lets files drip in takes two places, and leaves the others to the others.
func TestNobodyTakesAllPlacesForFiles(t *testing.T) {
	t.Parallel()
	u := &uploads{by: map[domain.ID]int{}}
	one := domain.Actor{ID: id.New()}
	var release func()
	for range maxUploadsEach {
		var err error
		release, err = u.take(one)
		require.NoError(t, err)
	}
	_, err := u.take(one)
	require.Equal(t, domain.Unavailable, domain.KindOf(err))
	for range maxUploads - maxUploadsEach {
		_, err := u.take(domain.Actor{ID: id.New()})
		require.NoError(t, err)
	}
	_, err = u.take(domain.Actor{ID: id.New()})
	require.Equal(t, domain.Unavailable, domain.KindOf(err), "the places are all taken")
	release()
	_, err = u.take(domain.Actor{ID: one.ID, Key: id.New()})
	require.NoError(t, err, "a key has places of its own")
}

// Two files that drip in keep a third of the same account out, with when to come again; another account's is read.
func TestFilesThatDripInKeepNobodyElseOut(t *testing.T) {
	t.Parallel()
	h, err := New(Deps{
		Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Metrics: http.NotFoundHandler(),
		Authenticate: func(_ context.Context, token string) (domain.Actor, error) {
			who, err := domain.ParseID(token)
			return domain.Actor{ID: who, Role: domain.RoleCustomer}, err
		},
	})
	require.NoError(t, err)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	one, other := domain.ID(id.New()).String(), domain.ID(id.New()).String()
	put := func(who string, body io.Reader) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL+"/api/v1/me/picture", body)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+who)
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		return r
	}
	for range maxUploadsEach {
		body, drip := io.Pipe()
		t.Cleanup(func() { _ = drip.Close() })
		go func() {
			if res, err := http.DefaultClient.Do(put(one, body)); err == nil {
				_ = res.Body.Close()
			}
		}()
		_, err := io.WriteString(drip, "--b\r\n") // it has been sent, and so the place is about to be taken
		require.NoError(t, err)
	}
	status := func(who string) (int, string) {
		res, err := http.DefaultClient.Do(put(who, http.NoBody))
		require.NoError(t, err)
		defer res.Body.Close()
		return res.StatusCode, res.Header.Get("Retry-After")
	}
	require.Eventually(t, func() bool {
		code, wait := status(one)
		return code == http.StatusServiceUnavailable && wait == "5"
	}, time.Minute, 10*time.Millisecond)
	code, _ := status(other)
	require.Equal(t, http.StatusBadRequest, code, "what is no form is read, and refused")
}

// As many exports run at once as there are places, and who is told to wait gets in once one has ended.
func TestExportsAreBounded(t *testing.T) {
	t.Parallel()
	h := &handlers{exports: make(chan struct{}, 1)}
	h.exports <- struct{}{}
	err := h.export(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/v1/me/export", nil), domain.Actor{})
	require.Equal(t, domain.Unavailable, domain.KindOf(err))
	<-h.exports
	require.Panics(t, func() { // it goes on to the use case, which is not there
		_ = h.export(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/v1/me/export", nil), domain.Actor{})
	})
	require.Empty(t, h.exports, "the place is given back")
}
