/** Style sheet of all pages. `colorStyle` contains the colors of an application. */
export const style = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif;
  --page: #f3f4f6; --card: #fff; --text: #16181d; --quiet: #575d68; --line: #d3d7de; --field: #fff; --field-line: #7d8490;
  --problem: #b42318; --accent: #1a56db; --on-accent: #fff; --edge: transparent; }
@media (prefers-color-scheme: dark) { :root { --page: #101216; --card: #1a1d23; --text: #eceef2; --quiet: #a4abb8; --line: #333944;
  --field: #12151a; --field-line: #6f7785; --problem: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; grid-template-columns: minmax(0, 28rem); place-content: center; padding: 1.5rem 1rem; background: var(--page); color: var(--text); }
main { padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; }
.brand { display: flex; align-items: center; gap: .75rem; margin: 0 0 1.5rem; }
.brand img { display: block; max-width: 8rem; height: 2.5rem; object-fit: contain; }
.brand p { margin: 0; line-height: 1.3; }
.brand .name { font-weight: 600; }
.brand .of { color: var(--quiet); font-size: .875rem; display: flex; align-items: center; gap: .375rem; }
.brand .of img { max-width: 4rem; height: 1.125rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; text-wrap: balance; }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
input, textarea, select { width: 100%; font: inherit; padding: .625rem .75rem; border: 1px solid var(--field-line); border-radius: .5rem; background: var(--field); color: inherit; }
input[type=checkbox] { width: auto; margin: 0 .5rem 0 0; }
button, .button { display: block; width: 100%; font: inherit; font-weight: 600; text-align: center; text-decoration: none; margin: 1rem 0 0; padding: .6875rem 1rem; border: 1px solid var(--edge); border-radius: .5rem; background: var(--accent); color: var(--on-accent); cursor: pointer; }
button:hover, .button:hover { filter: brightness(1.08); }
button.plain, .button.plain { background: transparent; color: inherit; border-color: var(--field-line); }
button.plain:hover, .button.plain:hover { background: var(--page); filter: none; }
a { color: inherit; text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--text); outline-offset: 2px; }
input:focus-visible, textarea:focus-visible, select:focus-visible { outline-offset: -1px; }
p, ul { margin: 0 0 1rem; }
ul { padding: 0; list-style: none; }
li > .button { margin: .5rem 0 0; text-align: left; font-weight: 500; }
.error { border-left: .25rem solid var(--problem); padding-left: .75rem; }
.small.after { margin: 1rem 0 0; }
.small, .foot { font-size: .875rem; color: var(--quiet); }
.foot { margin: 1.5rem 0 0; padding: 1rem 0 0; border-top: 1px solid var(--line); }
.foot p { margin: 0 0 .25rem; }
.foot p:last-child { margin: 0; }
.back { margin: 1rem 0 0; text-align: center; font-size: .875rem; }
form + .small { margin: .75rem 0 0; }
.number { display: block; font-family: ui-monospace, monospace; font-size: .8125rem; }
.quiet { display: block; color: var(--quiet); font-size: .875rem; }
details { margin: 1.5rem 0 0; }
summary { cursor: pointer; font-weight: 600; }
pre { overflow: auto; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem; font-size: .8125rem; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 30rem) { body { padding: 0; place-content: start stretch; grid-template-columns: minmax(0, 1fr); background: var(--card); } main { padding: 1.5rem 1rem; border: 0; border-radius: 0; } }
`;

/** Background colors of cards in both color schemes, as in `style`. */
const cards = { light: '#ffffff', dark: '#1a1d23' };
/** Minimum contrast of a control with its background (WCAG 2.2, success criterion 1.4.11). */
const visible = 3;

/**
 * Returns the style sheet of a color. The text of buttons is black or white, whichever has the higher contrast, which
 * is at least 4.5 to 1 (WCAG 2.2, success criterion 1.4.3). A button with little contrast to the card has a border.
 */
export function colorStyle(color: string): string {
  const onAccent = contrast(color, '#ffffff') >= contrast(color, '#000000') ? '#ffffff' : '#000000';
  const edge = (card: string) => (contrast(color, card) < visible ? 'var(--field-line)' : 'transparent');
  return `:root { --accent: ${color}; --on-accent: ${onAccent}; --edge: ${edge(cards.light)}; }
@media (prefers-color-scheme: dark) { :root { --edge: ${edge(cards.dark)}; } }
`;
}

/** Returns the contrast ratio of two colors in #rrggbb: 1 to 21 (WCAG 2.2, relative luminance). */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
