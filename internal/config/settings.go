package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one row of the table below.
type setting struct {
	key    string
	def    string
	secret bool
	help   string
	set    func(c *Config, text string) error
}

// AllRoles are the roles of a serving process.
var AllRoles = []string{"api", "relay", "worker", "dispatch"}

// settings is every setting there is.
var settings = []setting{
	{"database_url", "", true, "Postgres, as postgres://user:password@host/db", text(func(c *Config) *string { return &c.DatabaseURL })},
	{"redis_url", "", true, "Redis, as redis://:password@host:6379/0", text(func(c *Config) *string { return &c.RedisURL })},
	{"api_url", "", false, "where the API is, for the commands that are its clients", text(func(c *Config) *string { return &c.APIURL })},
	{"token", "", true, "access token of those commands", text(func(c *Config) *string { return &c.Token })},
	{"http", "127.0.0.1:4000", false, "address to serve on", text(func(c *Config) *string { return &c.HTTP })},
	{"ops_http", "", false, "address of /healthz, /readyz and /metrics alone, also without the role api; default: nowhere but at the API's", text(func(c *Config) *string { return &c.OpsHTTP })},
	{"roles", strings.Join(AllRoles, ","), false, "what a serving process does: api, relay, worker, dispatch", setRoles},
	{"drain", "20s", false, "how long a stopping process may finish what it has begun", duration(time.Second, 5*time.Minute, func(c *Config) *time.Duration { return &c.Drain })},
	{"unready", "2s", false, "how long it says so on /readyz before it stops listening", duration(0, time.Minute, func(c *Config) *time.Duration { return &c.Unready })},
	{"log_level", "info", false, "debug, info, warn or error", setLevel},
	{"log_format", "json", false, "json or text", oneOf(func(c *Config) *string { return &c.LogFormat }, "json", "text")},
	{"max_conns", "0", false, "connections to Postgres, at least 4; 0: four a processor, at least 16", setMaxConns},
	{"pooler", "false", false, "true behind PgBouncer in transaction mode, or a pooler like it: nothing is then left in a session", setPooler},
	{"smtp_url", "", true, "mail server, as smtp://user:password@host:587 or smtps://host:465", text(func(c *Config) *string { return &c.SMTPURL })},
	{"mail_from", "zoop <no-reply@localhost>", false, "sender of mail", text(func(c *Config) *string { return &c.MailFrom })},
	{"mail_dir", "", false, "development: write mail into this directory instead of sending it", text(func(c *Config) *string { return &c.MailDir })},
	{"max_sockets", "20000", false, "connections to the API, WebSockets among them; newcomers past it wait", number(16, 1_000_000, func(c *Config) *int { return &c.MaxSockets })},
	{"account_sockets", "100", false, "WebSockets that one account may have open at a process", number(1, 1_000_000, func(c *Config) *int { return &c.SocketsEach })},
	{"max_requests", "0", false, "requests worked on at once; 0: as many as connections to Postgres", number(0, 100_000, func(c *Config) *int { return &c.MaxRequests })},
	{"queue", "1000", false, "requests of a kind that wait while that many are worked on; others get 503", number(0, 100_000, func(c *Config) *int { return &c.Queue })},
	{"queue_wait", "250ms", false, "how long they wait, carts and orders twice as long, before they get 503", duration(0, 10*time.Second, func(c *Config) *time.Duration { return &c.QueueWait })},
	{"rate_limits", "1", false, "the built-in rate limits times this; 0: none", setRateLimits},
	{"rate_exempt", "", false, "clients that no rate limit is for, as networks or addresses", nets(func(c *Config) *[]netip.Prefix { return &c.RateExempt })},
	{"trusted_proxies", "", false, "proxies that are believed who the client is, as networks or addresses", nets(func(c *Config) *[]netip.Prefix { return &c.Proxies })},
	{"hsts", "0s", false, "where TLS stands in front: for how long browsers shall come by TLS only, such as 8760h", duration(0, 2*365*24*time.Hour, func(c *Config) *time.Duration { return &c.HSTS })},
	{"origins", "", false, "web origins whose pages may use the API, besides our own, as https://app.example", list(func(c *Config) *[]string { return &c.Origins })},
	{"media_dir", "", false, "directory of pictures, shared by all instances; default: media in the data directory", text(func(c *Config) *string { return &c.MediaDir })},
	{"media_s3_url", "", true, "keep pictures in a bucket instead, as https://KEY:SECRET@HOST/BUCKET?region=REGION", text(func(c *Config) *string { return &c.MediaS3URL })},
	{"media_public_url", "", false, "where clients get pictures, such as the address of a CDN; default: /media of the API", setMediaPublicURL},
	{"sandbox_url", "", false, "the sandbox gateway of payments, as http://127.0.0.1:4242; `zoop up` brings its own", text(func(c *Config) *string { return &c.SandboxURL })},
	{"sandbox_secret", "", true, "what zoop and that gateway share, at least 32 characters", text(func(c *Config) *string { return &c.SandboxSecret })},
	{"stripe_key", "", true, "secret or restricted key of a Stripe account, to take cards with", text(func(c *Config) *string { return &c.StripeKey })},
	{"stripe_webhook_secret", "", true, "signing secret of the Stripe webhook endpoint that posts to /api/v1/psp/stripe/webhook", text(func(c *Config) *string { return &c.StripeWebhookSecret })},
	{"return_urls", "", false, "where gateways' pages may send customers back: origins as https://app.example, schemes of apps as zoop-app:", list(func(c *Config) *[]string { return &c.ReturnURLs })},
	{"arrive_within", "200", false, "metres from the store or the door within which a courier has arrived; 0: anywhere", number(0, 100_000, func(c *Config) *int { return &c.ArriveWithin })},
	{"osrm_url", "", false, "an OSRM server that knows how long ways take, as http://127.0.0.1:5000; {profile} in it stands for the profile; \"\": all are estimated", setOSRMURL},
	{"osrm_profiles", "car=driving,motorbike=driving", false, "its profile of each vehicle (foot, bicycle, motorbike, car); the ways of others are estimated", setOSRMProfiles},
	{"osrm_timeout", "1s", false, "how long dispatch may wait for it in a round; a quote waits a quarter of that", duration(40*time.Millisecond, 2*time.Second, func(c *Config) *time.Duration { return &c.OSRMTimeout })},
	{"webhook_networks", "", false, "development: networks of ours that webhooks may go to, by http too, such as 127.0.0.0/8; \"\": only https to the public Internet", nets(func(c *Config) *[]netip.Prefix { return &c.WebhookNetworks })},
	{"complete_after", "24h", false, "how long a customer may complain before an order is closed", duration(time.Minute, 30*24*time.Hour, func(c *Config) *time.Duration { return &c.CompleteAfter })},
	{"refund_grace", "2m", false, "how long after the cancel of an accepted order its gateway is asked for the refund: until then a restore withdraws it", duration(0, 10*time.Minute, func(c *Config) *time.Duration { return &c.RefundGrace })},
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, text string) error {
		*field(c) = text
		return nil
	}
}

func list(field func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, text string) error {
		*field(c) = parseList(text)
		return nil
	}
}

func duration(least, most time.Duration, field func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, text string) error {
		d, err := parseDuration(text, least, most)
		*field(c) = d
		return err
	}
}

func number(least, most int, field func(*Config) *int) func(*Config, string) error {
	return func(c *Config, text string) error {
		n, err := parseInt(text, least, most)
		*field(c) = n
		return err
	}
}

func nets(field func(*Config) *[]netip.Prefix) func(*Config, string) error {
	return func(c *Config, text string) (err error) {
		*field(c), err = parseNetworks(text)
		return err
	}
}

func setRateLimits(c *Config, text string) error {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != 0 && !(f >= 0.01 && f <= 1000) {
		return fmt.Errorf("%q is neither 0 nor a number from 0.01 to 1000", text)
	}
	c.RateLimits = f
	return nil
}

func oneOf(field func(*Config) *string, allowed ...string) func(*Config, string) error {
	return func(c *Config, text string) error {
		if !slices.Contains(allowed, text) {
			return fmt.Errorf("%q is none of %v", text, allowed)
		}
		*field(c) = text
		return nil
	}
}

func setRoles(c *Config, text string) error {
	c.Roles = parseList(text)
	for _, r := range c.Roles {
		if !slices.Contains(AllRoles, r) {
			return fmt.Errorf("%q is none of %v", r, AllRoles)
		}
	}
	if len(c.Roles) == 0 {
		return fmt.Errorf("name at least one of %v", AllRoles)
	}
	return nil
}

func setLevel(c *Config, text string) error {
	if err := c.LogLevel.UnmarshalText([]byte(text)); err != nil {
		return fmt.Errorf("%q is none of [%s %s %s %s]", text, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError)
	}
	return nil
}

func setMaxConns(c *Config, text string) error {
	n, err := parseInt(text, 0, 1000)
	if err == nil && n > 0 && n < 4 { // each city whose round is made holds one, and asks for others
		err = fmt.Errorf("must be 0, or from 4 to 1000")
	}
	c.MaxConns = int32(n) //nolint:gosec // at most 1000
	return err
}

func setPooler(c *Config, text string) error {
	if text != "true" && text != "false" {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	c.Pooler = text == "true"
	return nil
}

func setMediaPublicURL(c *Config, text string) error {
	c.MediaPublicURL = strings.TrimSuffix(text, "/")
	if u, err := url.Parse(text); text != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "") {
		return fmt.Errorf("%q is no URL such as https://pictures.example.com", text)
	}
	return nil
}

// setOSRMURL takes an address that a path is put after: with a query or a password it would be told in logs, or be no address.
func setOSRMURL(c *Config, text string) error {
	c.OSRMURL = text
	u, err := url.Parse(strings.ReplaceAll(text, "{profile}", "profile"))
	if text == "" || err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" {
		return nil
	}
	return errors.New("is no URL such as http://127.0.0.1:5000, without user, query and fragment") // it may hold a password
}

// vehicles are those that couriers may have.
var vehicles = []string{"foot", "bicycle", "motorbike", "car"}

func setOSRMProfiles(c *Config, text string) error {
	c.OSRMProfiles = map[string]string{}
	for _, pair := range parseList(text) {
		vehicle, profile, _ := strings.Cut(pair, "=")
		if _, twice := c.OSRMProfiles[vehicle]; twice {
			return fmt.Errorf("%q has two profiles", vehicle)
		}
		if !slices.Contains(vehicles, vehicle) {
			return fmt.Errorf("%q is none of %v", vehicle, vehicles)
		}
		if profile == "" || strings.Trim(profile, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			return fmt.Errorf("%q is no profile such as driving: letters, digits, _ and -", profile)
		}
		c.OSRMProfiles[vehicle] = profile
	}
	return nil
}
