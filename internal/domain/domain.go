// Package domain is the kernel of the marketplace's rules: identifiers, money, points, actors and the one error type.
//
// Its subpackages hold a concept each (order, menu, pricing, …) and refer to each other by ID, never by import.
// Nothing here reads a clock, randomness, a file or the network: time and identifiers are always arguments.
package domain
