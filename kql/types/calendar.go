package types

import "time"

// DaysInMonth is the number of days of a month of the Gregorian calendar; month is 1 to 12.
func DaysInMonth(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
