package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A courier whose answer was lost on the way, and who asks again, has the offer, and is not told that it is closed.
func TestALostAnswerIsGivenAgain(t *testing.T) {
	w := newWorld(t)
	w.exec(`UPDATE couriers SET online = true`)
	courier, x := w.who("courier"), keyed(about("/api/v1/offers/%s/accept", w.offer(), ""))
	for range 2 {
		status, problem := w.call(t, "POST", x, courier)
		require.Equal(t, 200, status, problem)
	}
	status, problem := w.call(t, "POST", target{path: x.path}, courier)
	require.Equal(t, 409, status)
	require.Equal(t, "offer.closed", problem["code"])
}

// A dry run is not what it tries, though both come with one key.
func TestADryRunIsNotTheDeed(t *testing.T) {
	w := newWorld(t)
	x := keyed(w.copied())
	dry := x
	dry.path += "?dryRun=true"
	status, problem := w.call(t, "POST", dry, w.who("the vendor's owner"))
	require.Equal(t, 200, status, problem)
	status, problem = w.call(t, "POST", x, w.who("the vendor's owner"))
	require.Equal(t, 422, status)
	require.Equal(t, "idempotency.other_body", problem["code"])
}
