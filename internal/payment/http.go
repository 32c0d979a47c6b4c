package payment

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// ErrTooLong says that an answer went past MaxBody.
var ErrTooLong = errors.New("the answer is too long")

// HTTPClient is a client for calls to a gateway: it follows no redirect, because a call that carries a key and an amount goes
// where the settings say and nowhere else, and reads at most MaxBody bytes of an answer. A call that takes longer than
// timeout ends; 0: CallTimeout.
func HTTPClient(timeout time.Duration) *http.Client {
	if timeout == 0 {
		timeout = CallTimeout
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck,errorlint // the standard library's own
	transport.MaxIdleConnsPerHost = 16
	transport.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{
		Transport:     bounded{transport},
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded cuts answers off past MaxBody, with an error: half an answer is none.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = &boundedBody{resp.Body, MaxBody}
	}
	return resp, err
}

type boundedBody struct {
	io.ReadCloser
	left int
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if len(p) > b.left+1 {
		p = p[:b.left+1] // one more than there may be
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, ErrTooLong
	}
	return n, err
}
