package builtin

// geography are the functions on coordinates, which are longitude first, and on GeoJSON.
func geography() []*Function {
	return append(append(shapes(), cells()...),
		scalar("The distance of two points in metres.", "geo_distance_2points(longitude1: number, latitude1: number, longitude2: number, latitude2: number, spheroid?: number|bool): real"),
		scalar("The angle at a point between two others.", "geo_angle(longitude1: number, latitude1: number, longitude2: number, latitude2: number, longitude3: number, latitude3: number): real"),
		scalar("The direction from one point to another, in radians from north.", "geo_azimuth(longitude1: number, latitude1: number, longitude2: number, latitude2: number): real"),
		scalar("The distance of a point from a line in metres.", "geo_distance_point_to_line(longitude: number, latitude: number, line: dynamic): real"),
		scalar("The distance of a point from a polygon in metres.", "geo_distance_point_to_polygon(longitude: number, latitude: number, polygon: dynamic): real"),
		scalar("The point of a line that is next to a point.", "geo_closest_point_on_line(longitude: number, latitude: number, line: dynamic): dynamic"),
		scalar("The point of a polygon that is next to a point.", "geo_closest_point_on_polygon(longitude: number, latitude: number, polygon: dynamic): dynamic"),
		scalar("Whether a point lies in a circle.", "geo_point_in_circle(longitude: number, latitude: number, center_longitude: number, center_latitude: number, radius: number): bool"),
		scalar("Whether a point lies in a polygon.", "geo_point_in_polygon(longitude: number, latitude: number, polygon: dynamic): bool"),
		scalar("The polygon around a point.", "geo_point_buffer(longitude: number, latitude: number, radius: number, tolerance?: number): dynamic"),
		scalar("GeoJSON of well-known text.", "geo_from_wkt(wkt: any): dynamic"),
	)
}

// shapes are the functions on lines and polygons.
func shapes() []*Function {
	return []*Function{
		scalar("Whether two lines intersect.", "geo_intersects_2lines(line1: dynamic, line2: dynamic): bool"),
		scalar("Whether a line intersects a polygon.", "geo_intersects_line_with_polygon(line: dynamic, polygon: dynamic): bool"),
		scalar("Whether two polygons intersect.", "geo_intersects_2polygons(polygon1: dynamic, polygon2: dynamic): bool"),
		scalar("Where two lines intersect.", "geo_intersection_2lines(line1: dynamic, line2: dynamic): dynamic"),
		scalar("The part of a line in a polygon.", "geo_intersection_line_with_polygon(line: dynamic, polygon: dynamic): dynamic"),
		scalar("The part that two polygons share.", "geo_intersection_2polygons(polygon1: dynamic, polygon2: dynamic): dynamic"),
		scalar("Polygons as one.", "geo_union_polygons_array(polygons: dynamic): dynamic"),
		scalar("Polygons without needless points.", "geo_simplify_polygons_array(polygons: dynamic, tolerance?: number): dynamic"),
		scalar("Lines as one.", "geo_union_lines_array(lines: dynamic): dynamic"),
		scalar("A polygon with points added.", "geo_polygon_densify(polygon: dynamic, tolerance?: number, preserve_crossing?: number|bool): dynamic"),
		scalar("The area of a polygon in square metres.", "geo_polygon_area(polygon: dynamic): real"),
		scalar("A polygon with a border around it.", "geo_polygon_buffer(polygon: dynamic, radius: number, tolerance?: number): dynamic"),
		scalar("The middle of a polygon.", "geo_polygon_centroid(polygon: dynamic): dynamic"),
		scalar("The length of a polygon's border in metres.", "geo_polygon_perimeter(polygon: dynamic): real"),
		scalar("A polygon without needless points.", "geo_polygon_simplify(polygon: dynamic, tolerance?: number): dynamic"),
		scalar("The length of a line in metres.", "geo_line_length(line: dynamic): real"),
		scalar("The polygon around a line.", "geo_line_buffer(line: dynamic, radius: number, tolerance?: number): dynamic"),
		scalar("The middle of a line.", "geo_line_centroid(line: dynamic): dynamic"),
		scalar("A line with points added.", "geo_line_densify(line: dynamic, tolerance?: number, preserve_crossing?: number|bool): dynamic"),
		scalar("A line without needless points.", "geo_line_simplify(line: dynamic, tolerance?: number): dynamic"),
		scalar("Where along a line a point is, as a fraction.", "geo_line_locate_point(line: dynamic, longitude: number, latitude: number, spheroid?: number|bool): real"),
		scalar("The point at a fraction of a line.", "geo_line_interpolate_point(line: dynamic, fraction: number): dynamic"),
	}
}

// cells are the functions on the cells of geohash, S2 and H3.
func cells() []*Function {
	return []*Function{
		scalar("The geohash of a point.", "geo_point_to_geohash(longitude: number, latitude: number, accuracy?: number): string"),
		scalar("The middle of a geohash.", "geo_geohash_to_central_point(geohash: string): dynamic"),
		scalar("The rectangle of a geohash.", "geo_geohash_to_polygon(geohash: string): dynamic"),
		scalar("The geohashes around a geohash.", "geo_geohash_neighbors(geohash: string): dynamic"),
		scalar("The S2 cell of a point.", "geo_point_to_s2cell(longitude: number, latitude: number, level?: number): string"),
		scalar("The middle of an S2 cell.", "geo_s2cell_to_central_point(cell: string): dynamic"),
		scalar("The polygon of an S2 cell.", "geo_s2cell_to_polygon(cell: string): dynamic"),
		scalar("The S2 cells around an S2 cell.", "geo_s2cell_neighbors(cell: string): dynamic"),
		scalar("The S2 cells that cover a polygon.", "geo_polygon_to_s2cells(polygon: dynamic, level?: number, radius?: number): dynamic"),
		scalar("The S2 cells that cover a line.", "geo_line_to_s2cells(line: dynamic, level?: number, radius?: number): dynamic"),
		scalar("The H3 cell of a point.", "geo_point_to_h3cell(longitude: number, latitude: number, resolution?: number): string"),
		scalar("The middle of an H3 cell.", "geo_h3cell_to_central_point(cell: string): dynamic"),
		scalar("The polygon of an H3 cell.", "geo_h3cell_to_polygon(cell: string): dynamic"),
		scalar("The H3 cells around an H3 cell.", "geo_h3cell_neighbors(cell: string): dynamic"),
		scalar("The H3 cells in an H3 cell.", "geo_h3cell_children(cell: string, resolution?: number): dynamic"),
		scalar("The H3 cell that an H3 cell lies in.", "geo_h3cell_parent(cell: string, resolution?: number): string"),
		scalar("The rings of H3 cells around an H3 cell.", "geo_h3cell_rings(cell: string, distance: number): dynamic"),
		scalar("The resolution of an H3 cell.", "geo_h3cell_level(cell: string): int"),
		scalar("The H3 cells that cover a polygon.", "geo_polygon_to_h3cells(polygon: dynamic, resolution?: number, radius?: number): dynamic"),
	}
}
