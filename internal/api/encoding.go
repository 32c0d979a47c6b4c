package api

import (
	"strconv"
	"strings"
)

// takesGzip says whether an Accept-Encoding asks for gzip at least as much as for the bytes as they are (RFC 9110, 12.5.3).
// Without the header, nothing is compressed.
func takesGzip(header string) bool {
	gzip, identity, others := -1.0, -1.0, -1.0 // not named
	for element := range strings.SplitSeq(header, ",") {
		coding, parameters, _ := strings.Cut(element, ";")
		q := quality(parameters)
		switch coding = strings.TrimSpace(coding); {
		case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"):
			gzip = max(gzip, q)
		case strings.EqualFold(coding, "identity"):
			identity = q
		case coding == "*":
			others = q
		}
	}
	if gzip < 0 {
		gzip = others
	}
	return gzip > 0 && gzip >= identity
}

// quality reads the weight of an element: 1 when there is none, 0 for one that is no number from 0 to 1.
func quality(parameters string) float64 {
	name, value, ok := strings.Cut(parameters, "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
