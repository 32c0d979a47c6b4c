package config

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStrongerSourcesWin(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zoop.yaml")
	require.NoError(t, os.WriteFile(path, []byte("http: 127.0.0.1:5000\ndrain: 30s\nmax_conns: 12\nroles: [api, relay]\n"), 0o600))
	c, err := Load(Sources{
		File: path, Env: []string{"ZOOP_DRAIN=40s", "ZOOP_HTTP=127.0.0.1:6000", "ZOOP_UNHEARD_OF=1", "HTTP=x"},
		Flags: map[string]string{"http": "127.0.0.1:7000"},
	})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:7000", c.HTTP)
	require.Equal(t, 40*time.Second, c.Drain)
	require.EqualValues(t, 12, c.MaxConns)
	require.Equal(t, []string{"api", "relay"}, c.Roles)
	require.Equal(t, 24*time.Hour, c.CompleteAfter)
	origins := map[string]string{}
	for _, v := range c.Values() {
		origins[v.Key] = v.Origin
	}
	require.Equal(t, "flag --http", origins["http"])
	require.Equal(t, "env ZOOP_DRAIN", origins["drain"])
	require.Equal(t, "file "+path, origins["max_conns"])
	require.Equal(t, "default", origins["unready"])
	require.True(t, c.Given("drain"))
	require.False(t, c.Given("unready"))
}

func TestWrongSettingsNameThemselves(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  string
		says string
	}{
		"duration": {"ZOOP_DRAIN=soon", `drain from env ZOOP_DRAIN: "soon" is no duration`},
		"bound":    {"ZOOP_DRAIN=1h", "1h0m0s is not from 1s to 5m0s"},
		"role":     {"ZOOP_ROLES=api,chef", `"chef" is none of`},
		"no role":  {"ZOOP_ROLES=", "name at least one"},
		"number":   {"ZOOP_MAX_CONNS=-1", "from 0 to 1000"},
		"too few":  {"ZOOP_MAX_CONNS=3", "must be 0, or from 4 to 1000"},
		"flag":     {"ZOOP_POOLER=yes", "neither true nor false"},
		"level":    {"ZOOP_LOG_LEVEL=loud", "is none of"},
		"network":  {"ZOOP_TRUSTED_PROXIES=10.0.0.0/8,proxy", `"proxy" is neither a network`},
		"mapped":   {"ZOOP_RATE_EXEMPT=::ffff:10.0.0.1", "write it as IPv4"},
		"rate":     {"ZOOP_RATE_LIMITS=NaN", "from 0.01 to 1000"},
		"router":   {"ZOOP_OSRM_URL=osrm:5000", "osrm_url from env ZOOP_OSRM_URL: is no URL"},
		"query":    {"ZOOP_OSRM_URL=http://osrm/?x=1", "without user, query"},
		"user":     {"ZOOP_OSRM_URL=http://me:secret@osrm", "without user, query"},
		"vehicle":  {"ZOOP_OSRM_PROFILES=tram=rail", `osrm_profiles from env ZOOP_OSRM_PROFILES: "tram" is none of`},
		"profile":  {"ZOOP_OSRM_PROFILES=car", `"" is no profile`},
		"path":     {"ZOOP_OSRM_PROFILES=car=../x", `"../x" is no profile`},
		"twice":    {"ZOOP_OSRM_PROFILES=car=a,car=b", `"car" has two profiles`},
		"wait":     {"ZOOP_OSRM_TIMEOUT=1m", "osrm_timeout from env ZOOP_OSRM_TIMEOUT: 1m0s is not from"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(Sources{Env: []string{tc.env}})
			require.ErrorIs(t, err, ErrInvalid)
			require.ErrorContains(t, err, tc.says)
		})
	}
	path := filepath.Join(t.TempDir(), "zoop.yaml")
	require.NoError(t, os.WriteFile(path, []byte("htpp: x\n"), 0o600))
	_, err := Load(Sources{File: path})
	require.ErrorContains(t, err, `"htpp" is no setting`)
	_, err = Load(Sources{File: path + ".none"})
	require.ErrorIs(t, err, ErrInvalid)
}

func TestNetworksAndAddresses(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{Env: []string{"ZOOP_TRUSTED_PROXIES=10.1.2.3/8, 127.0.0.1,::1", "ZOOP_RATE_LIMITS=0.5"}})
	require.NoError(t, err)
	require.Equal(t, "[10.0.0.0/8 127.0.0.1/32 ::1/128]", fmt.Sprint(c.Proxies))
	require.InDelta(t, 0.5, c.RateLimits, 0)
	require.Empty(t, c.RateExempt)
}

func TestWhereClientsGetPicturesIsAURL(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"": "", "https://cdn.example.com/p/": "https://cdn.example.com/p", "http://127.0.0.1:9000/bucket": "http://127.0.0.1:9000/bucket"} {
		c, err := Load(Sources{Env: []string{"ZOOP_MEDIA_PUBLIC_URL=" + given}})
		require.NoError(t, err)
		require.Equal(t, want, c.MediaPublicURL)
	}
	for _, wrong := range []string{"cdn.example.com", "javascript:alert(1)", "https://", "https://cdn.example.com/?x=1", "/media"} {
		_, err := Load(Sources{Env: []string{"ZOOP_MEDIA_PUBLIC_URL=" + wrong}})
		require.ErrorContains(t, err, "media_public_url", wrong)
	}
}

func TestWhoKnowsTheRoads(t *testing.T) {
	t.Parallel()
	c, err := Load(Sources{})
	require.NoError(t, err)
	require.Empty(t, c.OSRMURL)
	require.Equal(t, map[string]string{"car": "driving", "motorbike": "driving"}, c.OSRMProfiles)
	c, err = Load(Sources{Env: []string{"ZOOP_OSRM_URL=http://osrm-{profile}:5000/x", "ZOOP_OSRM_PROFILES=bicycle=bike, foot=foot"}})
	require.NoError(t, err)
	require.Equal(t, "http://osrm-{profile}:5000/x", c.OSRMURL)
	require.Equal(t, map[string]string{"bicycle": "bike", "foot": "foot"}, c.OSRMProfiles)
	c, err = Load(Sources{Env: []string{"ZOOP_OSRM_PROFILES="}})
	require.NoError(t, err)
	require.Empty(t, c.OSRMProfiles)
}
