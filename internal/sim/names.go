package sim

import (
	"fmt"
	"strconv"
	"strings"
)

var firstNames = []string{
	"Aarav", "Aditi", "Amara", "Anika", "Arjun", "Bilal", "Chen", "Dalia", "Deepa", "Elif",
	"Emeka", "Farah", "Gita", "Hana", "Harsh", "Imran", "Ines", "Ishaan", "Jaya", "Jonas",
	"Kabir", "Kavya", "Lakshmi", "Leila", "Mateo", "Meera", "Mina", "Nadia", "Neel", "Omar",
	"Pooja", "Priya", "Rahul", "Rohan", "Sana", "Sofia", "Tara", "Usha", "Vikram", "Zara",
}

var lastNames = []string{
	"Acharya", "Ahmed", "Almeida", "Banerjee", "Bhat", "Chauhan", "Chopra", "Costa", "Das", "Desai",
	"Dutta", "Fernandes", "Ghosh", "Gill", "Gupta", "Haddad", "Iyer", "Jain", "Joshi", "Kapoor",
	"Kaur", "Khan", "Kim", "Kulkarni", "Kumar", "Lal", "Lobo", "Malik", "Mehta", "Menon",
	"Mishra", "Nair", "Nguyen", "Okafor", "Patel", "Pillai", "Qureshi", "Rao", "Reddy", "Rossi",
	"Roy", "Sato", "Sen", "Shah", "Sharma", "Singh", "Thomas", "Varma", "Yadav", "Zafar",
}

var streets = []string{
	"Lake Road", "Temple Street", "Station Road", "Garden Lane", "Hill View", "Market Street", "Park Avenue", "River Walk",
}

// person is the name of number n; the first 2000 are different. (The step of 41 through 50 last names visits all of them.)
func person(n int) (first, last string) {
	return firstNames[n%len(firstNames)], lastNames[(n/len(firstNames)+n)%len(lastNames)]
}

// mailbox is the address of a bot. It does not depend on the seed, so that another run plays with the same accounts.
func mailbox(kind string, n int) string {
	first, last := person(n)
	return fmt.Sprintf("%s.%s@%s.sim.zoop.test", strings.ToLower(first), strings.ToLower(last), kind)
}

// doorplate is the first line of the address of customer n. It carries the number, as house numbers do, by which a courier
// finds whose door it is.
func doorplate(n int) string { return fmt.Sprintf("%d %s", n+1, streets[n%len(streets)]) }

// whoseDoor reads a doorplate. ok is false for an address that is none.
func whoseDoor(line string) (n int, ok bool) {
	number, _, _ := strings.Cut(line, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > maxCustomers || !strings.HasPrefix(line, doorplate(n-1)) {
		return 0, false
	}
	return n - 1, true
}
