package scalar

import (
	"fmt"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// scaleOf are the units of one measure by lower-case name: how many base units one is.
type scaleOf map[string]float64

// unitFunctions are convert_length and its like: value, from, to
// (https://learn.microsoft.com/kusto/query/convert-length-function). Factors are those of SI and of the international
// yard and pound agreement.
func unitFunctions() map[string]Func {
	out := map[string]Func{"convert_temperature": strictErr(convertTemperature)}
	for name, units := range measures() {
		out["convert_"+name] = strictErr(func(_ *Env, args []types.Value) (types.Value, error) {
			f, ok := number(args[0])
			from, err := units.find(text(args[1]))
			if err != nil {
				return null, err
			}
			to, err := units.find(text(args[2]))
			return realOr(f*from/to, ok && err == nil), err
		})
	}
	return out
}

func (s scaleOf) find(unit string) (float64, error) {
	if f, ok := s[strings.ToLower(unit)]; ok {
		return f, nil
	}
	return 1, fmt.Errorf("%q is not a unit of this measure", unit)
}

// metric adds a unit with its decimal prefixes, raised to a power for areas and volumes.
func (s scaleOf) metric(unit string, base float64, power int) scaleOf {
	for prefix, e := range map[string]float64{
		"": 1, "deca": 1e1, "hecto": 1e2, "kilo": 1e3, "mega": 1e6, "giga": 1e9, "tera": 1e12, "peta": 1e15, "exa": 1e18,
		"deci": 1e-1, "centi": 1e-2, "milli": 1e-3, "micro": 1e-6, "nano": 1e-9, "pico": 1e-12, "femto": 1e-15,
	} {
		f := base
		for range power {
			f *= e
		}
		s[strings.ReplaceAll(unit, "~", prefix)] = f
	}
	return s
}

const (
	foot      = 0.3048
	pound     = 0.45359237
	gravity   = 9.80665
	degree    = 3.14159265358979323846 / 180
	poundFoot = pound * gravity * foot
)

func measures() map[string]scaleOf {
	return map[string]scaleOf{
		"length": scaleOf{
			"foot": foot, "inch": foot / 12, "yard": 3 * foot, "mile": 5280 * foot, "nauticalmile": 1852, "mil": foot / 12e3,
			"microinch": foot / 12e6, "hand": foot / 3, "fathom": 6 * foot, "chain": 66 * foot, "rod": 16.5 * foot, "shackle": 27.432,
			"twip": foot / 12 / 1440, "dtppoint": foot / 12 / 72, "dtppica": foot / 72, "printerpoint": foot / 12 / 72.27,
			"printerpica": foot / 72.27, "angstrom": 1e-10, "astronomicalunit": 149597870700, "lightyear": 9.4607304725808e15,
			"parsec": 3.0856775814913673e16, "kiloparsec": 3.0856775814913673e19, "megaparsec": 3.0856775814913673e22,
			"ussurveyfoot": 1200.0 / 3937, "solarradius": 6.95510e8,
		}.metric("~meter", 1, 1),
		"mass": scaleOf{
			"pound": pound, "ounce": pound / 16, "grain": pound / 7000, "stone": 14 * pound, "shortton": 2000 * pound,
			"longton": 2240 * pound, "shorthundredweight": 100 * pound, "longhundredweight": 112 * pound, "kilopound": 1e3 * pound,
			"megapound": 1e6 * pound, "slug": 14.593902937206364, "solarmass": 1.98947e30, "earthmass": 5.9722e24, "tonne": 1e3,
			"kilotonne": 1e6, "megatonne": 1e9,
		}.metric("~gram", 1e-3, 1),
		"energy": scaleOf{
			"britishthermalunit": 1055.05585262, "calorie": 4.184, "kilocalorie": 4184, "megacalorie": 4.184e6, "electronvolt": 1.602176634e-19,
			"kiloelectronvolt": 1.602176634e-16, "megaelectronvolt": 1.602176634e-13, "gigaelectronvolt": 1.602176634e-10,
			"teraelectronvolt": 1.602176634e-7, "erg": 1e-7, "footpound": poundFoot, "horsepowerhour": 2684519.5376961729,
			"thermec": 1.0550558526e8, "thermimperial": 1.05505585257348e8, "thermus": 1.054804e8,
		}.metric("~joule", 1, 1).metric("~watthour", 3600, 1).metric("~wattday", 86400, 1).merge(scaleOf{
			"megabritishthermalunit": 1055.05585262e6, "kilobritishthermalunit": 1055.05585262e3,
		}),
		"force": scaleOf{
			"dyn": 1e-5, "kilogramforce": gravity, "kilopond": gravity, "tonneforce": 1e3 * gravity, "poundforce": pound * gravity,
			"ounceforce": pound * gravity / 16, "poundal": pound * foot, "kilopoundforce": 1e3 * pound * gravity,
			"shorttonforce": 2000 * pound * gravity,
		}.metric("~newton", 1, 1),
		"speed": scaleOf{
			"knot": 1852.0 / 3600, "mach": 340.29, "footperhour": foot / 3600, "footperminute": foot / 60, "footpersecond": foot,
			"inchperhour": foot / 12 / 3600, "inchperminute": foot / 12 / 60, "inchpersecond": foot / 12, "mileperhour": 5280 * foot / 3600,
			"yardperhour": 3 * foot / 3600, "yardperminute": 3 * foot / 60, "yardpersecond": 3 * foot,
		}.metric("~meterpersecond", 1, 1).metric("~meterperminute", 1.0/60, 1).metric("~meterperhour", 1.0/3600, 1),
		"angle": {
			"radian": 1, "degree": degree, "arcminute": degree / 60, "arcsecond": degree / 3600, "gradian": degree * 0.9,
			"revolution": 360 * degree, "tilt": degree * 90, "nanoradian": 1e-9, "microradian": 1e-6, "milliradian": 1e-3,
			"centiradian": 1e-2, "deciradian": 1e-1, "nanodegree": degree * 1e-9, "microdegree": degree * 1e-6,
			"millidegree": degree * 1e-3, "natomil": 360 * degree / 6400,
		},
		"volume": scaleOf{
			"acrefoot": 1 / 0.000810714, "cubicfoot": foot * foot * foot, "cubicinch": foot * foot * foot / 1728,
			"cubicyard": 27 * foot * foot * foot, "cubicmile": 5280 * foot * 5280 * foot * 5280 * foot, "usgallon": 3.785411784e-3,
			"usquart": 9.46352946e-4, "uspint": 4.73176473e-4, "uslegalcup": 2.4e-4, "uscustomarycup": 2.365882365e-4,
			"metriccup": 2.5e-4, "usounce": 2.95735295625e-5, "ustablespoon": 1.478676478125e-5, "usteaspoon": 4.92892159375e-6,
			"imperialgallon": 4.54609e-3, "imperialquart": 1.1365225e-3, "imperialpint": 5.6826125e-4, "imperialounce": 2.84130625e-5,
			"oilbarrel": 0.158987294928, "usbeerbarrel": 0.117347765304, "imperialbeerbarrel": 0.16365924, "boardfoot": foot * foot * foot / 12,
			"metricteaspoon": 5e-6, "uktablespoon": 1.5e-5, "autablespoon": 2e-5, "hectousgallon": 0.3785411784, "megausgallon": 3785.411784,
			"hectocubicfoot": 100 * foot * foot * foot, "kilocubicfoot": 1e3 * foot * foot * foot,
		}.metric("cubic~meter", 1, 3).metric("~liter", 1e-3, 1).metric("~litre", 1e-3, 1),
	}
}

func (s scaleOf) merge(more scaleOf) scaleOf {
	for k, v := range more {
		s[k] = v
	}
	return s
}

// temperatures are the scales as kelvins = value * factor + offset.
var temperatures = map[string][2]float64{
	"kelvin": {1, 0}, "millidegreecelsius": {1e-3, 273.15}, "degreecelsius": {1, 273.15}, "degreefahrenheit": {5.0 / 9, 459.67 * 5 / 9},
	"degreerankine": {5.0 / 9, 0}, "degreereaumur": {1.25, 273.15}, "degreeroemer": {40.0 / 21, 273.15 - 7.5*40/21},
	"degreedelisle": {-2.0 / 3, 373.15}, "degreenewton": {100.0 / 33, 273.15}, "solartemperature": {5778, 0},
}

func convertTemperature(_ *Env, args []types.Value) (types.Value, error) {
	f, ok := number(args[0])
	var scale [2][2]float64
	for i := range scale {
		var known bool
		if scale[i], known = temperatures[strings.ToLower(text(args[i+1]))]; !known {
			return null, fmt.Errorf("%q is not a unit of temperature", text(args[i+1]))
		}
	}
	return realOr((f*scale[0][0]+scale[0][1]-scale[1][1])/scale[1][0], ok), nil
}
