// Package config reads the settings of every command, from the weakest source to the strongest: built-in defaults, a YAML
// file, environment variables (ZOOP_ and the key in capitals) and flags. It remembers where each value came from.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// Config is what the commands run with.
type Config struct {
	DatabaseURL   string
	RedisURL      string
	APIURL        string
	Token         string
	HTTP          string
	OpsHTTP       string // "": none
	Roles         []string
	Drain         time.Duration
	Unready       time.Duration
	LogLevel      slog.Level
	LogFormat     string
	MaxConns      int32
	Pooler        bool
	SMTPURL       string
	MailFrom      string
	MailDir       string
	Origins       []string
	ReturnURLs    []string
	MaxSockets    int
	SocketsEach   int
	MaxRequests   int
	Queue         int
	QueueWait     time.Duration
	RateLimits    float64
	RateExempt    []netip.Prefix
	Proxies       []netip.Prefix
	HSTS          time.Duration
	CompleteAfter time.Duration
	RefundGrace   time.Duration
	ArriveWithin  int // metres; 0: anywhere

	MediaDir       string
	MediaS3URL     string
	MediaPublicURL string // without a slash at its end

	SandboxURL          string
	SandboxSecret       string
	StripeKey           string
	StripeWebhookSecret string

	WebhookNetworks []netip.Prefix // of ours that webhooks may go to

	OSRMURL      string            // may hold {profile}
	OSRMProfiles map[string]string // by vehicle
	OSRMTimeout  time.Duration

	values []Value
}

// Value is one setting as it stands.
type Value struct {
	Key    string
	Value  string
	Origin string // "default", "file PATH", "env ZOOP_…", "flag --…"
	Secret bool
	Help   string
}

// Sources are where settings come from besides the defaults.
type Sources struct {
	File  string            // "": /etc/zoop/zoop.yaml if it exists
	Env   []string          // as os.Environ gives it
	Flags map[string]string // by key, only those that were given
}

// ErrInvalid says that a setting cannot be used; the message names the key, the source and the bound.
var ErrInvalid = errors.New("invalid setting")

const (
	defaultFile = "/etc/zoop/zoop.yaml"
	envPrefix   = "ZOOP_"
)

// Load reads the settings. Its errors are ErrInvalid.
func Load(s Sources) (*Config, error) {
	layers, err := s.layers()
	if err != nil {
		return nil, err
	}
	merged := koanf.New(".")
	origin := map[string]string{}
	for _, l := range layers {
		if err := merged.Load(confmap.Provider(l.values, "."), nil); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrInvalid, l.name, err)
		}
		for key := range l.values {
			origin[key] = l.nameOf(key)
		}
	}
	c := &Config{}
	for _, setting := range settings {
		text := merged.String(setting.key)
		if err := setting.set(c, text); err != nil {
			return nil, fmt.Errorf("%w: %s from %s: %w", ErrInvalid, setting.key, origin[setting.key], err)
		}
		c.values = append(c.values, Value{setting.key, text, origin[setting.key], setting.secret, setting.help})
	}
	return c, nil
}

// Values lists all settings, in the order of the table.
func (c *Config) Values() []Value { return slices.Clone(c.values) }

// Given says whether a setting came from anywhere but the defaults.
func (c *Config) Given(key string) bool {
	for _, v := range c.values {
		if v.Key == key {
			return v.Origin != "default"
		}
	}
	return false
}

// layer is one source's values.
type layer struct {
	name   string
	values map[string]any
	nameOf func(key string) string
}

func (s Sources) layers() ([]layer, error) {
	defaults := map[string]any{}
	for _, setting := range settings {
		defaults[setting.key] = setting.def
	}
	out := []layer{{"defaults", defaults, func(string) string { return "default" }}}
	fromFile, path, err := s.readFile()
	if err != nil {
		return nil, err
	}
	out = append(out, layer{"file " + path, fromFile, func(string) string { return "file " + path }})
	env := map[string]any{}
	for _, pair := range s.Env {
		name, value, _ := strings.Cut(pair, "=")
		key := strings.ToLower(strings.TrimPrefix(name, envPrefix))
		if strings.HasPrefix(name, envPrefix) && known(key) {
			env[key] = value
		}
	}
	out = append(out, layer{"environment", env, func(key string) string { return "env " + envName(key) }})
	flags := map[string]any{}
	for key, value := range s.Flags {
		flags[key] = value
	}
	return append(out, layer{"flags", flags, func(key string) string { return "flag --" + strings.ReplaceAll(key, "_", "-") }}), nil
}

// readFile reads the YAML file. An unknown key is an error: a typing mistake must not pass silently.
func (s Sources) readFile() (map[string]any, string, error) {
	path := s.File
	if path == "" {
		if _, err := os.Stat(defaultFile); err != nil {
			return nil, "", nil
		}
		path = defaultFile
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return nil, path, fmt.Errorf("%w: %s: %w", ErrInvalid, path, err)
	}
	values := k.All()
	for key, value := range values {
		if !known(key) {
			return nil, path, fmt.Errorf("%w: %s: %q is no setting; `zoop config show` lists them", ErrInvalid, path, key)
		}
		if _, isList := value.([]any); isList {
			values[key] = strings.Join(k.Strings(key), ",")
		}
	}
	return values, path, nil
}

func envName(key string) string { return envPrefix + strings.ToUpper(key) }

func known(key string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return s.key == key })
}

func parseDuration(text string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is no duration such as 15s", text)
	}
	if d < least || d > most {
		return 0, fmt.Errorf("%s is not from %s to %s", d, least, most)
	}
	return d, nil
}

func parseList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func parseInt(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q is no whole number from %d to %d", text, least, most)
	}
	return n, nil
}

// parseNetworks reads networks and single addresses.
func parseNetworks(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, part := range parseList(text) {
		p, err := netip.ParsePrefix(part)
		if err != nil {
			a, err := netip.ParseAddr(part)
			if err != nil || a.Zone() != "" {
				return nil, fmt.Errorf("%q is neither a network such as 10.0.0.0/8 nor an address", part)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Addr().Is4In6() {
			return nil, fmt.Errorf("%q: write it as IPv4", part)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Known says whether a key names a setting.
func Known(key string) bool { return known(key) }
