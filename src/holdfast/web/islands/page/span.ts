/** Days with hours, hours with minutes, minutes, seconds, "in …", "… ago", in the reader's language. */
export type Spans = readonly [string, string, string, string, string, string];

/** How long until a moment that is `left` milliseconds away; below zero: how long ago it was. */
export function spanText(left: number, words: Spans): string {
  const seconds = Math.round(Math.abs(left) / 1000);
  const d = Math.floor(seconds / 86400);
  const h = Math.floor((seconds % 86400) / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const shape = d ? words[0] : h ? words[1] : m ? words[2] : words[3];
  const said = Object.entries({ d, h, m, s: seconds }).reduce((text, [name, value]) => text.replace(`%(${name})d`, String(value)), shape);
  return (left > 0 ? words[4] : words[5]).replace("%(span)s", said);
}
