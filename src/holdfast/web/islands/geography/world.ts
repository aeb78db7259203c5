// The land behind the map of duty stations, drawn once at build time from Natural Earth's public-domain outlines, in the
// frame and projection of pages/whatif/map.py. No browser projects anything: the page places its points itself.

import { geoEqualEarth, geoPath } from "d3-geo";
import { feature, mesh } from "topojson-client";

export const WIDTH = 960;
export const HEIGHT = 420;

/** The projection of the frame: degrees to its units. */
export function projection() {
  return geoEqualEarth().scale(177).translate([480, 232]).precision(0.3);
}

interface Atlas {
  objects: { countries: unknown; land: unknown };
}

/** An SVG file of land and borders; a grey that light and dark both bear, since a picture does not know the theme. */
export function worldSvg(atlas: Atlas): string {
  const path = geoPath(projection().clipExtent([[0, 0], [WIDTH, HEIGHT]])).digits(1);
  const land = path(feature(atlas, atlas.objects.land)) ?? "";
  const borders = path(mesh(atlas, atlas.objects.countries, (one: unknown, other: unknown) => one !== other)) ?? "";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">` +
    `<g transform="scale(.1)"><path d="${short(land)}" fill="#8593a1" fill-opacity=".3"/>` +
    `<path d="${short(borders)}" fill="none" stroke="#8593a1" stroke-opacity=".45" stroke-width="4"/></g></svg>\n`
  );
}

/** A path of absolute lines in tenths of its units, each point counted from the one before: half as long. */
export function short(path: string): string {
  let x = 0;
  let y = 0;
  return path.replace(/([ML])(-?[\d.]+),(-?[\d.]+)/g, (_whole, command: string, across: string, down: string) => {
    const [dx, dy] = [Math.round(Number(across) * 10) - x, Math.round(Number(down) * 10) - y];
    x += dx;
    y += dy;
    if (command === "M") return `M${x} ${y}`;
    return dx || dy ? `l${dx}${dy < 0 ? "" : " "}${dy}` : "";
  });
}
