package boot

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
)

// SandboxOptions are how a sandbox of payments is run by itself.
type SandboxOptions struct {
	sandbox.Options        // Secret and PublicURL are filled in
	HTTP            string // address to serve on
	Ready           func(url string)
}

// RunSandbox serves a sandbox of payments until ctx ends. Errors: Invalid for settings that cannot be used, Conflict for a
// taken port or directory.
func RunSandbox(ctx context.Context, c *config.Config, o SandboxOptions) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.HTTP)
	if err != nil {
		return domain.Errorf(domain.Conflict, "http", "cannot listen on %s: %v (choose another with --http)", o.HTTP, err)
	}
	defer l.Close()
	if len(c.SandboxSecret) < sandbox.MinSecret {
		return domain.Invalidf("sandbox_secret", "min", "set ZOOP_SANDBOX_SECRET to at least %d characters, here and where zoop runs", sandbox.MinSecret)
	}
	o.Secret, o.PublicURL = c.SandboxSecret, "http://"+l.Addr().String()
	server, err := sandbox.New(o.Options)
	if err != nil {
		return domain.Errorf(domain.Conflict, "sandbox", "%v", err)
	}
	defer server.Close()
	if o.Ready != nil {
		o.Ready(o.PublicURL)
	}
	return serveSandbox(ctx, l, server, o.Log)
}

// serveSandbox serves until ctx ends, and then waits for what was begun.
func serveSandbox(ctx context.Context, l net.Listener, s *sandbox.Server, log *slog.Logger) error {
	server := newServer(s, log)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Run(ctx) })
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve sandbox: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if server.Shutdown(stop) != nil {
			_ = server.Close()
		}
		return nil
	})
	return group.Wait()
}

// The sandbox of a data directory: its journal, the secret that is made at the first start, and the address that it keeps, for
// links to its pages outlive a restart.
const (
	sandboxDir     = "sandbox"
	sandboxSecret  = "secret"
	sandboxAddress = "address"
	sandboxDelay   = 300 * time.Millisecond // until it has done what it was asked
)

// keptSandbox is that of a data directory. Nil is none.
type keptSandbox struct {
	dir      string
	secret   string
	listener net.Listener
	server   *sandbox.Server
	log      *slog.Logger
}

// bringSandbox points the settings at a sandbox of the data directory's own, unless they name another.
func (u *up) bringSandbox(ctx context.Context) error {
	c := u.config
	if c.SandboxURL != "" {
		return nil
	}
	k := &keptSandbox{dir: filepath.Join(u.DataDir, sandboxDir)}
	err := os.MkdirAll(k.dir, 0o700)
	if k.secret = c.SandboxSecret; err == nil && k.secret == "" {
		k.secret, err = keep(filepath.Join(k.dir, sandboxSecret), rand.Text()+rand.Text())
	}
	if err != nil {
		return fmt.Errorf("keep the sandbox's secret: %w", err)
	}
	if err := k.listen(ctx); err != nil {
		return fmt.Errorf("listen for the sandbox: %w", err)
	}
	u.sandbox, c.SandboxURL, c.SandboxSecret = k, k.url(), k.secret
	return nil
}

// keep gives what a file of the data directory says; one that says nothing yet is made, readable by its owner only.
func keep(path, first string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil && len(strings.TrimSpace(string(text))) > 0 {
		return strings.TrimSpace(string(text)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return first, replaceFile(path, first)
}

// listen takes the address that the sandbox had before, or any that is free.
func (k *keptSandbox) listen(ctx context.Context) error {
	path := filepath.Join(k.dir, sandboxAddress)
	address, err := keep(path, "127.0.0.1:0")
	if err != nil {
		return err
	}
	if k.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", address); err != nil {
		if k.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return err
		}
	}
	return replaceFile(path, k.listener.Addr().String())
}

// open reads the journal. Webhooks go to the API at apiURL.
func (k *keptSandbox) open(apiURL string, log *slog.Logger) (err error) {
	if k == nil {
		return nil
	}
	k.log = log
	k.server, err = sandbox.New(sandbox.Options{
		Secret: k.secret, PublicURL: k.url(), WebhookURL: apiURL + "/api/v1/psp/" + sandbox.Name + "/webhook", Dir: k.dir, Delay: sandboxDelay, Log: log,
	})
	return err
}

func (k *keptSandbox) url() string {
	if k == nil {
		return ""
	}
	return "http://" + k.listener.Addr().String()
}

func (k *keptSandbox) run(ctx context.Context) error {
	if k == nil {
		return nil
	}
	return serveSandbox(ctx, k.listener, k.server, k.log)
}

func (k *keptSandbox) close() {
	if k == nil {
		return
	}
	_ = k.listener.Close()
	if k.server != nil {
		k.server.Close()
	}
}
