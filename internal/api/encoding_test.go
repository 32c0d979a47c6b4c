package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/app/catalog"
)

func TestTakesGzip(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "x-gzip": true, "gzip, deflate, br": true, "br;q=1.0, gzip;q=0.8, *;q=0.1": true,
		"gzip;q=0": false, "gzip; q=0.000": false, "gzip;q=0.001": true, "deflate": false, "br, zstd": false,
		"*": true, "*;q=0": false, "*;q=0.5": true, "gzip;q=0, *": false, "identity": false, "identity;q=0": false,
		"gzip;q=0.5, identity": false, "gzip;q=0.5, identity;q=0.5": true, "gzip;q=0.5, identity;q=0.4": true, "identity;q=0, *": true,
		"gzip;q=x": false, "gzip;q=2": false, "gzip;q=-1": false, "gzip;q=NaN": false, "gzip;": true, ",,gzip": true, "gzipped": false,
	} {
		require.Equal(t, want, takesGzip(header), "%q", header)
	}
}

// TestAPageInTwoForms asks for a page in every way that a client may.
func TestAPageInTwoForms(t *testing.T) {
	t.Parallel()
	both := catalog.Page{Body: []byte("the bytes as they are"), ETag: `"7-abc"`, Gzip: []byte("packed"), GzipETag: `"7-abc-gzip"`}
	small := catalog.Page{Body: []byte("small"), ETag: `"7-abc"`}
	for name, tc := range map[string]struct {
		page           catalog.Page
		method         string
		accept, holds  string
		status         int
		body, tag      string
		coding, varies string
	}{
		"as it is":            {both, "GET", "", "", 200, "the bytes as they are", both.ETag, "", "Accept-Encoding"},
		"gzip":                {both, "GET", "gzip", "", 200, "packed", both.GzipETag, "gzip", "Accept-Encoding"},
		"not gzip":            {both, "GET", "gzip;q=0", "", 200, "the bytes as they are", both.ETag, "", "Accept-Encoding"},
		"held as it is":       {both, "GET", "", `"7-abc"`, 304, "", both.ETag, "", "Accept-Encoding"},
		"held packed":         {both, "GET", "gzip", `"7-abc-gzip"`, 304, "", both.GzipETag, "", "Accept-Encoding"},
		"held in other form":  {both, "GET", "gzip", `"7-abc"`, 304, "", both.ETag, "", "Accept-Encoding"},
		"held weakly":         {both, "GET", "gzip", `"6-x", W/"7-abc-gzip"`, 304, "", both.GzipETag, "", "Accept-Encoding"},
		"held at all":         {both, "GET", "gzip", `*`, 304, "", both.GzipETag, "", "Accept-Encoding"},
		"an old one is held":  {both, "GET", "gzip", `"6-abc-gzip"`, 200, "packed", both.GzipETag, "gzip", "Accept-Encoding"},
		"head":                {both, "HEAD", "gzip", "", 200, "packed", both.GzipETag, "gzip", "Accept-Encoding"},
		"too small":           {small, "GET", "gzip", "", 200, "small", small.ETag, "", ""},
		"too small, and held": {small, "GET", "gzip", `"7-abc"`, 304, "", small.ETag, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w := httptest.NewRequest(tc.method, "/", nil), httptest.NewRecorder()
			for name, value := range map[string]string{"Accept-Encoding": tc.accept, "If-None-Match": tc.holds} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			a, err := pageAnswer(tc.page, nil)
			require.NoError(t, err)
			require.NoError(t, a.write(&call{Request: r, w: w}))
			require.Equal(t, tc.status, w.Code)
			require.Equal(t, tc.body, w.Body.String())
			require.Equal(t, tc.tag, w.Header().Get("ETag"))
			require.Equal(t, tc.coding, w.Header().Get("Content-Encoding"))
			require.Equal(t, tc.varies, w.Header().Get("Vary"))
			require.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
			if tc.status == http.StatusOK {
				require.Equal(t, len(tc.body), int(w.Result().ContentLength))
			}
		})
	}
}
