package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
)

// keyHeader carries the caller's name for a request that must have its effect once.
const keyHeader = "Idempotency-Key"

// once has a handler run at most once for a caller's key; without one it simply runs.
func (s *server) once(c *call, rt route) (answer, error) {
	if !c.op.keyed || c.Header.Get(keyHeader) == "" {
		return s.within(c.Context(), c, rt)
	}
	var first answer
	kept, err := s.keys(c.Context(), c.keyed(), func(ctx context.Context) (domain.Answer, error) {
		c.ctx = ctx
		var err error
		if first, err = s.within(ctx, c, rt); err != nil {
			return domain.Answer{}, err
		}
		first.raw, err = first.bytes()
		return domain.Answer{Status: first.status, Body: first.raw, ETag: first.etag}, err
	})
	if err != nil || !kept.Replayed {
		return first, err
	}
	return answer{
		status: kept.Status, raw: kept.Body, etag: kept.ETag, header: map[string]string{"Idempotency-Replayed": "true"},
	}, nil
}

// keyed names the request: the same key means another one for another caller, and on another thing.
func (c *call) keyed() domain.Request {
	asked := c.payload
	if query := c.URL.RawQuery; query != "" { // a dry run is not what it tries
		asked = append([]byte(query+"\n"), asked...)
	}
	body := sha256.Sum256(asked)
	path := sha256.Sum256([]byte(strings.ToLower(c.URL.EscapedPath()))) // IDs are written in either case, and garbage has any length
	r := domain.Request{
		Principal: c.actor.ID, Route: c.op.id + " " + base64.RawURLEncoding.EncodeToString(path[:]), Key: c.Header.Get(keyHeader), Hash: body[:],
	}
	if !c.actor.Key.IsNil() {
		r.Principal = c.actor.Key
	}
	return r
}
