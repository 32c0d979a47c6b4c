package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

func TestTheRatioIsTheMedianOfTheRounds(t *testing.T) {
	t.Parallel()
	r := result{Goal: Goal{Name: "x", Bar: 0.7, Aim: 0.9}}
	for _, v := range []float64{90, 50, 80} {
		r.zoop, r.limit = append(r.zoop, Sample{Value: v}), append(r.limit, Sample{Value: 100})
	}
	require.InDelta(t, 0.8, r.ratio(), 1e-9)
	require.Equal(t, "x: 0.80 (0.50 to 0.90), bar 0.70, aim 0.90: bar reached", r.line())
	r.AtMost = true
	require.Equal(t, "aim reached", r.verdict())
	r.Aim, r.Bar = 0.6, 0.7
	require.Equal(t, "missed", r.verdict())
	r.err = skip("no data")
	require.Equal(t, "skipped: no data", r.verdict())
	r.err = errors.New("broken")
	require.Error(t, (&report{results: []result{r}}).verdict())
}

func TestStatementsAreReadFromTheLog(t *testing.T) {
	t.Parallel()
	log := strings.Join([]string{
		"2026-03-02 06:30:00.000 UTC [7] LOG:  duration: 0.1 ms  parse s1: -- name: Near :many",
		"2026-03-02 06:30:00.000 UTC [7] LOG:  duration: 0.1 ms  execute s0: -- name: Relay :many",
		"\tSELECT 1",
		"2026-03-02 06:30:00.000 UTC [8] LOG:  duration: 12.5 ms  execute s1: -- name: Near :many",
		"\tSELECT $1, $2, $3, $11",
		"\tWHERE a = $1",
		"2026-03-02 06:30:00.000 UTC [8] DETAIL:  Parameters: $1 = '28.5', $2 = NULL, $3 = 'it''s, $1 = ''x''', $11 = '9'",
		"2026-03-02 06:30:00.000 UTC [7] LOG:  duration: 0.1 ms  execute s2: SELECT $1",
		"2026-03-02 06:30:00.000 UTC [7] DETAIL:  Parameters: $1 = '4'", "",
	}, "\n")
	found := fromLog(log, func(st statement) bool { return st.name == "Near" || st.name == "Far" })
	require.Len(t, found, 1, "the others have other names, or none")
	found[0].types = []string{0: "float8", 1: "int", 2: "text", 10: "int[]"}
	var asked Asked
	asked.add(statement{sql: "SELECT 1"})
	asked.add(found[0])
	require.Equal(t, "SELECT 1;\n-- name: Near :many\n\tSELECT :s1_1::float8, NULL::int, :s1_3::text, :s1_11::int[]\n\tWHERE a = :s1_1::float8;\n", asked.script)
	require.Equal(t, []string{"s1_1=28.5", "s1_3=it's, $1 = 'x'", "s1_11=9"}, asked.values)
}

func TestWhatIsNewIsNewEachTime(t *testing.T) {
	t.Parallel()
	st := statement{sql: "UPDATE t SET a = $1, b = $2, c = $3, d = $4 WHERE e = $5", types: []string{"uuid", "uuid", "uuid", "text", "text"}, given: map[string]string{
		"$1": "'01a223ca-0000-7000-8000-000000000001'", "$2": "'" + kitchenPrefix + "000000000001'", "$3": "'" + orderPrefix + "000000000001'", "$4": "'7K3P0Q'", "$5": "''",
	}}
	st.renew([]string{"7K3P0Q"})
	var asked Asked
	asked.add(st)
	require.Equal(t, "UPDATE t SET a = ((left(:s0_1, 24) || lpad(to_hex(:f::bigint), 12, '0'))::uuid)::uuid, b = :s0_2::uuid, "+
		"c = (('"+orderPrefix+"' || lpad(:f::text, 12, '0'))::uuid)::uuid, d = (:s0_4 || '-' || :f::text)::text WHERE e = ''::text;\n", asked.script)
	require.True(t, writes.MatchString(comment.ReplaceAllString("-- name: X :exec\n-- why\nWITH a AS (SELECT 1)\nDELETE FROM t", "")))
	require.False(t, writes.MatchString(comment.ReplaceAllString("-- name: UpdateLock :one\n-- DELETE nothing\nSELECT 1 FOR UPDATE", "")))
}

// TestTheLoadGenerator has it count against a server of which it knows the answers.
func TestTheLoadGenerator(t *testing.T) {
	t.Parallel()
	var asked, changed, refuse atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut && r.Header.Get("Authorization") == "Bearer t":
			changed.Add(1)
			w.WriteHeader(http.StatusNoContent)
		case asked.Add(1) == refuse.Load():
			http.Error(w, "enough", http.StatusServiceUnavailable)
		default:
			_, _ = w.Write([]byte("hello"))
		}
	}))
	t.Cleanup(server.Close)
	run := func(l Load) (got loaded) {
		l.Address, l.For = strings.TrimPrefix(server.URL, "http://"), 50*time.Millisecond
		told, err := json.Marshal(l)
		require.NoError(t, err)
		var out strings.Builder
		require.NoError(t, runLoad(context.Background(), strings.NewReader(string(told)), &out))
		require.NoError(t, json.Unmarshal([]byte(out.String()), &got))
		return got
	}
	got := run(Load{Connections: 3, Requests: []Request{{Path: "/a"}, {Path: "/b"}}})
	require.Empty(t, got.Failure)
	require.EqualValues(t, asked.Load(), got.Done)
	require.LessOrEqual(t, got.P50, got.P99)

	asked.Store(0)
	got = run(Load{Connections: 4, Requests: []Request{{Path: "/a"}}, Burst: true, Before: []Request{{Method: "PUT", Path: "/c", Token: "t", Body: "{}"}}})
	require.Empty(t, got.Failure)
	require.EqualValues(t, asked.Load(), got.Done)
	require.Equal(t, asked.Load(), 4*changed.Load(), "one change before each burst of four")

	asked.Store(0)
	got = run(Load{Connections: 4, Requests: []Request{{Path: "/a"}}, Most: 3})
	require.Equal(t, 3, got.Done)
	got = run(Load{Connections: 4, Requests: []Request{{Path: "/a"}}, Most: 11, Burst: true})
	require.Equal(t, 8, got.Done, "whole bursts")

	asked.Store(0)
	refuse.Store(2)
	got = run(Load{Connections: 1, Requests: []Request{{Path: "/a"}}})
	require.Contains(t, got.Failure, "503")
	require.Contains(t, got.Failure, "enough")
}

// TestSocketsSayWhereTheyAre has it count frames against a server that refuses one of them.
func TestSocketsSayWhereTheyAre(t *testing.T) {
	t.Parallel()
	var located, refuse atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_ = c.WriteMessage(websocket.PingMessage, nil)
		for {
			var f struct {
				Type     string
				Lat, Lng float64
			}
			if c.ReadJSON(&f) != nil {
				return
			}
			answer := `{"type":"pong"}`
			switch {
			case f.Type == "location" && f.Lat > 28 && f.Lng > 77 && located.Add(1) != refuse.Load():
				continue
			case f.Type == "location":
				answer = `{"type":"error","code":"stale"}`
			}
			_ = c.WriteMessage(websocket.TextMessage, []byte(answer))
		}
	}))
	t.Cleanup(server.Close)
	run := func() (got loaded) {
		told, err := json.Marshal(Load{Address: strings.TrimPrefix(server.URL, "http://"), For: 50 * time.Millisecond, Sockets: make([]string, 50)})
		require.NoError(t, err)
		var out strings.Builder
		require.NoError(t, runLoad(context.Background(), strings.NewReader(string(told)), &out))
		require.NoError(t, json.Unmarshal([]byte(out.String()), &got))
		return got
	}
	got := run()
	require.Empty(t, got.Failure)
	require.GreaterOrEqual(t, got.Done, 50)
	require.EqualValues(t, located.Load(), got.Done)
	refuse.Store(located.Load() + 20)
	require.Contains(t, run().Failure, "stale")
}
