package postgres

// Around is around, for tests of plans from outside.
var Around = around
