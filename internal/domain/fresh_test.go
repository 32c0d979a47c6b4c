package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

// TestAVersionThatIsNotYet is refused, and not as if somebody had changed the thing.
func TestAVersionThatIsNotYet(t *testing.T) {
	t.Parallel()
	require.EqualError(t, domain.Fresh(99, 3), "precondition: its version is 3, not 99")
	require.EqualError(t, domain.Fresh(2, 3), "precondition: it was changed since: its version is 3, not 2")
	require.NoError(t, domain.Fresh(3, 3))
}
