package boot

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/zoop-dev/zoop/internal/domain"
)

// meeting is how another process of the same user finds a listener.
type meeting struct {
	Address string `json:"address"`
	Token   string `json:"token"`
}

func meetingFile() string {
	return filepath.Join(os.TempDir(), "zoop-webhooks-"+strconv.Itoa(os.Getuid())+".json")
}

// sampleListener takes types of events from processes of the same user.
type sampleListener struct {
	meeting
	net.Listener
	path string
}

// Bounds of asking a listener.
const (
	askTime = 20 * time.Second // more than a receiver has
	maxAsk  = 1 << 10          // bytes
)

// listenForSamples takes the place of an earlier listener, if there was one.
func listenForSamples(ctx context.Context) (*sampleListener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for samples: %w", err)
	}
	l := &sampleListener{meeting{listener.Addr().String(), rand.Text()}, listener, meetingFile()}
	text, err := json.Marshal(l.meeting) //nolint:gosec // G117: the token is for the file's reader
	if err != nil {
		return nil, errors.Join(fmt.Errorf("encode meeting: %w", err), l.Close())
	}
	_ = os.Remove(l.path) // of somebody else's it fails, and so does what follows
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("say where samples are taken: %w", err), l.Close())
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("say where samples are taken: %w", err), l.Close())
	}
	return l, nil
}

// serve has samples posted until ctx ends.
func (l *sampleListener) serve(ctx context.Context, post func(ctx context.Context, kind string) (Forwarded, error)) error {
	server := &http.Server{ReadTimeout: 5 * time.Second, WriteTimeout: askTime, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+l.Token)) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		kind, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAsk))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		done, err := post(r.Context(), string(kind))
		switch {
		case domain.KindOf(err) == domain.Invalid:
			http.Error(w, err.Error(), http.StatusBadRequest)
		case err != nil:
			http.Error(w, "the sample was not posted", http.StatusInternalServerError)
		default:
			_ = json.NewEncoder(w).Encode(done)
		}
	})}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	defer l.leave()
	if err := server.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("take samples: %w", err)
	}
	return nil
}

// leave takes the file away, unless it is another listener's by now.
func (l *sampleListener) leave() {
	if m, err := readMeeting(l.path); err == nil && m == l.meeting {
		_ = os.Remove(l.path)
	}
}

// readMeeting reads what this user alone can have written: the temporary directory is shared.
func readMeeting(path string) (m meeting, err error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return m, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return m, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(st.Uid) != os.Getuid() || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return m, fmt.Errorf("%s is not this user's alone: remove it", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxAsk))
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(text, &m)
}

// SampleToListener has the Listen of this user that runs on this machine post something that has not happened.
// Errors: Unavailable when none runs; Invalid for an unknown type.
func SampleToListener(ctx context.Context, kind string) (done Forwarded, err error) {
	none := domain.Errorf(domain.Unavailable, "webhooks.listener", "no `zoop webhooks listen` runs here: start one, or name a webhook with --webhook")
	m, err := readMeeting(meetingFile())
	if errors.Is(err, os.ErrNotExist) {
		return done, none
	}
	if err != nil {
		return done, fmt.Errorf("find the listener: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+m.Address, bytes.NewReader([]byte(kind)))
	if err != nil {
		return done, none
	}
	req.Header.Set("Authorization", "Bearer "+m.Token)
	res, err := (&http.Client{Transport: &http.Transport{}}).Do(req) // without a proxy
	if err != nil {
		return done, none
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 16<<10))
	switch {
	case err != nil:
		return done, fmt.Errorf("ask the listener: %w", err)
	case res.StatusCode == http.StatusBadRequest:
		return done, domain.Invalidf("EVENT", "enum", "must be ping, or a type of event: `zoop webhooks events` lists them")
	case res.StatusCode != http.StatusOK:
		return done, none
	}
	return done, json.Unmarshal(text, &done)
}
