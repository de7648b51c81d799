/** Text that is safe in HTML, wherever it came from. */
class Html {
  constructor(readonly text: string) {}
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text as HTML and XML take it, between tags and in quotes. */
export const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

const shown = (value: unknown): string => {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(shown).join('');
  return value === null || value === undefined || value === false ? '' : escaped(String(value));
};

/** HTML with every value escaped; only what this function made goes in as it is. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  return new Html(parts.map((part, n) => part + (n < values.length ? shown(values[n]) : '')).join(''));
}

/** HTML that a library of ours made, such as a form with its token. */
export const trusted = (text: string): Html => new Html(text);

/** A whole page: readable without styles, usable without scripts, in one column. */
export function page(title: string, body: Html, { script = false } = {}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="stylesheet" href="/sso/style.css">
${script && html`<script src="/sso/submit.js" defer></script>`}
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;
}

/** Headers of every page: nothing from elsewhere, nothing inline, in nobody's frame. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
} as const;

export const style = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { box-sizing: border-box; width: min(28rem, 100%); padding: 2rem 1.5rem; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 1rem; }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
input, textarea, select { box-sizing: border-box; width: 100%; font: inherit; padding: .6rem .7rem; border: 1px solid GrayText; border-radius: .4rem; background: Field; color: FieldText; }
input[type=checkbox] { width: auto; margin: 0 .5rem 0 0; }
button, .button { display: block; box-sizing: border-box; width: 100%; font: inherit; font-weight: 600; text-align: center; text-decoration: none; margin: 1rem 0 0; padding: .7rem 1rem; border: 1px solid transparent; border-radius: .4rem; background: #1a56db; color: #fff; cursor: pointer; }
button.plain, .button.plain { background: transparent; color: inherit; border-color: GrayText; }
:focus-visible { outline: 3px solid #1a56db; outline-offset: 2px; }
p, ul { margin: 0 0 1rem; }
ul { padding: 0; list-style: none; }
.error { border-left: .25rem solid #c81e1e; padding-left: .75rem; }
.small { font-size: .875rem; opacity: .8; }
pre { overflow: auto; padding: .75rem; border: 1px solid GrayText; border-radius: .4rem; font-size: .8rem; }
`;

/** Sends the form on a page by itself. Without scripts there is its button. */
export const submitScript = `document.querySelector('form[data-submit]')?.submit();\n`;

/** A page that says what went wrong, what to do, and by which number support finds it. */
export const refusalPage = (message: string, requestId: string): string =>
  page(
    'You could not be signed in',
    html`<p class="error">${message}</p>
<p class="small">If you ask for help, give this number: ${requestId}</p>`,
  );

/** Fields that go on to another site by a form. */
export const postPage = (action: string, fields: Record<string, string>): string =>
  page(
    'One moment',
    html`<p>You are being taken to your sign-in page.</p>
<form method="post" action="${action}" data-submit>
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button>Continue</button>
</form>`,
    { script: true },
  );
