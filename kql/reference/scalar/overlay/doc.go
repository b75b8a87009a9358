// Package overlay computes with areas on the sphere: union, intersection and buffers, with edges that are geodesics.
//
// It owns the geometry alone. GeoJSON, nulls and units are its caller's (kql/reference/scalar).
//
// Flow of an operation:
//   - the edges of both areas are split where they cross (split.go);
//   - each piece is kept or dropped by where it lies in the other area, and pieces that both share by their direction;
//   - what is kept is walked into rings (walk.go), which start where the S2 library of the service starts them, because
//     the reference prints results in that order.
//
// Points are told apart down to 1e-11 radians, 0.06 mm on the earth. Areas whose corners differ by less than that without
// being equal may be united wrongly: their sides cross where rounding has them do so.
//
// Start reading at Area and Union.
package overlay
