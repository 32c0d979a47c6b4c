package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/id"
)

// Whoever lets files drip in takes two places, and leaves the others to the others.
func TestNobodyTakesAllPlacesForFiles(t *testing.T) {
	t.Parallel()
	u := &uploads{by: map[domain.ID]int{}}
	one := domain.Actor{ID: id.New()}
	var release func()
	for range maxUploadsEach {
		var err error
		release, err = u.take(one)
		require.NoError(t, err)
	}
	_, err := u.take(one)
	require.Equal(t, domain.Unavailable, domain.KindOf(err))
	for range maxUploads - maxUploadsEach {
		_, err := u.take(domain.Actor{ID: id.New()})
		require.NoError(t, err)
	}
	_, err = u.take(domain.Actor{ID: id.New()})
	require.Equal(t, domain.Unavailable, domain.KindOf(err), "the places are all taken")
	release()
	_, err = u.take(domain.Actor{ID: one.ID, Key: id.New()})
	require.NoError(t, err, "a key has places of its own")
}
