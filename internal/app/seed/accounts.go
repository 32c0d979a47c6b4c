package seed

import "fmt"

// The demo accounts sign in like any other, by a code that is mailed to their address. Addresses follow a scheme, all under
// a domain that no mail leaves for:
//
//	owner+SLUG@demo.zoop.test          the owner of the demo vendor, SLUG being its name in ASCII with dashes
//	customer+CITY-NN@demo.zoop.test    NN from 01 to 30
//	courier+CITY-NN@demo.zoop.test     NN from 01 to 15
//
// CITY is blr (Bengaluru), ldn (London) or sao (São Paulo).
const demoDomain = "@demo.zoop.test"

// DemoOwner is the address of a demo vendor's owner.
func DemoOwner(slug string) string { return "owner+" + slug + demoDomain }

// DemoCustomer is the address of the n-th customer of a city, from 1.
func DemoCustomer(city string, n int) string {
	return fmt.Sprintf("customer+%s-%02d%s", city, n, demoDomain)
}

// DemoCourier is the address of the n-th courier of a city, from 1.
func DemoCourier(city string, n int) string {
	return fmt.Sprintf("courier+%s-%02d%s", city, n, demoDomain)
}

// DemoOwners are the addresses of all demo vendors' owners, city by city.
func DemoOwners() []string { return demoAddresses(func(c demoCity) []string { return c.owners() }) }

// DemoCustomers are the addresses of all demo customers, city by city.
func DemoCustomers() []string {
	return demoAddresses(func(c demoCity) []string { return numbered(c.key, demoCustomers, DemoCustomer) })
}

// DemoCouriers are the addresses of all demo couriers, city by city.
func DemoCouriers() []string {
	return demoAddresses(func(c demoCity) []string { return numbered(c.key, demoCouriers, DemoCourier) })
}

func demoAddresses(of func(demoCity) []string) []string {
	var out []string
	for _, c := range demoCities() {
		out = append(out, of(c)...)
	}
	return out
}

func (c demoCity) owners() []string {
	out := make([]string, len(c.vendors))
	for i, v := range c.vendors {
		out[i] = DemoOwner(v.slug)
	}
	return out
}

func numbered(city string, count int, address func(string, int) string) []string {
	out := make([]string, count)
	for i := range out {
		out[i] = address(city, i+1)
	}
	return out
}

// Given and family names of demo people, put together by lot.
var (
	demoFirst = []string{
		"Aarini", "Abel", "Bianca", "Caio", "Devika", "Edie", "Farid", "Gauri", "Heitor", "Imogen", "Jairo", "Kiran", "Lívia",
		"Manav", "Nell", "Otávio", "Poppy", "Quim", "Reyansh", "Sunita", "Tomás", "Uma", "Vera", "Wilf", "Yasmin", "Zeno",
	}
	demoLast = []string{
		"Ashgrove", "Bhattan", "Carvalhosa", "Dunmarsh", "Esteves", "Fernhollow", "Gowdappa", "Hallowby", "Iyengaran", "Jardim",
		"Kelwick", "Lameira", "Mandanna", "Northgate", "Oliveto", "Pemberfold", "Quintanilha", "Ramanath", "Saldanhas", "Thistlewood",
	}
)
