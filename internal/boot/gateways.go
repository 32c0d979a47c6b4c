package boot

import (
	"slices"

	"github.com/zoop-dev/zoop/internal/config"
	"github.com/zoop-dev/zoop/internal/domain"
	"github.com/zoop-dev/zoop/internal/payment"
	"github.com/zoop-dev/zoop/internal/payment/sandbox"
	"github.com/zoop-dev/zoop/internal/payment/stripe"
)

// newGateways makes those that the settings name, the one first that is taken where nobody chooses. It returns Invalid for
// settings that cannot be used; it does not connect.
func newGateways(c *config.Config) ([]payment.Gateway, error) {
	var out []payment.Gateway
	if c.StripeKey != "" || c.StripeWebhookSecret != "" {
		g, err := stripe.New(stripe.Options{Key: c.StripeKey, WebhookSecret: c.StripeWebhookSecret})
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	if c.SandboxURL != "" {
		g, err := sandbox.NewClient(c.SandboxURL, c.SandboxSecret, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, nil
}

// names are the gateways' names, in their order.
func names(gateways []payment.Gateway) []string {
	out := make([]string, len(gateways))
	for i, g := range gateways {
		out[i] = g.Name()
	}
	return out
}

// takes says of each gateway what it can charge.
func takes(gateways []payment.Gateway) func(string, domain.Money) bool {
	return func(provider string, m domain.Money) bool {
		return slices.ContainsFunc(gateways, func(g payment.Gateway) bool { return g.Name() == provider && g.Takes(m) })
	}
}
