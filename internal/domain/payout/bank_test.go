package payout

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/zoop-dev/zoop/internal/domain"
)

func TestBankAccounts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		bank  Bank
		wrong string // field, "" for none
		mask  string
	}{
		"iban":                {Bank{"Casa Lima", IBAN, "de89 3704 0044 0532 0130 00", ""}, "", "••••3000"},
		"another iban":        {Bank{"Casa Lima", IBAN, "GB82WEST12345698765432", ""}, "", "••••5432"},
		"iban, mistyped":      {Bank{"Casa Lima", IBAN, "DE89370400440532013001", ""}, "number", ""},
		"iban, swapped":       {Bank{"Casa Lima", IBAN, "DE89370400440532010300", ""}, "number", ""},
		"iban, short":         {Bank{"Casa Lima", IBAN, "DE8917040044", ""}, "number", ""},
		"iban, long":          {Bank{"Casa Lima", IBAN, "DE89" + strings.Repeat("1", 31), ""}, "number", ""},
		"iban with routing":   {Bank{"Casa Lima", IBAN, "DE89370400440532013000", "HDFC0000001"}, "routing", ""},
		"ifsc":                {Bank{"Ravi", IFSC, "0012-3456-7890", "hdfc0000001"}, "", "••••7890"},
		"ifsc without a zero": {Bank{"Ravi", IFSC, "001234567890", "HDFC1000001"}, "routing", ""},
		"ifsc, short":         {Bank{"Ravi", IFSC, "00123456", "HDFC0000001"}, "number", ""},
		"ifsc without a code": {Bank{"Ravi", IFSC, "001234567890", ""}, "routing", ""},
		"aba":                 {Bank{"Sam", ABA, "1234", "021000021"}, "", "••••34"},
		"aba, mistyped":       {Bank{"Sam", ABA, "1234", "021000022"}, "routing", ""},
		"aba of nothing":      {Bank{"Sam", ABA, "1234", "000000000"}, "routing", ""},
		"aba with letters":    {Bank{"Sam", ABA, "12E4", "021000021"}, "number", ""},
		"local":               {Bank{"Bruce", Local, "123456789", "062-000"}, "", "••••6789"},
		"local with a word":   {Bank{"Bruce", Local, "12345\n6789", "062000"}, "number", ""},
		"a scheme of nobody":  {Bank{"Bruce", "cash", "123456789", "062000"}, "scheme", ""},
		"nobody's":            {Bank{" ", IBAN, "DE89370400440532013000", ""}, "holder", ""},
		"a long name":         {Bank{strings.Repeat("a", 71), IBAN, "DE89370400440532013000", ""}, "holder", ""},
		"a name that turns":   {Bank{"Sam\u202e", IBAN, "DE89370400440532013000", ""}, "holder", ""},
	} {
		got, err := ParseBank(tc.bank)
		if tc.wrong == "" {
			require.NoError(t, err, name)
			require.Equal(t, tc.mask, got.Mask(), name)
			again, err := ParseBank(got)
			require.NoError(t, err, name)
			require.Equal(t, got, again, name)
			require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", got, got, got, got), got.Number, "it is in no log")
			continue
		}
		var wrong *domain.Error
		require.ErrorAs(t, err, &wrong, name)
		require.Equal(t, domain.Invalid, wrong.Kind, name)
		require.Equal(t, tc.wrong, wrong.Fields[0].Field, name)
		require.NotContains(t, err.Error(), tc.bank.Number, name)
	}
}
