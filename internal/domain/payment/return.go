package payment

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/zoop-dev/zoop/internal/domain"
)

// MaxReturnURL bounds an address to return to, in bytes.
const MaxReturnURL = 500

// Returns are the addresses to which a gateway's page may send a customer back: those of listed origins and of an app's own schemes.
type Returns struct{ origins, schemes []string }

var (
	scheme    = regexp.MustCompile(`^[a-z][a-z0-9.+-]{1,30}:$`)
	returnURL = regexp.MustCompile(`^[!-\[\]-~]*$`) // what ASCII prints, without \, that browsers read as /

	ourselves  = []string{"localhost", "127.0.0.1", "::1"}
	notOfAnApp = []string{"http:", "https:", "javascript:", "data:", "vbscript:", "file:", "blob:", "about:", "ftp:", "ws:", "wss:", "mailto:", "view-source:", "filesystem:", "intent:", "content:"}
)

// ParseReturns reads a list such as https://app.example, zoop-app:. A page is of https, but on this machine.
// It returns Invalid for what is neither an origin nor a scheme that only an app has.
func ParseReturns(list []string) (Returns, error) {
	var r Returns
	for _, entry := range list {
		if scheme.MatchString(entry) && !slices.Contains(notOfAnApp, entry) {
			r.schemes = append(r.schemes, entry)
			continue
		}
		u, err := url.Parse(entry)
		if err != nil || !returnURL.MatchString(entry) || u.Host == "" || origin(u) != entry || u.Scheme != "https" && !(u.Scheme == "http" && slices.Contains(ourselves, u.Hostname())) {
			return Returns{}, domain.Invalidf("return_urls", "format", "%q is neither an origin such as https://app.example nor the scheme of an app such as zoop-app:", entry)
		}
		r.origins = append(r.origins, entry)
	}
	return r, nil
}

// Check is Invalid, naming returnUrl, for an address that is not listed; "" is none.
func (r Returns) Check(text string) error {
	if text == "" {
		return nil
	}
	if len(r.origins)+len(r.schemes) == 0 {
		return domain.Invalidf("returnUrl", "not_listed", "no addresses to return to are listed here")
	}
	if len(text) > MaxReturnURL {
		return domain.Invalidf("returnUrl", "max_length", "at most %d characters", MaxReturnURL)
	}
	u, err := url.Parse(text)
	if err != nil || !returnURL.MatchString(text) || u.User != nil {
		return domain.Invalidf("returnUrl", "format", "must be an absolute address, percent-encoded, without a user")
	}
	if !slices.Contains(r.schemes, u.Scheme+":") && (u.Host == "" || !slices.Contains(r.origins, origin(u))) {
		return domain.Invalidf("returnUrl", "not_listed", "must begin with one of: %s", strings.Join(slices.Concat(r.origins, r.schemes), ", "))
	}
	return nil
}

func origin(u *url.URL) string { return u.Scheme + "://" + strings.ToLower(u.Host) }
