// What the build uses of two modules that come without types.

declare module "d3-geo" {
  interface Projection {
    (point: [number, number]): [number, number] | null;
    scale(scale: number): Projection;
    translate(point: [number, number]): Projection;
    precision(precision: number): Projection;
    clipExtent(extent: [[number, number], [number, number]]): Projection;
  }
  interface Path {
    (shape: unknown): string | null;
    digits(digits: number): Path;
  }
  export function geoEqualEarth(): Projection;
  export function geoPath(projection: Projection): Path;
}

declare module "topojson-client" {
  export function feature(topology: unknown, object: unknown): unknown;
  export function mesh(topology: unknown, object: unknown, keep: (one: unknown, other: unknown) => boolean): unknown;
}
