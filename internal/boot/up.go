package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/zoop-dev/zoop/internal/app/account"
	"github.com/zoop-dev/zoop/internal/app/seed"
	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	rules "github.com/zoop-dev/zoop/internal/domain/account"
	"github.com/zoop-dev/zoop/internal/local"
	"github.com/zoop-dev/zoop/internal/logkey"
	"github.com/zoop-dev/zoop/internal/mail"
	"github.com/zoop-dev/zoop/internal/sim"
)

// UpOptions are how a private marketplace is started.
type UpOptions struct {
	DataDir  string
	Reset    bool         // throw away what the data directory holds first
	Simulate *sim.Options // nil: nobody orders by itself; API, Mint and Logger are filled in
	Step     func(string) // hears what is being done; may be nil
	Ready    func(Up)     // hears when everything serves; may be nil
	Mail     func(mail.Message)
	Log      *slog.Logger
}

// Up is a private marketplace that serves.
type Up struct {
	APIURL      string
	DatabaseURL string
	DataDir     string
	TokenFile   string
	MailDir     string
	SandboxURL  string // of a gateway of payments; "" when the settings name one elsewhere
	Token       string // of a support account, good for the console
	Vendors     int
	Demo        bool // Redis is in the process: not the real thing
	Took        time.Duration
}

// staff is the account whose token `zoop up` keeps.
const staffEmail = "support@zoop.localhost"

// staffRefunds is how much it gives back at once, in minor units of any currency: more than an order of the demo vendors costs.
const staffRefunds = 1_000_000

// tokenTTL is how long that token lives; it is renewed at half of it. tokenCheck is how often it is tried.
const (
	tokenTTL   = 12 * time.Hour
	tokenCheck = 3 * time.Second
)

// RunUp starts private servers in a data directory, brings their schema and demo data up, and serves all roles until ctx
// ends. Servers that the settings name are used instead of private ones.
// Errors: those of local.Open and New.
func RunUp(ctx context.Context, c *config.Config, o UpOptions) error {
	start := time.Now()
	step := o.Step
	if step == nil {
		step = func(string) {}
	}
	// An `eval "$(zoop env)"` of this shell may have named our own servers, which are not running.
	for _, field := range []*string{&c.DatabaseURL, &c.RedisURL} {
		if local.Owns(o.DataDir, *field) {
			*field = ""
		}
	}
	if o.Reset {
		step("removing the old data")
		if err := local.Reset(o.DataDir, tokenFile, mailDir, mediaDir, sandboxDir); err != nil {
			return err
		}
	}
	cluster, err := local.Open(ctx, local.Options{
		DataDir: o.DataDir, SkipPostgres: c.DatabaseURL != "", SkipRedis: c.RedisURL != "", Progress: step, Logger: o.Log,
	})
	if err != nil {
		return err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		step("stopping the servers")
		if err := cluster.Close(stop); err != nil {
			o.Log.WarnContext(stop, "servers did not stop in order", logkey.Error, err.Error())
		}
	}()
	u := &up{UpOptions: o, cluster: cluster, config: c, step: step, public: c.DatabaseURL}
	u.DataDir = cluster.DataDir()
	return u.run(ctx, start)
}

type up struct {
	UpOptions
	cluster *local.Cluster
	config  *config.Config
	step    func(string)
	public  string // the database's URL for other programs
	app     *App
	sandbox *keptSandbox // nil when the settings name one elsewhere
}

func (u *up) run(ctx context.Context, start time.Time) error {
	defer func() { u.sandbox.close() }() // which prepare brings
	if err := u.prepare(ctx); err != nil {
		return err
	}
	vendors, err := u.seed(ctx)
	if err != nil {
		u.app.close()
		return err
	}
	token, err := u.renewToken(ctx, true) // also with what has come since the data directory was made
	if domain.KindOf(err) == domain.Forbidden {
		u.Log.WarnContext(ctx, "no staff token", logkey.Error, err.Error()) // the rest serves, and an admin may reinstate it
	} else if err != nil {
		u.app.close()
		return err
	}
	apiURL := "http://" + u.app.Address()
	if err := u.sandbox.open(apiURL, u.Log); err != nil {
		u.app.close()
		return err
	}
	err = local.WriteRun(u.DataDir, local.Run{DatabaseURL: u.public, RedisURL: u.config.RedisURL, APIURL: apiURL, StartedAt: start})
	if err != nil {
		u.app.close()
		return fmt.Errorf("keep run file: %w", err)
	}
	if u.Ready != nil {
		u.Ready(Up{
			APIURL: apiURL, DatabaseURL: u.public, DataDir: u.DataDir, TokenFile: filepath.Join(u.DataDir, tokenFile),
			MailDir: u.config.MailDir, SandboxURL: u.sandbox.url(), Token: token, Vendors: vendors, Demo: u.cluster.Demo(), Took: time.Since(start),
		})
	}
	return u.serve(ctx, apiURL, token)
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// loopbackOnly says whether nobody from elsewhere reaches an address that is served on.
func loopbackOnly(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// prepare points the settings at the private servers, migrates and composes.
func (u *up) prepare(ctx context.Context) error {
	c := u.config
	if c.DatabaseURL == "" {
		u.public, c.DatabaseURL = u.cluster.DatabaseURL(), u.cluster.SocketURL()
	}
	if c.RedisURL == "" {
		c.RedisURL = u.cluster.RedisURL()
	}
	if c.SMTPURL == "" && c.MailDir == "" {
		c.MailDir = filepath.Join(u.DataDir, mailDir)
	}
	if c.MediaS3URL == "" && c.MediaDir == "" {
		c.MediaDir = filepath.Join(u.DataDir, mediaDir)
	}
	if !c.Given("unready") {
		c.Unready = 0 // no balancer stands before it
	}
	if !c.Given("rate_exempt") {
		c.RateExempt = loopback // where the simulated city lives, all of it
	}
	if !c.Given("webhook_networks") && loopbackOnly(c.HTTP) {
		c.WebhookNetworks = loopback // where those who integrate try things out
	}
	if err := u.bringSandbox(ctx); err != nil {
		return err
	}
	u.step("bringing the schema up to date")
	if err := CheckSchema(ctx, c, true); err != nil {
		return err
	}
	app, err := New(ctx, c, u.Log, u.Mail)
	u.app = app
	return err
}

// seed fills an empty marketplace with the demo set, and says how many vendors there are.
func (u *up) seed(ctx context.Context) (int, error) {
	n, err := u.app.db.CountVendors(ctx)
	if err != nil || n > 0 {
		return n, err
	}
	u.step("opening the demo vendors")
	if _, err := seed.New(u.app.db).Demo(ctx); err != nil {
		return 0, fmt.Errorf("seed demo: %w", err)
	}
	return u.app.db.CountVendors(ctx)
}

// renewToken mints the staff token; afresh gives its account what it may do in development, unless staff have set what it may.
// Errors: Forbidden when staff have suspended it.
func (u *up) renewToken(ctx context.Context, afresh bool) (string, error) {
	wanted := account.Mint{Email: staffEmail, Name: "Support", Role: domain.RoleSupport, TTL: tokenTTL}
	if afresh {
		rights, limit := rules.MintedPermissions, domain.Money{Amount: staffRefunds, Currency: rules.AnyCurrency}
		wanted.Permissions, wanted.RefundLimit, wanted.Usual = &rights, &limit, true
	}
	m, err := u.app.accounts.Mint(ctx, wanted)
	if err != nil {
		return "", fmt.Errorf("mint staff token: %w", err)
	}
	return m.Token, writeToken(u.DataDir, m.Token)
}

// serve runs the app, the servers' supervisor, the token's renewal and the simulation together.
func (u *up) serve(ctx context.Context, apiURL, token string) error {
	group, ctx := errgroup.WithContext(ctx)
	supervise, stop := context.WithCancel(context.WithoutCancel(ctx)) // the servers outlive the drain
	group.Go(func() error {
		defer stop()
		return u.app.Run(ctx)
	})
	group.Go(func() error { return u.cluster.Run(supervise) })
	group.Go(func() error { return u.sandbox.run(supervise) })
	group.Go(func() error { return u.keepToken(ctx, token) })
	if u.Simulate != nil {
		group.Go(func() error { return u.simulate(ctx, apiURL) })
	}
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// keepToken renews the staff token at half its life, and soon after something has ended it before, such as keys that were
// rotated because of a leak.
func (u *up) keepToken(ctx context.Context, token string) error {
	made, told := time.Now(), false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tokenCheck):
		}
		_, err := u.app.accounts.Authenticate(ctx, token)
		if domain.KindOf(err) != domain.Unauthenticated && time.Since(made) < tokenTTL/2 {
			continue
		}
		renewed, err := u.renewToken(ctx, false)
		if err != nil {
			if suspended := domain.KindOf(err) == domain.Forbidden; ctx.Err() == nil && !(suspended && told) {
				told = suspended // once
				u.Log.WarnContext(ctx, "staff token not renewed", logkey.Error, err.Error())
			}
			continue
		}
		token, made, told = renewed, time.Now(), false
	}
}

func (u *up) simulate(ctx context.Context, apiURL string) error {
	o := *u.Simulate
	o.API, o.Logger = apiURL, u.Log
	_, err := play(ctx, u.app.db, u.app.accounts, o)
	if ctx.Err() != nil {
		return nil
	}
	return err
}
