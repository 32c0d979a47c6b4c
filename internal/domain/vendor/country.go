package vendor

import "github.com/zoop-dev/zoop/internal/domain"

// Country is what a vendor of a country begins with, unless it says otherwise.
type Country struct {
	Currency domain.Currency
	Timezone string             // of the largest city
	TaxRate  domain.BasisPoints // on prepared food; 0 where it differs by state
}

// countries are those with a currency that the marketplace trades in, by ISO 3166-1 alpha-2.
var countries = map[string]Country{
	"AE": {"AED", "Asia/Dubai", 500},
	"AT": {"EUR", "Europe/Vienna", 1000},
	"AU": {"AUD", "Australia/Sydney", 1000},
	"BE": {"EUR", "Europe/Brussels", 1200},
	"BH": {"BHD", "Asia/Bahrain", 1000},
	"BR": {"BRL", "America/Sao_Paulo", 0},
	"BW": {"BWP", "Africa/Gaborone", 1400},
	"CA": {"CAD", "America/Toronto", 500},
	"DE": {"EUR", "Europe/Berlin", 700},
	"ES": {"EUR", "Europe/Madrid", 1000},
	"FR": {"EUR", "Europe/Paris", 1000},
	"GB": {"GBP", "Europe/London", 2000},
	"ID": {"IDR", "Asia/Jakarta", 1000},
	"IE": {"EUR", "Europe/Dublin", 1350},
	"IN": {"INR", "Asia/Kolkata", 500},
	"IT": {"EUR", "Europe/Rome", 1000},
	"JP": {"JPY", "Asia/Tokyo", 800},
	"KW": {"KWD", "Asia/Kuwait", 0},
	"LK": {"LKR", "Asia/Colombo", 1800},
	"NL": {"EUR", "Europe/Amsterdam", 900},
	"NZ": {"NZD", "Pacific/Auckland", 1500},
	"PH": {"PHP", "Asia/Manila", 1200},
	"PT": {"EUR", "Europe/Lisbon", 1300},
	"QA": {"QAR", "Asia/Qatar", 0},
	"SG": {"SGD", "Asia/Singapore", 900},
	"TR": {"TRY", "Europe/Istanbul", 1000},
	"US": {"USD", "America/New_York", 0},
	"ZA": {"ZAR", "Africa/Johannesburg", 1500},
}

// CountryOf gives a country's beginnings, by ISO 3166-1 alpha-2; false for one the marketplace has none for.
func CountryOf(code string) (Country, bool) {
	c, ok := countries[code]
	return c, ok
}
