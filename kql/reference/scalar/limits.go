package scalar

import "fmt"

// tooLarge is the error of a call whose work or result passes a bound.
func tooLarge(what string, n, limit int) error {
	return fmt.Errorf("%s: %d, where the limit is %d", what, n, limit)
}
